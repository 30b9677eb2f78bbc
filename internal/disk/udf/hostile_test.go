package udf

import (
	"bytes"
	"encoding/binary"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"seedbed/internal/disk/volume/volumetest"
	"seedbed/internal/fault"
)

// explore reads everything in a volume and gives the first error.
func explore(t testing.TB, b []byte) error {
	t.Helper()
	return volumetest.Explore(t, func() (*Image, error) { return New(bytes.NewReader(b), int64(len(b)), nil) }, len(b), nil)
}

// spoil copies the volume, changes what starts at a part and mends its CRC.
func (c *crafted) spoil(part string, f func(d []byte)) []byte {
	off, ok := c.at[part]
	if !ok {
		panic("no part " + part)
	}
	b := bytes.Clone(c.b)
	f(b[off:])
	reseal(b, off)
	return b
}

func TestHostileVolumesAreRefused(t *testing.T) {
	u16 := func(off int, v uint16) func([]byte) { return func(d []byte) { le.PutUint16(d[off:], v) } }
	u32 := func(off int, v uint32) func([]byte) { return func(d []byte) { le.PutUint32(d[off:], v) } }
	u8 := func(off int, v byte) func([]byte) { return func(d []byte) { d[off] = v } }
	both := func(f ...func([]byte)) func([]byte) {
		return func(d []byte) {
			for _, g := range f {
				g(d)
			}
		}
	}
	// In the crafted volume long entries have 208 bytes of head, then lengths.
	const lengths, body = 208, 216
	files := windows(2048)
	delete(files, "loop")
	delete(files, "readme")
	c := craft(plan{block: 2048, extended: true, long: true, metadata: true, scatter: true}, files)
	short := craft(plan{block: 2048}, files)
	if err := explore(t, c.b); err != nil {
		t.Fatal(err)
	}
	root, wim, chain := "", "sources/install.wim", "chain"
	cases := []struct {
		name, part string
		f          func([]byte)
		want       string
	}{
		{"blocks of another size", "logical", u32(212, 512), "said to be 512 bytes"},
		{"a partition that is not there", "partition", u16(22, 9), "wants partition 0"},
		{"a partition beyond the end", "partition", u32(188, 0xFFFFFF00), "is truncated"},
		{"a partition of 8 TiB", "partition", u32(192, 0xFFFFFFFF), "is truncated"},
		{"an empty partition", "partition", u32(192, 0), "beyond"},
		{"4 billion partition maps", "logical", u32(268, 0xFFFFFFFF), "partition maps"},
		{"partition maps of 4 GiB", "logical", u32(264, 0xFFFFFFFF), "partition maps"},
		{"no partition map", "logical", u32(268, 0), "in partition 1 of 0"},
		{"a map of no bytes", "logical", u8(441, 0), "a partition map"},
		{"a map longer than its table", "logical", u8(441, 200), "a partition map"},
		{"a map of a strange type", "logical", u8(440, 7), "a partition map of type 7"},
		{"a virtual partition", "logical", func(d []byte) { copy(d[451:], "*UDF Virtual Partition\x00\x00") }, "Virtual Partition"},
		{"metadata without a file", "logical", both(u32(440+6+40, 99), u32(440+6+44, 98)), "no valid tag"},
		{"metadata beyond its partition", "logical", both(u32(440+6+40, 0xFFFFFFFF), u32(440+6+44, 0xFFFFFFF0)), "beyond its partition"},
		{"metadata within the metadata", "metadata", u16(body+8, 1), "beyond its partition"},
		{"metadata of holes", "metadata", u32(body, 1<<30|64*2048), "hole of the metadata"},
		{"metadata of no bytes", "metadata", both(u32(56, 0)), "metadata partition is empty"},
		{"a file set in no partition", "logical", u16(256, 7), "in partition 7 of 2"},
		{"a file set beyond the end", "logical", u32(252, 0xFFFFFFF), "beyond the metadata"},
		{"a file set that is a file", "file set", u16(0, tagFileEntry), "something else"},
		{"a root in no partition", "file set", u16(408, 7), "in partition 7 of 2"},
		{"a root beyond the end", "file set", u32(404, 0xFFFFFFFF), "beyond the metadata"},
		{"a root that is the file set", "file set", u32(404, 1), "of type 256"},
		{"a root that is a file", root, u8(27, kindFile), "root is not a directory"},
		{"a root of strategy 4096", root, u16(20, 4096), "strategy 4096"},
		{"a root of 16 EiB", root, func(d []byte) { binary.LittleEndian.PutUint64(d[56:], 1<<64-1) }, "more than the image has"},
		{"a root of the image's size", root, func(d []byte) { binary.LittleEndian.PutUint64(d[56:], allBlocks*2048) }, "bytes short"},
		{"a root of one byte", root, func(d []byte) { binary.LittleEndian.PutUint64(d[56:], 1) }, "inside a file identifier"},
		{"a root with a strange kind of extents", root, u8(34, 2), "descriptors of type 2"},
		{"a root that holds itself", root, u8(34, 3), "holds 16 bytes of a file"},
		{"attributes of 4 GiB", root, u32(lengths, 0xFFFFFFFF), "longer than its block"},
		{"extents of 4 GiB", root, u32(lengths+4, 0xFFFFFFFF), "longer than its block"},
		{"no extents", root, u32(lengths+4, 0), "bytes short"},
		{"half an extent", root, u32(lengths+4, 15), "bytes short"},
		{"a directory of holes", root, u32(body, 1<<30|2048), "no valid tag"},
		{"a directory that is another file's data", root, both(u16(body+8, 0), u32(body+4, 100)), "no valid tag"},
		{"a directory beyond the end", root, u32(body+4, 0xFFFFFF), "beyond the metadata"},
		{"a directory that is its parent", "boot/:id", nil, ""}, // made below
		{"a name with a slash", "bootmgr:id", func(d []byte) { copy(d[fileIDHead:], "\x08a/../b") }, "holds a slash"},
		{"a name with a NUL", "bootmgr:id", func(d []byte) { d[fileIDHead+3] = 0 }, "a slash or a NUL"},
		{"a name that is dot dot", "bootmgr:id", func(d []byte) { d[19] = 3; copy(d[fileIDHead:], "\x08..") }, `named ".."`},
		{"a name that is dot dot in 16 bits", "bootmgr:id", func(d []byte) { d[19] = 5; copy(d[fileIDHead:], "\x10\x00.\x00.") }, `named ".."`},
		{"a name that is a dot", "bootmgr:id", func(d []byte) { d[19] = 2; copy(d[fileIDHead:], "\x08.") }, `named "."`},
		{"a name that is empty", "bootmgr:id", func(d []byte) { d[19] = 1 }, `named ""`},
		{"a name of no bytes", "bootmgr:id", u8(19, 0), "encoded in a way"},
		{"a name in a strange code", "bootmgr:id", u8(fileIDHead, 7), "encoded in a way"},
		{"a name longer than its directory", "up:id", u8(19, 255), ""},
		{"an identifier's use of 64 KiB", "bootmgr:id", u16(36, 65535), "longer than its directory"},
		{"an identifier of another type", "bootmgr:id", u16(0, tagFileEntry), "descriptor of type 261"},
		{"an entry in no partition", "bootmgr:id", u16(28, 77), "in partition 77 of 2"},
		{"an entry beyond the end", "bootmgr:id", u32(24, 0xFFFFFFFF), "beyond the metadata"},
		{"an entry that is none", "bootmgr:id", u32(24, 60), "no valid tag"},
		{"a file that is said to be a directory", "bootmgr:id", u8(18, markDirectory), "in one place and none in another"},
		{"a directory that is said to be a file", "boot:id", u8(18, 0), "in one place and none in another"},
		{"a file of 16 EiB", wim, func(d []byte) { binary.LittleEndian.PutUint64(d[56:], 1<<64-1) }, "more than the image has"},
		{"a file longer than its extents", wim, func(d []byte) { binary.LittleEndian.PutUint64(d[56:], 60000) }, "bytes short"},
		{"a file beyond its partition", wim, u32(body+4, inPartition), "beyond its partition"},
		{"a file in no partition", wim, u16(body+8, 300), "in partition 300 of 2"},
		{"an extent of 1 GiB", wim, u32(body, 1<<30-2048), ""},
		{"a chain to nowhere", wim, u32(body+36, 400), "no valid tag"},
		{"a chain beyond the end", wim, u32(body+36, 0xFFFFFFFF), "beyond its partition"},
		{"a chain to the first extent", wim, u32(body+36, 66), "no valid tag"},
		{"a chain that is longer than its block", chain, u32(20, 0xFFFFFFFF), "longer than their block"},
		{"a chain of nothing", chain, u32(20, 0), "bytes short"},
		{"a chain that is something else", chain, u16(0, tagFileEntry), "something else"},
		{"a chain to itself", chain, nil, ""}, // made below
		{"a link component longer than its link", "to-bcd", u8(body+1, 200), "longer than its file"},
		{"a link through a name with a slash", "to-bcd", func(d []byte) { copy(d[body+4:], "\x08a/b") }, "impossible name"},
		{"a link of 4 GiB", "to-bcd", func(d []byte) { binary.LittleEndian.PutUint64(d[56:], allBlocks*1000) }, "bytes long"},
	}
	refused := 0
	for _, h := range cases {
		t.Run(h.name, func(t *testing.T) {
			var b []byte
			switch {
			case h.f != nil:
				b = c.spoil(h.part, h.f)
			case h.part == "boot/:id":
				b, h.want = c.spoil("boot:id", func(d []byte) { copy(d[24:28], c.b[c.at["file set"]+404:]) }), "is the root again"
			default:
				b, h.want = c.spoil(chain, func(d []byte) {
					block := le.Uint32(d[12:])
					c.long16(d[24:], 3<<30|2048, int(block), 0)
				}), "form a loop"
			}
			err := explore(t, b)
			if h.want == "" { // it may be read, only nothing bad may come of it
				return
			}
			if err == nil || !strings.Contains(err.Error(), h.want) {
				t.Fatalf("got %v\nwant %q", err, h.want)
			}
			refused++
			volumetest.Refused(t, err)
		})
	}
	t.Logf("%d hostile volumes refused", refused)
	for _, name := range []string{"boot:id", "efi:id", "efi/boot:id"} { // a directory that hangs in two places
		b := short.spoil(name, func(d []byte) { copy(d[24:28], short.b[short.at["sources:id"]+24:]) })
		if err := explore(t, b); err == nil || !strings.Contains(err.Error(), "form a loop") {
			t.Errorf("%s is sources: %v", name, err)
		}
	}
}

