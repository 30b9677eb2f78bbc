package udf

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"unicode/utf16"
)

// plan says how a crafted volume is written. mkudffs makes empty volumes only,
// and no tool at hand writes a metadata partition, as UDF 2.50 and later have.
type plan struct {
	block    int
	metadata bool
	extended bool // extended file entries
	long     bool // long_ads for files
	scatter  bool // files in pieces, with a hole, their extents in a chain
}

// crafted is a volume made byte by byte, and where its parts lie, so that tests
// can spoil one of them.
type crafted struct {
	plan
	b    []byte
	at   map[string]int // path -> byte of its entry; path+":id" -> of its identifier; and the descriptors
	next int            // next free block of the partition
	meta int            // next free block of the metadata
}

// Blocks of a crafted volume.
const (
	atSequence  = 128
	atAnchor    = 256
	atPartition = 257
	atMetaFile  = 0 // in the partition
	atMeta      = 1 // likewise: the metadata's own blocks
	metaBlocks  = 64
	inPartition = 512
	atLast      = atPartition + inPartition // the second anchor
	allBlocks   = atLast + 1
)

// seal writes the tag of the descriptor that starts at off and has n bytes.
func (c *crafted) seal(off int, id uint16, block uint32, n int) {
	t := c.b[off:]
	clear(t[:tagLength])
	le.PutUint16(t, id)
	le.PutUint16(t[2:], 3)
	le.PutUint16(t[8:], crc(t[tagLength:n]))
	le.PutUint16(t[10:], uint16(n-tagLength))
	le.PutUint32(t[12:], block)
	for i, x := range t[:tagLength] {
		if i != 4 {
			t[4] += x
		}
	}
}

// compressed is OSTA compressed Unicode.
func compressed(s string) []byte {
	u := utf16.Encode([]rune(s))
	if slices.Max(u) < 256 {
		b := []byte{8}
		for _, r := range u {
			b = append(b, byte(r))
		}
		return b
	}
	b := []byte{16}
	for _, r := range u {
		b = append(b, byte(r>>8), byte(r))
	}
	return b
}

func dstring(b []byte, s string) {
	n := copy(b, compressed(s))
	b[len(b)-1] = byte(n)
}

// file is one file of a crafted volume: a name that ends in "/" is a
// directory, one with a link is a link, else data is what it holds.
type file struct {
	data string
	link []byte
}

// craft writes a volume that holds files, by path.
func craft(p plan, files map[string]file) *crafted {
	c := &crafted{plan: p, at: map[string]int{}, next: atMeta + metaBlocks, b: make([]byte, allBlocks*p.block)}
	if !p.metadata {
		c.next = 1
	}
	for i, id := range []string{"BEA01", "NSR03", "TEA01"} {
		copy(c.b[recognitionStart+i*recognitionStep+1:], id)
	}
	c.meta = 1
	ref := uint16(0)
	if p.metadata {
		ref = 1
	}
	setAt := c.take(true)
	root := c.directory("", 0, files)
	set := c.place(true, setAt)
	c.at["file set"] = set
	c.long16(c.b[set+400:], p.block, root, ref)
	c.seal(set, tagFileSet, uint32(setAt), 512)
	c.descriptors(ref, setAt)
	if p.metadata {
		c.at["metadata"] = c.place(false, atMetaFile)
		c.entryAt(c.at["metadata"], atMetaFile, 250, metaBlocks*p.block, [][3]int{{metaBlocks * p.block, atMeta, 0}}, nil)
	}
	return c
}

// take gives a free block, of the metadata where there is one.
func (c *crafted) take(meta bool) int {
	if meta && c.metadata {
		c.meta++
		return c.meta - 1
	}
	c.next++
	return c.next - 1
}

// place is the byte at which a block lies.
func (c *crafted) place(meta bool, block int) int {
	if meta && c.metadata {
		block += atMeta
	}
	return (atPartition + block) * c.block
}

func (c *crafted) long16(b []byte, n, block int, ref uint16) {
	le.PutUint32(b, uint32(n))
	le.PutUint32(b[4:], uint32(block))
	le.PutUint16(b[8:], ref)
}

