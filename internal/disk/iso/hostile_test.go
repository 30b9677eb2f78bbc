package iso

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"seedbed/internal/disk/volume"
	"seedbed/internal/disk/volume/volumetest"
	"seedbed/internal/fault"
)

// explore reads everything in an image and gives the first error.
func explore(t testing.TB, b []byte) error {
	t.Helper()
	return volumetest.Explore(t, func() (*Image, error) { return New(bytes.NewReader(b), int64(len(b))) }, len(b),
		func(m *Image) error { _, err := m.BootImages(); return err })
}

func TestHostileImagesAreRefused(t *testing.T) {
	le := binary.LittleEndian
	// field sets the 32-bit number at an offset from a part.
	field := func(part string, off int, v uint32) func([]byte, map[string]int) {
		return func(b []byte, at map[string]int) { both32(b[must(at, part)+off:], v) }
	}
	// octet sets one byte likewise.
	octet := func(part string, off int, v byte) func([]byte, map[string]int) {
		return func(b []byte, at map[string]int) { b[must(at, part)+off] = v }
	}
	text := func(part string, off int, s string) func([]byte, map[string]int) {
		return func(b []byte, at map[string]int) { copy(b[must(at, part)+off:], s) }
	}
	pvd := func(f func(d []byte)) func([]byte, map[string]int) {
		return func(b []byte, _ map[string]int) { f(b[atPrimary*sector:]) }
	}
	cases := []struct {
		name string
		f    func([]byte, map[string]int)
		want string
	}{
		{"no primary descriptor", pvd(func(d []byte) { d[0] = 3 }), "no primary volume descriptor"},
		{"blocks of 0 bytes", pvd(func(d []byte) { le.PutUint16(d[128:], 0) }), "said to be 0 bytes"},
		{"blocks of 4096 bytes", pvd(func(d []byte) { le.PutUint16(d[128:], 4096) }), "said to be 4096 bytes"},
		{"volume longer than the file", pvd(func(d []byte) { both32(d[80:], sectors+9) }), "the image is truncated: the volume says 81920 bytes, the file has 63488"},
		{"root is a file", pvd(func(d []byte) { d[156+25] = 0 }), "root is not a directory"},
		{"root record cut short", pvd(func(d []byte) { d[156] = 20 }), "record is too short"},
		{"root record without name", pvd(func(d []byte) { d[156+32] = 0 }), "has no name"},
		{"root name too long", pvd(func(d []byte) { d[156+32] = 200 }), "name is longer than its record"},
		{"root beyond the end", pvd(func(d []byte) { both32(d[158:], 0xFFFFFFFF) }), "the image ends at byte 63488"},
		{"root of 4 GiB", pvd(func(d []byte) { both32(d[166:], 0xFFFFFFFF) }), "claims 4294967295 bytes"},
		{"root of 16 MiB in a small image", pvd(func(d []byte) { both32(d[166:], 16<<20) }), "the image ends at byte"},
		{"root of no bytes", pvd(func(d []byte) { both32(d[166:], 0) }), "is empty"},
		{"root is a file's data", pvd(func(d []byte) { both32(d[158:], atHello) }), "damaged"},
		{"root is zeros", pvd(func(d []byte) { both32(d[158:], atGap) }), "root directory is empty"},
		{"directory is its parent", field("root/sub", 2, atRoot), "is the root again"},
		{"directory is itself", field("sub/inner", 2, atSub), "form a loop"},
		{"directory is another", field("root/sub", 2, atMoved), "form a loop"},
		{"directory shown twice", field("sub/inner", 2, atDeep), "form a loop"},
		{"CL leads to the root", field("root/deep:CL", 4, atRoot), "is the root again"},
		{"CL leads into the tree", field("root/deep:CL", 4, atInner), "form a loop"},
		{"CL leads to itself", func(b []byte, at map[string]int) {
			// the relocated directory holds a CL that leads back to it
			copy(b[must(at, "deep/end:NM"):], use("CL", both(atDeep)))
			b[must(at, "deep/end")] += 8
		}, "form a loop"},
		{"CL beyond the end", field("root/deep:CL", 4, 0xFFFFFFF0), "the image ends at byte"},
		{"CL leads to data", field("root/deep:CL", 4, atHello), "damaged"},
		{"CL leads to zeros", field("root/deep:CL", 4, atGap), "relocated directory is empty"},
		{"directory of 4 GiB", field("root/sub", 10, 0xFFFFFFFF), "claims 4294967295 bytes, more than"},
		{"directory beyond the end", field("root/sub", 2, sectors), "the image ends at byte"},
		{"directory is data", field("root/sub", 2, atBig1), "damaged"},
		{"record crosses its sector", func(b []byte, at map[string]int) {
			end := b[(atRoot+1)*sector-10:]
			pos := must(at, "root/sub")
			for pos < (atRoot+1)*sector-10 { // fill with small records
				n := min(250, (atRoot+1)*sector-10-pos)
				copy(b[pos:], b[must(at, "root/sub"):must(at, "root/sub")+36])
				b[pos] = byte(n)
				pos += n
			}
			end[0] = 40
		}, "crosses the end of its sector"},
		{"record of one byte", octet("root/sub", 0, 1), "record is too short"},
		{"name longer than its record", octet("root/sub", 32, 250), "name is longer than its record"},
		{"name with a slash", text("root/sub:NM", 5, "a/b"), `the name "a/b" holds a slash`},
		{"name with a NUL", text("root/sub:NM", 5, "a\x00b"), "a slash or a NUL"},
		{"name is dot dot", func(b []byte, at map[string]int) {
			nm := b[must(at, "root/sub:NM"):]
			copy(nm, []byte{'N', 'M', 7, 1, 0, '.', '.', 0})
		}, `an entry is named ".."`},
		{"name is empty", octet("root/sub:NM", 2, 5), `an entry is named ""`},
		{"name is a dot", func(b []byte, at map[string]int) {
			copy(b[must(at, "root/sub:NM"):], []byte{'N', 'M', 6, 1, 0, '.', 0, 0})
		}, `an entry is named "."`},
		{"entry of 3 bytes", octet("root/sub:NM", 2, 3), `entry "NM" is 3 bytes long`},
		{"entry longer than its record", octet("root/sub:NM", 2, 200), `entry "NM" is 200 bytes long`},
		{"CE leads to itself", func(b []byte, at map[string]int) {
			both32(b[atContinued*sector+15+12:], 0) // from the continuation to its start
		}, "a name is longer than 255 bytes"},
		{"CE chain without end", func(b []byte, at map[string]int) {
			both32(b[must(at, "root/hello:CE")+4:], atContinued2)
			copy(b[atContinued2*sector:], ce(atContinued2, 0, 28))
		}, "more than 32 continuation areas"},
		{"CE beyond the end", field("root/hello:CE", 4, sectors), "the image ends at byte"},
		{"CE offset beyond the end", field("root/hello:CE", 12, 0xFFFFFFFF), "the image ends at byte"},
		{"CE of 4 GiB", field("root/hello:CE", 20, 0xFFFFFFFF), "one 4294967295 bytes long"},
		{"CE too short", octet("root/hello:CE", 2, 20), "a CE entry is 20 bytes long"},
		{"SL component too long", octet("root/link:SL", 6, 200), "longer than its entry"},
		{"SL without flags", octet("root/link:SL", 2, 4), "an SL entry is 4 bytes long"},
		{"file beyond the end", field("root/hello", 2, 0x7FFFFFFF), "the image ends at byte"},
		{"file of 4 GiB", field("root/hello", 10, 0xFFFFFFFF), "the image ends at byte"},
		{"file larger than the rest", field("root/hello", 10, 5*sector), "the image ends at byte"},
		{"last extent missing", octet("root/big2", 25, flagMore), "lacks its last extent"},
		{"extent of another file", text("root/big2", 33, "BOG"), "lacks its last extent"},
		{"extent beyond the end", field("root/big2", 2, sectors), "the image ends at byte"},
		{"extents that overlap", func(b []byte, at map[string]int) {
			both32(b[must(at, "root/big1")+2:], 0)
			both32(b[must(at, "root/big1")+10:], 60000)
			both32(b[must(at, "root/big2")+2:], 0)
			both32(b[must(at, "root/big2")+10:], 60000)
		}, "claims 120000 bytes, more than the image has"},
		{"interleaved file", octet("root/hello", 26, 1), "stored interleaved"},
		{"compressed file", text("inner/file:PX", 0, "ZF"), "compressed inside the image"},
		{"sparse file", text("inner/file:PX", 0, "SF"), "stored sparse"},
		{"boot catalogue beyond the end", func(b []byte, _ map[string]int) {
			le.PutUint32(b[atBoot*sector+0x47:], 0xFFFFFFFF)
		}, "the boot catalogue lies at byte"},
		{"boot catalogue of zeros", func(b []byte, _ map[string]int) {
			le.PutUint32(b[atBoot*sector+0x47:], atGap)
		}, "does not start with a validation entry"},
		{"boot image beyond the end", func(b []byte, _ map[string]int) {
			le.PutUint32(b[atCatalogue*sector+40:], 0x7FFFFFFF)
		}, "a boot image lies at byte"},
	}
	c := craft()
	check(t, explore(t, c.b))
	for _, h := range cases {
		t.Run(h.name, func(t *testing.T) {
			err := explore(t, c.spoil(h.f))
			if err == nil || !strings.Contains(err.Error(), h.want) {
				t.Fatalf("got %v\nwant %q", err, h.want)
			}
			volumetest.Refused(t, err)
		})
	}
}

