package iso

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"seedbed/internal/disk/volume"
)

// crafted is a small good Rock Ridge image, made byte by byte, and where its
// parts lie, so that tests can spoil one of them.
type crafted struct {
	b  []byte
	at map[string]int // record: "root/file"; entry in it: "root/file:NM"
}

// Sectors of the crafted image.
const (
	atPrimary = 16 + iota
	atBoot
	atEnd
	atRoot
	atSub
	atInner
	atMoved
	atDeep
	atContinued
	atContinued2
	atCatalogue
	atHello
	atBig1
	atGap
	atBig2
	sectors
)

func both32(b []byte, v uint32) {
	binary.LittleEndian.PutUint32(b, v)
	binary.BigEndian.PutUint32(b[4:], v)
}

func both(v uint32) []byte {
	b := make([]byte, 8)
	both32(b, v)
	return b
}

// use makes a system use entry.
func use(sig string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append([]byte{sig[0], sig[1], byte(4 + len(body)), 1}, body...)
}

func nm(name string) []byte { return use("NM", []byte{0}, []byte(name)) }
func px(mode uint32) []byte { return use("PX", both(mode), both(1), both(0), both(0)) }
func ce(lba, off, n uint32) []byte {
	return use("CE", both(lba), both(off), both(n))
}

// add appends a record to the directory in sector dir.
func (c *crafted) add(dir int, key, id string, flags byte, lba, size uint32, entries ...[]byte) {
	su := bytes.Join(entries, nil)
	n := 33 + len(id)
	n += n & 1
	suAt := n
	n += len(su)
	n += n & 1
	pos := dir * sector
	for c.b[pos] != 0 {
		pos += int(c.b[pos])
	}
	r := c.b[pos:]
	r[0] = byte(n)
	both32(r[2:], lba)
	both32(r[10:], size)
	copy(r[18:], []byte{124, 2, 3, 4, 5, 6, 0})
	r[25] = flags
	r[28], r[31] = 1, 1
	r[32] = byte(len(id))
	copy(r[33:], id)
	copy(r[suAt:], su)
	c.at[key] = pos
	off := pos + suAt
	for _, e := range entries {
		c.at[key+":"+string(e[:2])] = off
		off += len(e)
	}
}

func (c *crafted) dots(dir int, key string, parent int, extra ...[]byte) {
	c.add(dir, key+"/.", "\x00", flagDirectory, uint32(dir), sector, append(extra, px(0o040755))...)
	c.add(dir, key+"/..", "\x01", flagDirectory, uint32(parent), sector)
}

// spoil copies the image and changes it.
func (c *crafted) spoil(f func(b []byte, at map[string]int)) []byte {
	b := bytes.Clone(c.b)
	f(b, c.at)
	return b
}

var (
	bigPart1 = bytesOf(sector)
	bigPart2 = bytesOf(2 * sector)[sector : sector+500]
)

func craft() *crafted {
	c := &crafted{b: make([]byte, sectors*sector), at: map[string]int{}}
	d := c.b[atPrimary*sector:]
	d[0], d[6] = descriptorPrimary, 1
	copy(d[1:], "CD001")
	copy(d[40:], "CRAFTED                         ")
	both32(d[80:], sectors)
	binary.LittleEndian.PutUint16(d[128:], sector)
	copy(d[813:], "2024020304050600\x00")
	d = c.b[atBoot*sector:]
	copy(d, "\x00CD001\x01EL TORITO SPECIFICATION")
	binary.LittleEndian.PutUint32(d[0x47:], atCatalogue)
	d = c.b[atEnd*sector:]
	copy(d, "\xffCD001\x01")
	d = c.b[atCatalogue*sector:]
	d[0], d[30], d[31] = 1, 0x55, 0xAA
	d[32], d[38] = 0x88, 4
	binary.LittleEndian.PutUint32(d[40:], atHello)

	copy(c.b[atContinued*sector:], use("NM", []byte{0}, []byte("-continued")))
	copy(c.b[atContinued*sector+100:], use("NM", []byte{0}, []byte("-and-on")))
	copy(c.b[atHello*sector:], "hello\n")
	copy(c.b[atBig1*sector:], bigPart1)
	copy(c.b[atBig2*sector:], bigPart2)

	er := use("ER", []byte{10, 0, 0, 1}, []byte("RRIP_1991A"))
	c.dots(atRoot, "root", atRoot, use("SP", []byte{0xBE, 0xEF, 0}), er)
	copy(c.b[atPrimary*sector+156:], c.b[atRoot*sector:atRoot*sector+34])
	c.b[atPrimary*sector+156] = 34
	c.add(atRoot, "root/big1", "BIG.;1", flagMore, atBig1, sector, px(0o100644), nm("big"))
	c.add(atRoot, "root/big2", "BIG.;1", 0, atBig2, 500, px(0o100644), nm("big"))
	c.add(atRoot, "root/deep", "DEEP.;1", 0, atDeep, sector, px(0o040755), nm("deep"), use("CL", both(atDeep)))
	c.add(atRoot, "root/hello", "HELLO.TXT;1", 0, atHello, 6, px(0o100644), nm("Hello"), ce(atContinued, 0, 100))
	c.add(atRoot, "root/link", "LINK.;1", 0, 0, 0, px(0o120777), nm("link"),
		use("SL", []byte{0}, []byte{0, 3}, []byte("sub"), []byte{1, 2}, []byte("in"), []byte{0, 3}, []byte("ner")))
	c.add(atRoot, "root/moved", "RR_MOVED", flagDirectory, atMoved, sector, px(0o040755), nm("rr_moved"))
	c.add(atRoot, "root/sub", "SUB", flagDirectory, atSub, sector, px(0o040755), nm("sub"))
	c.dots(atSub, "sub", atRoot)
	c.add(atSub, "sub/inner", "INNER", flagDirectory, atInner, sector, px(0o040755), nm("inner"))
	c.dots(atInner, "inner", atSub)
	c.add(atInner, "inner/file", "FILE.;1", 0, atHello, 6, px(0o100644), nm("file"))
	c.dots(atMoved, "moved", atRoot)
	c.add(atMoved, "moved/deep", "DEEP", flagDirectory, atDeep, sector, px(0o040755), nm("deep"), use("RE"))
	c.dots(atDeep, "deep", atMoved, use("PL", both(atRoot)))
	c.add(atDeep, "deep/end", "END.;1", 0, atHello, 6, px(0o100600), nm("end"))

	// The continuation goes on, so that chains can be bent.
	copy(c.b[atContinued*sector+17-2:], ce(atContinued, 100, 50))
	return c
}