// entryAt writes a file entry: ads are length and kind, block, partition.
func (c *crafted) entryAt(off, block int, kind byte, size int, ads [][3]int, inline []byte) {
	b := c.b[off : off+c.block]
	id, head := uint16(tagFileEntry), 168
	if c.extended {
		id, head = tagExtendedEntry, 208
	}
	le.PutUint16(b[20:], 4)
	b[27] = kind
	le.PutUint32(b[44:], 0x14A5) // r-x for all
	le.PutUint64(b[56:], uint64(size))
	when := b[84:]
	if c.extended {
		when = b[92:]
	}
	copy(when, []byte{120, 0x10, 0xE5, 7, 3, 4, 6, 6, 7, 0, 0, 0}) // 2021-03-04 06:06:07 at +02:00
	body := b[head+8:]
	n := copy(body, inline)
	switch {
	case inline != nil:
		b[34] = 3
	case c.long:
		b[34] = 1
		for _, a := range ads {
			c.long16(body[n:], a[0], a[1], uint16(a[2]))
			n += 16
		}
	default:
		for _, a := range ads {
			le.PutUint32(body[n:], uint32(a[0]))
			le.PutUint32(body[n+4:], uint32(a[1]))
			n += 8
		}
	}
	le.PutUint32(b[head+4:], uint32(n))
	c.seal(off, id, uint32(block), head+8+n)
}

// directory writes what lies below a path and gives its entry's block.
func (c *crafted) directory(dir string, parent int, files map[string]file) int {
	block := c.take(true)
	if parent == 0 {
		parent = block
	}
	off := c.place(true, block)
	c.at[dir] = off
	var ids []byte
	var starts []int
	id := func(name string, marks byte, icb int) {
		var raw []byte
		if name != "" {
			raw = compressed(name)
		}
		b := make([]byte, (fileIDHead+len(raw)+3)&^3)
		b[18], b[19] = marks, byte(len(raw))
		ref := uint16(0)
		if c.metadata {
			ref = 1
		}
		c.long16(b[20:], c.block, icb, ref)
		copy(b[fileIDHead:], raw)
		starts = append(starts, len(ids))
		if name != "" {
			c.at[dir+name+":id"] = -1 - len(ids) // where, once the directory has a place
		}
		ids = append(ids, b...)
	}
	id("", markParent|markDirectory, parent)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		rest, ok := bytes.CutPrefix([]byte(name), []byte(dir))
		if !ok || len(rest) == 0 {
			continue
		}
		if i := bytes.IndexByte(rest, '/'); i == len(rest)-1 {
			id(string(rest[:i]), markDirectory, c.directory(name, block, files))
		} else if i < 0 {
			id(string(rest), 0, c.file(name, files[name]))
		}
	}
	data := c.take(true)
	for range len(ids) / c.block {
		c.take(true)
	}
	pos := c.place(true, data)
	copy(c.b[pos:], ids)
	for i, start := range append(starts, len(ids))[1:] {
		c.seal(pos+starts[i], tagFileID, uint32(data+starts[i]/c.block), start-starts[i])
	}
	for k, v := range c.at {
		if v < 0 && len(k) > len(dir) && k[:len(dir)] == dir && !bytes.ContainsRune([]byte(k[len(dir):]), '/') {
			c.at[k] = pos - 1 - v
		}
	}
	ref := 0
	if c.metadata {
		ref = 1
	}
	c.entryAt(off, block, kindDirectory, len(ids), [][3]int{{len(ids), data, ref}}, nil)
	return block
}

// file writes a file and gives its entry's block.
func (c *crafted) file(name string, f file) int {
	block := c.take(true)
	off := c.place(true, block)
	c.at[name] = off
	switch {
	case f.link != nil:
		c.entryAt(off, block, kindLink, len(f.link), nil, f.link)
	case len(f.data) < 100 && c.extended:
		c.entryAt(off, block, kindFile, len(f.data), nil, []byte(f.data))
	case c.scatter && len(f.data) > 4*c.block:
		c.scattered(off, block, f.data)
	default:
		at := c.write(f.data)
		var ads [][3]int
		if len(f.data) > 0 {
			ads = [][3]int{{len(f.data), at, 0}}
		}
		c.entryAt(off, block, kindFile, len(f.data), ads, nil)
	}
	return block
}

