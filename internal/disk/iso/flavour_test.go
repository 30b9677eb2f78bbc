package iso

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"

	"seedbed/internal/disk/volume"
	"seedbed/internal/oracle"
)

// flavours are the ways in which install media are mastered.
var flavours = []struct {
	name, argv string
	naming     Naming
}{
	{"xorriso Rock Ridge", "xorriso -as mkisofs -R", RockRidge},
	{"xorriso Rock Ridge, Joliet", "xorriso -as mkisofs -R -J -joliet-long", RockRidge},
	{"xorriso level 3", "xorriso -as mkisofs -R -iso-level 3", RockRidge},
	{"xorriso with a partition table", "xorriso -as mkisofs -R -partition_offset 16", RockRidge},
	{"xorriso with HFS+", "xorriso -as mkisofs -R -hfsplus", RockRidge},
	{"xorriso with AAIP", "xorriso -acl on -xattr on -as mkisofs -R", RockRidge},
	{"xorriso Joliet", "xorriso -as mkisofs --norock -J -joliet-long", Joliet},
	{"genisoimage Rock Ridge", "genisoimage -quiet -R -D", RockRidge},
	{"genisoimage rationalised", "genisoimage -quiet -r -D", RockRidge},
	{"genisoimage Rock Ridge, Joliet, UDF", "genisoimage -quiet -R -J -joliet-long -udf -D", RockRidge},
	{"genisoimage Joliet", "genisoimage -quiet -J -joliet-long -D", Joliet},
	{"genisoimage UDF", "genisoimage -quiet -udf -D", UDF},
	{"genisoimage UDF, Joliet", "genisoimage -quiet -udf -J -joliet-long -D", UDF},
}

// shop is a small medium: every name of it can be written in every flavour.
var shop = map[string]string{
	"README.txt": "read me\n", "dists/stable/Release": bytesOf(5000), "pool/main/g/gcc/gcc-14-base_14.2_a.deb": bytesOf(300_000),
	"empty": "", "exact-sector": bytesOf(4096), "Mixed Case": "x", "boot/BCD": bytesOf(2049),
}

// Every flavour reads as its source, and as go-diskfs reads it where it can.
func TestEveryFlavourEqualsItsSourceAndGoDiskfs(t *testing.T) {
	for _, f := range flavours {
		t.Run(f.name, func(t *testing.T) {
			src := t.TempDir()
			write(t, src, shop)
			m := master(t, src, strings.Fields(f.argv)...)
			if got := m.Volume().Naming; got != f.naming {
				t.Errorf("read as %s, want %s", got, f.naming)
			}
			got := snapshot(t, m, same)
			compare(t, got, snapshot(t, os.DirFS(src), same))
			if f.naming == UDF {
				return // go-diskfs has no UDF
			}
			// In Joliet trees go-diskfs finds nothing below two directories.
			if n, lost := againstDiskfs(t, m); n < 4 || lost > 0 && f.naming == RockRidge {
				t.Errorf("%d files compared with go-diskfs, %d not found by it", n, lost)
			}
		})
	}
}

// againstDiskfs compares the files of m with what go-diskfs reads from the same
// image: how many were equal, and how many it cannot open.
func againstDiskfs(t *testing.T, m *Image) (n, lost int) {
	t.Helper()
	b, err := file.OpenFromPath(m.Backing().Name(), true)
	check(t, err)
	defer b.Close()
	other, err := iso9660.Read(b, m.src.Size, 0, 2048)
	if err != nil {
		t.Fatalf("go-diskfs: %v", err)
	}
	check(t, fs.WalkDir(m, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		mine, err := m.Open(p)
		if err != nil {
			return err
		}
		defer mine.Close()
		theirs, err := other.Open(p)
		if err != nil {
			lost++
			return nil
		}
		defer theirs.Close()
		n++
		return equal(p, mine, theirs)
	}))
	return n, lost
}

func equal(name string, a, b io.Reader) error {
	x, y := make([]byte, 1<<20), make([]byte, 1<<20)
	for {
		n, errA := io.ReadFull(a, x)
		k, errB := io.ReadFull(b, y)
		if n != k || !bytes.Equal(x[:n], y[:k]) {
			return fmt.Errorf("%s: the readers differ", name)
		}
		if errA != nil || errB != nil {
			if (errA == io.EOF || errA == io.ErrUnexpectedEOF) && (errB == io.EOF || errB == io.ErrUnexpectedEOF) {
				return nil
			}
			return fmt.Errorf("%s: %v and %v", name, errA, errB)
		}
	}
}

