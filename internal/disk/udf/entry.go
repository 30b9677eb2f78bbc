package udf

import (
	"io/fs"
	"time"

	"seedbed/internal/disk/volume"
)

// File types of an ICB tag, ECMA-167 4/14.6.6.
const (
	kindDirectory = 4
	kindFile      = 5
	kindRealTime  = 249 // UDF 2.60 2.3.5.2.1: a file, and its contents are played in time
	kindLink      = 12
)

// entry is a file entry or extended file entry, ECMA-167 4/14.9 and 4/14.17.
type entry struct {
	icb      address
	off      int64 // where in the image it lies
	kind     byte
	adType   byte // of its allocation descriptors: 0 short, 1 long, 3 the content itself
	size     int64
	perm     fs.FileMode
	modified time.Time
	ads      []byte
	at, n    int64 // of ads: where in the image they lie, and their length
}

// entry reads the file entry at an ICB.
func (m *Image) entry(icb address) (*entry, error) {
	runs, err := m.locate(nil, icb.ref, icb.at, m.block)
	if err != nil {
		return nil, err
	}
	b, err := m.blockAt(icb.ref, icb.at, "a file entry")
	if err != nil {
		return nil, err
	}
	id, err := tag(b, icb.at, "a file entry")
	if err != nil {
		return nil, err
	}
	e := &entry{icb: icb, off: runs[0].Off, kind: b[27], adType: b[34] & 7, size: int64(le.Uint64(b[56:]))}
	var head int // where the lengths are; extended attributes follow, then the descriptors
	switch id {
	case tagFileEntry:
		head, e.modified = 168, stamp(b[84:])
	case tagExtendedEntry:
		head, e.modified = 208, stamp(b[92:])
	default:
		return nil, volume.Damaged("where a file entry should be is a descriptor of type %d", id)
	}
	if s := le.Uint16(b[20:]); s != 4 {
		return nil, volume.Damaged("a file entry is written by strategy %d, where 4 is the only one of read-only media", s)
	}
	px := le.Uint32(b[44:])
	e.perm = fs.FileMode(px>>10&7<<6 | px>>5&7<<3 | px&7)
	attributes, n := int64(le.Uint32(b[head:])), int64(le.Uint32(b[head+4:]))
	if room := m.block - int64(head) - 8; attributes > room || n > room-attributes {
		return nil, volume.Damaged("a file entry is longer than its block")
	}
	e.ads = b[int64(head)+8+attributes:][:n]
	e.at, e.n = e.off+int64(head)+8+attributes, n
	if e.size < 0 || e.size > m.src.Size {
		return nil, volume.Damaged("a file claims %d bytes, more than the image has", uint64(e.size))
	}
	return e, nil
}

// node makes a node of an entry, without a name. What it holds is looked up
// when it is asked for.
func (e *entry) node() volume.Node {
	n := volume.Node{At: e.off, Key: uint64(e.icb.ref)<<32 | uint64(e.icb.at), Time: e.modified, Bytes: e.size, Type: e.perm}
	switch e.kind {
	case kindDirectory:
		n.Type |= fs.ModeDir
	case kindLink:
		n.Type |= fs.ModeSymlink
	case kindFile, kindRealTime, 0:
	default:
		n.Type |= fs.ModeIrregular
	}
	return n
}

const (
	maxRuns   = 250_000 // of a file
	maxChains = 16_384  // further allocation extents of a file
)

// content reads the allocation descriptors: where an entry's bytes lie.
func (m *Image) content(e *entry) ([]volume.Run, error) {
	if e.adType == 3 {
		if e.n < e.size {
			return nil, volume.Damaged("a file entry holds %d bytes of a file of %d", e.n, e.size)
		}
		if e.size == 0 {
			return nil, nil
		}
		return []volume.Run{{Off: e.at, N: e.size}}, nil
	}
	width := map[byte]int{0: 8, 1: 16}[e.adType]
	if width == 0 {
		return nil, volume.Damaged("a file entry has allocation descriptors of type %d", e.adType)
	}
	var runs []volume.Run
	left, ads, chains := e.size, e.ads, 0
	for left > 0 {
		if len(ads) < width {
			return runs, volume.Damaged("the extents of a file are %d bytes short", left)
		}
		a := address{ref: e.icb.ref, at: le.Uint32(ads[4:]), n: le.Uint32(ads) & lengthMask, kind: le.Uint32(ads) >> 30}
		if width == 16 {
			a = longAD(ads)
		}
		ads = ads[width:]
		n := min(int64(a.n), left)
		var err error
		switch {
		case a.kind == extentMore:
			if chains++; chains > maxChains {
				return runs, volume.Damaged("the extents of a file form a loop")
			}
			ads, err = m.furtherADs(a)
		case n == 0:
			return runs, volume.Damaged("the extents of a file are %d bytes short", left)
		case a.kind == extentRecorded:
			runs, err = m.locate(runs, a.ref, a.at, n)
			left -= n
		default: // allocated or not, and never written: zeros
			runs = join(runs, volume.Run{Off: -1, N: n})
			left -= n
		}
		if err != nil {
			return runs, err
		}
		if len(runs) > maxRuns {
			return runs, volume.Damaged("a file has more than %d extents", maxRuns)
		}
	}
	return runs, nil
}

// furtherADs reads an allocation extent descriptor, ECMA-167 4/14.5.
func (m *Image) furtherADs(a address) ([]byte, error) {
	b, err := m.blockAt(a.ref, a.at, "further extents of a file")
	if err != nil {
		return nil, err
	}
	id, err := tag(b, a.at, "further extents of a file")
	if err != nil || id != tagExtents {
		return nil, orDamaged(err, "where further extents of a file should be is something else")
	}
	n := int64(le.Uint32(b[20:]))
	if n > m.block-24 {
		return nil, volume.Damaged("further extents of a file are longer than their block")
	}
	return b[24 : 24+n], nil
}

// reader reads an Image's directories and files for its volume.FS.
type reader struct{ m *Image }

// entry reads the entry that a node was made of.
func (r reader) entry(n *volume.Node) (*entry, error) {
	return r.m.entry(address{ref: uint16(n.Key >> 32), at: uint32(n.Key)})
}

// Content opens the regular file n.
func (r reader) Content(n *volume.Node) (*volume.File, error) {
	e, err := r.entry(n)
	if err != nil {
		return nil, err
	}
	return r.file(e)
}

func (r reader) file(e *entry) (*volume.File, error) {
	runs, err := r.m.content(e)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if run.Off >= 0 {
			if err := r.m.src.Within(run.Off, run.N, "the file"); err != nil {
				return nil, err
			}
		}
	}
	return &volume.File{R: r.m.src.R, Runs: runs, Size: e.size, Backing: r.m.file}, nil
}