// Every byte of every descriptor is turned over, with the CRC left wrong and
// with it mended; nothing may come of it but an error or another reading.
func TestEveryByteOfEveryDescriptorMayBeWrong(t *testing.T) {
	files := map[string]file{"a/": {}, "a/big": {data: bytesOf(5000)}, "a/b": {data: "x"}, "link": {link: component(5, "a")}}
	for _, p := range []plan{{block: 512}, {block: 512, extended: true, long: true, metadata: true, scatter: true}} {
		c := craft(p, files)
		if err := explore(t, c.b); err != nil {
			t.Fatal(err)
		}
		volumes, unnoticed := 0, 0
		for _, part := range slices.Sorted(maps.Keys(c.at)) {
			off := c.at[part]
			n := tagLength + int(le.Uint16(c.b[off+10:]))
			for i := range n {
				b := bytes.Clone(c.b)
				b[off+i] ^= 0xFF
				if err := explore(t, b); err == nil && part != "last anchor" && part != "anchor" {
					unnoticed++
				}
				if i >= tagLength || i < 2 {
					reseal(b, off)
					explore(t, b)
					volumes++
				}
				volumes++
			}
		}
		t.Logf("%d volumes", volumes)
		if unnoticed > 0 && !p.metadata {
			// The volume descriptors have a reserve, in the crafted one the same.
			t.Errorf("%d of %d wrong bytes were not noticed", unnoticed, volumes)
		}
	}
}

