package udf

import (
	"encoding/binary"
	"time"

	"seedbed/internal/disk/volume"
)

// Tag identifiers, ECMA-167 3/7.2.1 and 4/7.2.1.
const (
	tagPrimary       = 1
	tagAnchor        = 2
	tagPointer       = 3
	tagPartition     = 5
	tagLogicalVolume = 6
	tagTerminator    = 8
	tagFileSet       = 256
	tagFileID        = 257
	tagExtents       = 258
	tagFileEntry     = 261
	tagExtendedEntry = 266
)

const tagLength = 16

var le = binary.LittleEndian

// tag checks the tag that starts b (ECMA-167 3/7.2): its sum, the CRC of what
// follows, and that it was written for block at. It gives the identifier.
func tag(b []byte, at uint32, what string) (uint16, error) {
	var sum byte
	for i, c := range b[:tagLength] {
		if i != 4 {
			sum += c
		}
	}
	n := int(le.Uint16(b[10:]))
	switch {
	case sum != b[4] || le.Uint16(b) == 0:
		return 0, volume.Damaged("%s has no valid tag", what)
	case n > len(b)-tagLength || crc(b[tagLength:tagLength+n]) != le.Uint16(b[8:]):
		return 0, volume.Damaged("%s does not match its CRC", what)
	case le.Uint32(b[12:]) != at:
		return 0, volume.Damaged("%s says that it belongs into block %d, and lies in %d", what, le.Uint32(b[12:]), at)
	}
	return le.Uint16(b), nil
}

var crcTable = func() (t [256]uint16) {
	for i := range t {
		c := uint16(i) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()

// crc is that of ECMA-167 3/7.2.6.
func crc(b []byte) uint16 {
	var c uint16
	for _, x := range b {
		c = c<<8 ^ crcTable[byte(c>>8)^x]
	}
	return c
}

// stamp is a timestamp, ECMA-167 1/7.3; what is no date is the zero time.
func stamp(b []byte) time.Time {
	zone := int(le.Uint16(b)&0x0FFF) << 52 >> 52 // twelve bits, signed: minutes
	year, month, day := int(int16(le.Uint16(b[2:]))), int(b[4]), int(b[5])
	if month < 1 || month > 12 || day < 1 || day > 31 || b[6] > 23 || b[7] > 59 || b[8] > 59 || year < 1 || year > 9999 {
		return time.Time{}
	}
	if le.Uint16(b)>>12 != 1 || zone < -1440 || zone > 1440 {
		zone = 0
	}
	t := time.Date(year, time.Month(month), day, int(b[6]), int(b[7]), int(b[8]), int(b[9])*10_000_000, time.UTC)
	return t.Add(-time.Duration(zone) * time.Minute)
}