func (c *crafted) write(s string) int {
	at := c.next
	copy(c.b[c.place(false, at):], s)
	c.next += (len(s) + c.block - 1) / c.block
	return at
}

// scattered writes a file as: a block, a hole of the blocks that hold zeros,
// and a chain to the rest.
func (c *crafted) scattered(off, block int, s string) {
	n := c.block
	first := c.write(s[:n])
	c.next++ // so that the pieces do not touch
	rest := c.write(s[2*n:])
	chain := c.take(false)
	b := c.b[c.place(false, chain):]
	width := 8
	if c.long {
		width = 16
		c.long16(b[24:], len(s)-2*n, rest, 0)
	} else {
		le.PutUint32(b[24:], uint32(len(s)-2*n))
		le.PutUint32(b[28:], uint32(rest))
	}
	le.PutUint32(b[20:], uint32(width))
	c.at["chain"] = c.place(false, chain)
	c.seal(c.at["chain"], tagExtents, uint32(chain), 24+width)
	c.entryAt(off, block, kindFile, len(s), [][3]int{{n, first, 0}, {1<<30 | n, 0, 0}, {3<<30 | n, chain, 0}}, nil)
}

// descriptors writes the volume's own.
func (c *crafted) descriptors(ref uint16, setAt int) {
	at := func(block int) []byte { return c.b[block*c.block:] }
	b := at(atSequence)
	dstring(b[24:56], "CRAFTED")
	copy(b[344:], "\x00*SEEDBED TEST")
	c.seal(atSequence*c.block, tagPrimary, atSequence, 512)
	b = at(atSequence + 1)
	copy(b[24:], "\x02+NSR03")
	le.PutUint32(b[184:], 1)
	le.PutUint32(b[188:], atPartition)
	le.PutUint32(b[192:], inPartition)
	c.seal((atSequence+1)*c.block, tagPartition, atSequence+1, 512)
	b = at(atSequence + 2)
	le.PutUint32(b[212:], uint32(c.block))
	c.long16(b[248:], c.block, setAt, ref)
	maps := []byte{1, 6, 1, 0, 0, 0}
	count := 1
	if c.metadata {
		m := make([]byte, 64)
		m[0], m[1] = 2, 64
		copy(m[5:], "*UDF Metadata Partition")
		le.PutUint32(m[40:], atMetaFile)
		le.PutUint32(m[44:], atMetaFile)
		maps, count = append(maps, m...), 2
	}
	le.PutUint32(b[264:], uint32(len(maps)))
	le.PutUint32(b[268:], uint32(count))
	copy(b[440:], maps)
	c.at["logical"], c.at["partition"], c.at["primary"] = (atSequence+2)*c.block, (atSequence+1)*c.block, atSequence*c.block
	c.seal(c.at["logical"], tagLogicalVolume, atSequence+2, 440+len(maps))
	c.seal((atSequence+3)*c.block, tagTerminator, atSequence+3, 512)
	for _, block := range []int{atAnchor, atLast} {
		for _, off := range []int{16, 24} {
			le.PutUint32(at(block)[off:], uint32(16*c.block))
			le.PutUint32(at(block)[off+4:], atSequence)
		}
		c.seal(block*c.block, tagAnchor, uint32(block), 512)
	}
	c.at["anchor"], c.at["last anchor"] = atAnchor*c.block, atLast*c.block
}

// reseal mends sum and CRC of the descriptor at off, whatever else it says.
func reseal(b []byte, off int) {
	t := b[off:]
	if n := int(le.Uint16(t[10:])); tagLength+n <= len(t) {
		le.PutUint16(t[8:], crc(t[tagLength:tagLength+n]))
	}
	t[4] = 0
	var sum byte
	for _, x := range t[:tagLength] {
		sum += x
	}
	t[4] = sum
}

func open(t testing.TB, b []byte) *Image {
	t.Helper()
	if !Present(bytes.NewReader(b), int64(len(b))) {
		t.Fatal("no recognition sequence")
	}
	m, err := New(bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