func TestCompressedFilesAreInflatedInPlace(t *testing.T) {
	text := strings.Repeat("all work and no play makes a dull boy\n", 20_000)
	holes := text[:100_000] + strings.Repeat("\x00", 200_000) + text
	src := t.TempDir()
	write(t, src, map[string]string{"text": text, "holes": holes, "small": "too small to be packed", "noise": bytesOf(70_000)})
	out := filepath.Join(t.TempDir(), "z.iso")
	oracle.Run(t, "xorriso", "-outdev", out, "-map", src, "/", "-set_filter_r", "--zisofs", "/", "--")
	m, err := Open(out)
	check(t, err)
	defer m.Close()
	if m.src.Size > 500_000 {
		t.Fatalf("the image has %d bytes: nothing was packed", m.src.Size)
	}
	compare(t, snapshot(t, m, same), snapshot(t, os.DirFS(src), same))
	f, err := m.Open("holes")
	check(t, err)
	for _, r := range [][2]int{{0, 1}, {32767, 2}, {99_990, 20}, {250_000, 70_000}, {len(holes) - 1, 1}} {
		b := make([]byte, r[1])
		if n, err := f.(io.ReaderAt).ReadAt(b, int64(r[0])); n != len(b) || err != nil || string(b) != holes[r[0]:r[0]+r[1]] {
			t.Errorf("%d bytes at %d: %d, %v", r[1], r[0], n, err)
		}
	}
	if _, _, _, ok := f.(*volume.File).Section(); ok {
		t.Error("a packed file claims to lie in the image as it is")
	}
	// Spoiled, it is an error or another text, never a crash.
	whole, err := os.ReadFile(out)
	check(t, err)
	at := bytes.Index(whole, []byte(zisofsMagic))
	for i := range 96 {
		b := bytes.Clone(whole)
		b[at+i] ^= 0xFF
		m, err := New(bytes.NewReader(b), int64(len(b)))
		check(t, err)
		noticed := i == 14 || i == 15 // reserved
		for _, name := range []string{"text", "holes"} {
			got, err := fs.ReadFile(m, name)
			noticed = noticed || err != nil
			if len(got) > len(holes) {
				t.Errorf("byte %d: %s has %d bytes", i, name, len(got))
			}
		}
		if !noticed {
			t.Errorf("byte %d of a packed file was wrong and not noticed", i)
		}
	}
}

// sparse is an image of some gigabytes of which only the start is there; the
// rest is a pattern.
type sparse struct{ head []byte }

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		if at := off + int64(i); at < int64(len(s.head)) {
			p[i] = s.head[at]
		} else {
			p[i] = byte(at>>11) ^ byte(at)
		}
	}
	return len(p), nil
}

func TestAFileOfMoreThan4GiBIsReadAcrossItsExtents(t *testing.T) {
	const piece = 1<<32 - sector
	b := craft().spoil(func(b []byte, at map[string]int) {
		both32(b[at["root/big1"]+2:], sectors)
		both32(b[at["root/big1"]+10:], piece)
		both32(b[at["root/big2"]+2:], sectors+piece/sector)
		both32(b[at["root/big2"]+10:], 1<<30)
	})
	const start, size = sectors * sector, int64(piece) + 1<<30
	m, err := New(sparse{b}, start+size)
	check(t, err)
	f, err := m.Open("big")
	check(t, err)
	st, _ := f.Stat()
	off, n, ok := f.(*volume.File).Extent()
	if st.Size() != size || !ok || off != start || n != size {
		t.Errorf("size %d, %d bytes at %d, in one piece %t", st.Size(), n, off, ok)
	}
	p := make([]byte, 100)
	for _, at := range []int64{0, piece - 50, 1<<32 + 5, size - 100} {
		if _, err := f.(io.ReaderAt).ReadAt(p, at); err != nil || p[7] != byte((start+at+7)>>11)^byte(start+at+7) {
			t.Errorf("at %d: %v", at, err)
		}
	}
}
