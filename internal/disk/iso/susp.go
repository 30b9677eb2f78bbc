package iso

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"strings"
	"time"

	"seedbed/internal/disk/volume"
)

// Limits of system use entries.
const (
	maxContinuations = 32       // continuation areas of one record
	maxContinuation  = 16 << 10 // bytes of all of them; a name and a target need 5 KiB
	maxName          = 255      // NAME_MAX of every system that wrote such names
	maxTarget        = 4096     // PATH_MAX likewise
)

// rock is what the Rock Ridge entries (RRIP 1.12) of one record say.
type rock struct {
	name, link     []byte
	hasName        bool
	hasLink, joint bool // joint: the next SL component continues the last one
	mode           uint32
	hasMode        bool
	modified       time.Time
	child          int64 // CL: block of the directory that stands here; -1: none
	relocated      bool  // RE: shown elsewhere
	refusal        string
	packed         int // ZF: log2 of the block, 0: not compressed
	unpacked       int64
	present        bool // ER, RR or PX seen: this is Rock Ridge
}

// detectRockRidge looks for SUSP's SP entry in the root's own record, sets
// skip, and says whether Rock Ridge entries follow.
func (m *Image) detectRockRidge(root *volume.Node) (bool, error) {
	buf := make([]byte, sector)
	if err := m.src.ReadAt(buf, root.At, "the root directory"); err != nil {
		return false, err
	}
	if buf[0] == 0 {
		return false, volume.Damaged("its root directory is empty")
	}
	rec, err := parseRecord(buf)
	if err != nil {
		return false, volume.Damaged("its root directory: %s", err)
	}
	use := rec.use
	// CD-ROM XA images have 14 bytes of their own in front of SP.
	for _, skip := range []int{0, 14} {
		if len(use) < skip+7 || !bytes.Equal(use[skip:skip+6], []byte{'S', 'P', 7, 1, 0xBE, 0xEF}) {
			continue
		}
		m.skip = max(skip, int(use[skip+6]))
		budget := int64(volume.MaxDirectory)
		rk, err := m.parseRock(use[skip:], &budget)
		if err != nil {
			return false, err
		}
		return rk.present, nil
	}
	return false, nil
}

// parseRock reads the entries of a system use area and of the continuation
// areas it leads to. budget is what may still be read, in bytes.
func (m *Image) parseRock(area []byte, budget *int64) (*rock, error) {
	rk := &rock{child: -1}
	left := int64(maxContinuation)
	for range maxContinuations + 1 {
		next, n, err := rk.area(area)
		if err != nil || n == 0 {
			return rk, err
		}
		if left -= n; left < 0 {
			return nil, volume.Damaged("the continuation areas of a record, one %d bytes long, exceed %d", n, maxContinuation)
		}
		*budget -= max(n, 256) // reads have a cost however short they are
		if *budget < 0 {
			return nil, volume.Damaged("a directory has more than %d bytes of continuation areas", volume.MaxDirectory)
		}
		area = make([]byte, n)
		if err := m.src.ReadAt(area, next.block*m.block+next.off, "a continuation area"); err != nil {
			return nil, err
		}
	}
	return nil, volume.Damaged("a record has more than %d continuation areas", maxContinuations)
}

// place is where a continuation area lies.
type place struct{ block, off int64 }

// area takes the entries of one area. n is the length of the next area, 0 when
// there is none (SUSP 1.12, 5.1).
func (rk *rock) area(b []byte) (next place, n int64, err error) {
	for len(b) >= 4 && b[0] != 0 {
		size := int(b[2])
		if size < 4 || size > len(b) {
			return next, 0, volume.Damaged("a system use entry %q is %d bytes long where %d are left", b[:2], size, len(b))
		}
		e := b[:size]
		b = b[size:]
		switch string(e[:2]) {
		case "ST":
			return next, n, nil
		case "CE":
			if size < 28 {
				return next, 0, volume.Damaged("a CE entry is %d bytes long", size)
			}
			next.block = int64(binary.LittleEndian.Uint32(e[4:]))
			next.off = int64(binary.LittleEndian.Uint32(e[12:]))
			n = int64(binary.LittleEndian.Uint32(e[20:]))
		default:
			if err := rk.entry(e); err != nil {
				return next, 0, err
			}
		}
	}
	return next, n, nil
}