func TestCraftedImageIsGood(t *testing.T) {
	c := craft()
	m, err := New(bytes.NewReader(c.b), int64(len(c.b)))
	check(t, err)
	compare(t, snapshot(t, m, same), map[string]string{
		".": "dir", "big": "file " + bigPart1 + bigPart2, "deep": "dir", "deep/end": "file hello\n",
		"Hello-continued-and-on": "file hello\n", "link": "-> sub/inner", "rr_moved": "dir",
		"sub": "dir", "sub/inner": "dir", "sub/inner/file": "file hello\n",
	})
	if m.Backing() != nil {
		t.Error("an image over bytes has a backing file")
	}
	img, err := m.BootImages()
	if err != nil || len(img) != 1 || img[0].Offset != atHello*sector {
		t.Errorf("boot images: %+v, %v", img, err)
	}
}

func TestFileInSeveralExtents(t *testing.T) {
	c := craft()
	m, err := New(bytes.NewReader(c.b), int64(len(c.b)))
	check(t, err)
	f, err := m.Open("big")
	check(t, err)
	file, want := f.(*volume.File), bigPart1+bigPart2
	if _, _, ok := file.Extent(); ok {
		t.Error("a file in two pieces claims to lie in one")
	}
	for _, r := range [][2]int{{0, 10}, {2040, 20}, {2047, 1}, {2048, 1}, {2048, 500}, {0, 2548}, {2547, 1}} {
		p := make([]byte, r[1])
		if n, err := file.ReadAt(p, int64(r[0])); n != r[1] || err != nil || string(p) != want[r[0]:r[0]+r[1]] {
			t.Errorf("%d bytes at %d: %d, %v", r[1], r[0], n, err)
		}
	}
	// Pieces that touch are one extent.
	b := c.spoil(func(b []byte, at map[string]int) {
		both32(b[at["root/big2"]+2:], atBig1+1)
	})
	m, err = New(bytes.NewReader(b), int64(len(b)))
	check(t, err)
	f, err = m.Open("big")
	check(t, err)
	if off, n, ok := f.(*volume.File).Extent(); off != atBig1*sector || n != sector+500 || !ok {
		t.Errorf("extent %d %d %v", off, n, ok)
	}
}

func TestBlocksSmallerThanSectors(t *testing.T) {
	c := craft()
	b := c.spoil(func(b []byte, at map[string]int) {
		binary.LittleEndian.PutUint16(b[atPrimary*sector+128:], 512)
		both32(b[atPrimary*sector+80:], 4*sectors)
		both32(b[atPrimary*sector+156+2:], 4*atRoot)
		for key, off := range at {
			switch {
			case !strings.Contains(key, ":"):
				both32(b[off+2:], 4*binary.LittleEndian.Uint32(b[off+2:]))
			case strings.HasSuffix(key, ":CL"), strings.HasSuffix(key, ":CE"):
				both32(b[off+4:], 4*binary.LittleEndian.Uint32(b[off+4:]))
			}
		}
		next := b[atContinued*sector+15:]
		both32(next[4:], 4*atContinued)
	})
	m, err := New(bytes.NewReader(b), int64(len(b)))
	check(t, err)
	good, err := New(bytes.NewReader(c.b), int64(len(c.b)))
	check(t, err)
	compare(t, snapshot(t, m, same), snapshot(t, good, same))
}