func must(at map[string]int, part string) int {
	off, ok := at[part]
	if !ok {
		panic("no part " + part)
	}
	return off
}

func TestDirectoriesDeeperThanTheLimitAreRefused(t *testing.T) {
	c := craft()
	b := bytes.Clone(c.b)
	chain := &crafted{b: append(b, make([]byte, 80*sector)...), at: c.at}
	both32(chain.b[c.at["sub/inner"]+2:], sectors)
	for i := range 80 {
		at := sectors + i
		chain.dots(at, "x", at)
		chain.add(at, "x", "X", flagDirectory, uint32(at+1), sector, nm("x"))
	}
	if err := explore(t, chain.b); err == nil || !strings.Contains(err.Error(), "more than 64 deep") {
		t.Error(err)
	}
}

func TestImageCutAnywhereIsRefused(t *testing.T) {
	c := craft()
	for n := 0; n < len(c.b); n += 509 {
		if err := explore(t, c.b[:n]); fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	// Also when the volume says nothing of its size.
	b := c.spoil(func(b []byte, _ map[string]int) { both32(b[atPrimary*sector+80:], 0) })
	for n := 0; n < len(b)-2*sector; n += 509 {
		if err := explore(t, b[:n]); err == nil {
			t.Errorf("cut to %d bytes: no error", n)
		}
	}
}

func TestWhatIsNoImageIsNamed(t *testing.T) {
	dir := t.TempDir()
	pad := func(off int, s string) string { return strings.Repeat("\x01", off) + s + strings.Repeat("\x01", 40000) }
	for content, want := range map[string]string{
		"":                                   "the file is empty",
		pad(0, "\x1f\x8b\x08"):               "looks like a gzip archive",
		pad(0, "QFI\xfb"):                    "looks like a qcow2 disk image",
		pad(0, "PK\x03\x04"):                 "looks like a zip archive",
		pad(0, "\xfd7zXZ\x00"):               "looks like an xz archive",
		pad(257, "ustar"):                    "looks like a tar archive",
		"<!DOCTYPE html><title>404</title>":  "looks like a web page",
		"short":                              "5 bytes are too few",
		strings.Repeat("\x00", 1<<20):        "are zero",
		pad(0, "something"):                  "has no volume descriptor",
		pad(16*sector, "\x00BEA01\x01"):      "a UDF image of a kind that is not known",
		pad(0, "\x7fELF"):                    "looks like a program",
		pad(510, "\x55\xaa"):                 "a disk image with a boot sector",
		string(craft().b[:20*sector]):        "is truncated: the volume says 63488 bytes, the file has 40960",
		string(craft().b[:atEnd*sector+100]): "is truncated: it ends at byte 36964",
	} {
		name := filepath.Join(dir, "x.iso")
		check(t, os.WriteFile(name, []byte(content), 0o600))
		_, err := Open(name)
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.Invalid {
			t.Errorf("%.20q: %v", content, err)
			continue
		}
		if !strings.Contains(f.Msg, want) || !strings.Contains(f.Msg, fmt.Sprintf("reading medium %q: ", name)) {
			t.Errorf("%.20q: %s, want %q", content, f.Msg, want)
		}
	}
	if _, err := Open(filepath.Join(dir, "none.iso")); fault.KindOf(err) != fault.NotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Open(dir); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a directory: %v", err)
	}
}