// entry takes one Rock Ridge entry; those it does not know, it skips.
func (rk *rock) entry(e []byte) error {
	switch string(e[:2]) {
	case "RR":
		rk.present = true
	case "ER":
		if len(e) >= 8 && 8+int(e[4]) <= len(e) {
			switch string(e[8 : 8+int(e[4])]) {
			case "RRIP_1991A", "IEEE_P1282", "IEEE_1282":
				rk.present = true
			}
		}
	case "PX":
		if len(e) >= 8 {
			rk.present, rk.hasMode = true, true
			rk.mode = binary.LittleEndian.Uint32(e[4:])
		}
	case "NM":
		return rk.nameEntry(e)
	case "SL":
		return rk.linkEntry(e)
	case "TF":
		rk.timeEntry(e)
	case "CL":
		if len(e) >= 8 {
			rk.child = int64(binary.LittleEndian.Uint32(e[4:]))
		}
	case "RE":
		rk.relocated = true
	case "ZF":
		rk.packedEntry(e)
	case "SF":
		rk.refusal = "it is stored sparse (Rock Ridge SF)"
	}
	return nil
}

// nameEntry takes NM, RRIP 4.1.4: flags, then a piece of the name.
func (rk *rock) nameEntry(e []byte) error {
	const currentOrParent = 0x06
	if len(e) < 5 || e[4]&currentOrParent != 0 {
		return nil // the "." and ".." records; elsewhere the ISO name stands
	}
	rk.hasName = true
	rk.name = append(rk.name, e[5:]...)
	if len(rk.name) > maxName {
		return volume.Damaged("a name is longer than %d bytes", maxName)
	}
	return nil
}

// linkEntry takes SL, RRIP 4.1.3: flags, then components of the target, each
// flags, length, text.
func (rk *rock) linkEntry(e []byte) error {
	const more, current, parent, root, volumeRoot, host = 1, 2, 4, 8, 16, 32
	if len(e) < 5 {
		return volume.Damaged("an SL entry is %d bytes long", len(e))
	}
	rk.hasLink = true
	for b := e[5:]; len(b) > 0; {
		if len(b) < 2 || 2+int(b[1]) > len(b) {
			return volume.Damaged("a component of a symbolic link is longer than its entry")
		}
		flags, text := b[0], b[2:2+int(b[1])]
		b = b[2+len(text):]
		if k := len(rk.link); k > 0 && !rk.joint && rk.link[k-1] != '/' {
			rk.link = append(rk.link, '/')
		}
		switch {
		case flags&current != 0:
			text = []byte(".")
		case flags&parent != 0:
			text = []byte("..")
		case flags&(root|volumeRoot|host) != 0:
			text = []byte("/") // all three lead out of the image
		}
		rk.link = append(rk.link, text...)
		rk.joint = flags&more != 0
		if len(rk.link) > maxTarget {
			return volume.Damaged("the target of a symbolic link is longer than %d bytes", maxTarget)
		}
	}
	return nil
}

// timeEntry takes TF, RRIP 4.1.6: stamps in the order of their flag bits.
func (rk *rock) timeEntry(e []byte) {
	const creation, modify, long = 0x01, 0x02, 0x80
	if len(e) < 5 || e[4]&modify == 0 {
		return
	}
	width := 7
	if e[4]&long != 0 {
		width = 17
	}
	b := e[5:]
	if e[4]&creation != 0 {
		if len(b) < width {
			return
		}
		b = b[width:]
	}
	switch {
	case len(b) < width:
	case width == 7:
		rk.modified = shortTime(b)
	default:
		rk.modified = longTime(b)
	}
}

// apply writes what the entries say over what the record said.
func (rk *rock) apply(n *volume.Node) {
	if rk.hasName {
		n.ID = strings.ToValidUTF8(string(rk.name), "\uFFFD")
	}
	if !rk.modified.IsZero() {
		n.Time = rk.modified
	}
	if rk.refusal != "" {
		n.Refusal = rk.refusal
	}
	if rk.hasMode {
		n.Type = fileMode(rk.mode, n.IsDir())
	}
	if n.IsDir() {
		return
	}
	if rk.packed != 0 {
		n.Key, n.Bytes = uint64(rk.packed), rk.unpacked
	}
	if rk.hasLink {
		n.Type = fs.ModeSymlink | n.Type.Perm()
	}
	if n.Type&fs.ModeSymlink != 0 {
		n.Link = strings.ToValidUTF8(string(rk.link), "\uFFFD")
		n.Bytes = int64(len(n.Link))
	}
}

// fileMode turns a POSIX mode into Go's. Whether it is a directory is the
// record's word; set-id and sticky bits are of no use to anyone here.
func fileMode(px uint32, dir bool) fs.FileMode {
	perm := fs.FileMode(px & 0o777)
	if dir {
		return fs.ModeDir | perm
	}
	switch px & 0o170000 {
	case 0o120000:
		return fs.ModeSymlink | perm
	case 0o010000:
		return fs.ModeNamedPipe | perm
	case 0o140000:
		return fs.ModeSocket | perm
	case 0o060000:
		return fs.ModeDevice | perm
	case 0o020000:
		return fs.ModeDevice | fs.ModeCharDevice | perm
	}
	return perm
}