func TestVolumeCutAnywhereIsRefused(t *testing.T) {
	c := craft(plan{block: 2048, extended: true, long: true, metadata: true}, windows(2048))
	for n := 0; n < atLast*2048; n += 1531 {
		if err := explore(t, c.b[:n]); fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

// A directory of a million entries, all leading to one file.
func TestAMillionEntriesAreRefusedInBounds(t *testing.T) {
	const block, entries = 2048, 1_000_000
	c := craft(plan{block: block, long: true}, map[string]file{"x": {data: "one"}})
	one := fileIDHead + 10
	dir := make([]byte, one*entries)
	for i := range entries {
		d := dir[i*one:][:one]
		d[19] = 9
		copy(d[20:], c.b[c.at["x:id"]+20:][:16])
		d[fileIDHead] = 8
		for k := range 8 {
			d[fileIDHead+1+k] = 'a' + byte(i>>(4*k)&15)
		}
		x := crafted{b: d}
		x.seal(0, tagFileID, 0, one)
	}
	b := append(bytes.Clone(c.b[:atLast*block]), dir...)
	b = append(b, make([]byte, block-len(b)%block)...)
	le.PutUint32(b[c.at["partition"]+192:], uint32(len(b)/block-atPartition))
	reseal(b, c.at["partition"])
	e := b[c.at[""]:]
	binary.LittleEndian.PutUint64(e[56:], uint64(len(dir)))
	c.long16(e[176:], len(dir), inPartition, 0)
	reseal(b, c.at[""])
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	err := explore(t, b)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "more than 250000 entries") {
		t.Errorf("got %v", err)
	}
	if grew := int64(after.HeapSys) - int64(before.HeapSys); grew > 256<<20 {
		t.Errorf("it took %d MiB", grew>>20)
	}
}

func TestDirectoriesDeeperThanTheLimitAreRefused(t *testing.T) {
	files := map[string]file{}
	for i := range 70 {
		files[strings.Repeat("d/", i+1)] = file{}
	}
	if err := explore(t, craft(plan{block: 512}, files).b); err == nil || !strings.Contains(err.Error(), "more than 64 deep") {
		t.Error(err)
	}
}

// FuzzNew changes up to eight places of a crafted volume, mends every CRC so
// that the change is looked at, and explores it.
func FuzzNew(f *testing.F) {
	c := craft(plan{block: 512, extended: true, long: true, metadata: true, scatter: true},
		map[string]file{"a/": {}, "a/big": {data: bytesOf(5000)}, "b": {data: "x"}, "link": {link: component(5, "a")}})
	parts := slices.Sorted(maps.Keys(c.at))
	for i := range parts {
		f.Add([]byte{byte(i), 56, 0}, []byte{0xFF})
		f.Add([]byte{byte(i), 216, 0}, []byte{0xFF, 0xFF, 0xFF, 0x3F})
		f.Add([]byte{byte(i), 24, 0}, []byte{1})
	}
	f.Fuzz(func(t *testing.T, where, what []byte) {
		b := bytes.Clone(c.b)
		for i := 0; i+2 < len(where) && i < 24 && len(what) > 0; i += 3 {
			off := c.at[parts[int(where[i])%len(parts)]]
			n := min(len(what), 8)
			copy(b[off+int(binary.LittleEndian.Uint16(where[i+1:]))%512:], what[:n])
			what = what[n:]
			reseal(b, off)
		}
		explore(t, b)
	})
}