// FuzzOpen changes up to eight places of the crafted image and explores it.
// The input is a list of offset, value pairs, so that mutations hit structures.
func FuzzOpen(f *testing.F) {
	c := craft()
	for _, part := range slices.Sorted(maps.Keys(c.at)) {
		off := c.at[part]
		f.Add(binary.LittleEndian.AppendUint16(nil, uint16(off)), []byte{0xFF})
		f.Add(binary.LittleEndian.AppendUint16(nil, uint16(off+2)), both(atRoot))
		f.Add(binary.LittleEndian.AppendUint16(nil, uint16(off+10)), both(0xFFFFFFFF))
	}
	f.Fuzz(func(t *testing.T, where, what []byte) {
		b := bytes.Clone(c.b)
		for i := 0; i+1 < len(where) && i < 16 && len(what) > 0; i += 2 {
			off := int(binary.LittleEndian.Uint16(where[i:])) % len(b)
			n := min(len(what), 8)
			copy(b[off:], what[:n])
			what = what[n:]
		}
		explore(t, b)
	})
}

func TestManyGoroutinesShareAnImage(t *testing.T) {
	c := craft()
	m, err := New(bytes.NewReader(c.b), int64(len(c.b)))
	check(t, err)
	f, err := m.Open("big")
	check(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				p := make([]byte, 2548)
				if n, err := f.(*volume.File).ReadAt(p, 0); n != len(p) || err != nil {
					t.Errorf("ReadAt: %d, %v", n, err)
				}
				if err := fs.WalkDir(m, ".", func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
