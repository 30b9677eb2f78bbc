package iso

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"time"

	"seedbed/internal/disk/volume"
)

// File flags of a directory record, ECMA-119 9.1.6.
const (
	flagDirectory  = 0x02
	flagAssociated = 0x04
	flagMore       = 0x80 // not the final extent of the file
)

// recordHead is the length of a record without name and system use.
const recordHead = 33

// record is one directory record, ECMA-119 9.1. Its slices point into the
// buffer it was parsed from.
type record struct {
	lba        int64 // logical block of the data, after the attribute record
	size       int64
	modified   time.Time
	flags      byte
	interleave bool
	id         []byte
	use        []byte // system use area
}

func (r *record) isDir() bool { return r.flags&flagDirectory != 0 }

// isSelf and isParent: the two records every directory starts with, 6.8.2.2.
func (r *record) isSelf() bool   { return len(r.id) == 1 && r.id[0] == 0 }
func (r *record) isParent() bool { return len(r.id) == 1 && r.id[0] == 1 }

// parseRecord parses the record at the start of b, whose first byte, its
// length, is not zero. b ends where the sector ends.
func parseRecord(b []byte) (*record, error) {
	n := int(b[0])
	switch {
	case n > len(b):
		return nil, errors.New("a record crosses the end of its sector")
	case n < recordHead+1:
		return nil, errors.New("a record is too short")
	}
	b = b[:n]
	nameLen := int(b[32])
	switch {
	case nameLen == 0:
		return nil, errors.New("a record has no name")
	case recordHead+nameLen > n:
		return nil, errors.New("a name is longer than its record")
	}
	r := &record{
		lba:        int64(binary.LittleEndian.Uint32(b[2:])) + int64(b[1]),
		size:       int64(binary.LittleEndian.Uint32(b[10:])),
		modified:   shortTime(b[18:25]),
		flags:      b[25],
		interleave: b[26] != 0 || b[27] != 0,
		id:         b[recordHead : recordHead+nameLen],
	}
	use := recordHead + nameLen
	use += use & 1 // 9.1.12: padding to an even offset
	if use < n {
		r.use = b[use:]
	}
	return r, nil
}

// newNode makes a node of a record, without a name.
func (m *Image) newNode(r *record) volume.Node {
	at := r.lba * m.block
	n := volume.Node{At: at, Time: r.modified, Bytes: r.size, Type: 0o444, Runs: []volume.Run{{Off: at, N: r.size}}}
	if r.isDir() {
		n.Type = fs.ModeDir | 0o555
	}
	if r.size == 0 && !r.isDir() {
		n.Runs = nil // writers put any block number at an empty file
	}
	if r.interleave {
		n.Refusal = "it is stored interleaved"
	}
	return n
}

// shortTime is ECMA-119 9.1.5: years since 1900 … second, then quarters of an
// hour from UTC. What is no date is the zero time.
func shortTime(b []byte) time.Time {
	return date(1900+int(b[0]), int(b[1]), int(b[2]), int(b[3]), int(b[4]), int(b[5]), 0, int8(b[6]))
}

// longTime is ECMA-119 8.4.26.1: sixteen digits and the offset from UTC.
func longTime(b []byte) time.Time {
	var v [7]int
	pos := 0
	for i, width := range [...]int{4, 2, 2, 2, 2, 2, 2} {
		for range width {
			c := b[pos]
			if c < '0' || c > '9' {
				return time.Time{}
			}
			v[i] = v[i]*10 + int(c-'0')
			pos++
		}
	}
	return date(v[0], v[1], v[2], v[3], v[4], v[5], v[6], int8(b[16]))
}

func date(year, month, day, hour, minute, second, hundredths int, quarters int8) time.Time {
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 ||
		quarters < -48 || quarters > 52 {
		return time.Time{}
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, hundredths*10_000_000, time.UTC)
	return t.Add(-time.Duration(quarters) * 15 * time.Minute)
}
