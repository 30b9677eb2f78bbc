package iso

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"seedbed/internal/disk/volume"
	"seedbed/internal/oracle"
)

// write makes a tree: a name ending in "/" is a directory, "name -> target" a
// symbolic link, else a file with the given content.
func write(t testing.TB, root string, tree map[string]string) {
	t.Helper()
	stamp := time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)
	for name, content := range tree {
		name, target, isLink := strings.Cut(name, " -> ")
		p := filepath.Join(root, filepath.FromSlash(name))
		check(t, os.MkdirAll(filepath.Dir(p), 0o755))
		switch {
		case isLink:
			check(t, os.Symlink(target, p))
		case strings.HasSuffix(name, "/"):
			check(t, os.MkdirAll(p, 0o755))
		default:
			check(t, os.WriteFile(p, []byte(content), 0o640))
			check(t, os.Chtimes(p, stamp, stamp))
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// master builds an image of dir with a tool of the host and opens it.
func master(t *testing.T, dir string, argv ...string) *Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.iso")
	oracle.Run(t, append(argv, "-o", out, dir)...)
	m, err := Open(out)
	check(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

// snapshot is a line a name: type, content, target.
func snapshot(t testing.TB, fsys fs.FS, rename func(string) string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		line := "dir"
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(fsys, p)
			if err != nil {
				return err
			}
			line = "-> " + target
		case d.Type().IsRegular():
			b, err := fs.ReadFile(fsys, p)
			if err != nil {
				return err
			}
			line = "file " + string(b)
		}
		got[rename(p)] = line
		return nil
	})
	check(t, err)
	return got
}

func same(name string) string { return name }

func compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, line := range want {
		if g, ok := got[name]; !ok {
			t.Errorf("%s: not in the image", name)
		} else if g != line {
			t.Errorf("%s: got %.60q, want %.60q", name, g, line)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: in the image, not in the source", name)
		}
	}
}

// bytesOf is content that differs at every offset.
func bytesOf(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return string(b)
}

var (
	deepest = strings.Repeat("deeper/", 14) + "end"
	tree    = map[string]string{
		"README.txt":                         "read me\n",
		"Mixed Case & spaces":                "x",
		"dists/stable/Release":               bytesOf(5000),
		"pool/main/g/gcc-14-base_14.2_a.deb": bytesOf(300_000),
		"empty":                              "",
		"empty.d/":                           "",
		"exact-sector":                       bytesOf(4096),
		"ümlaut-名前":                          "utf-8",
		"...dots":                            "dots",
		deepest:                              "at the end",
	}
	links = map[string]string{
		"debian -> .":                      "",
		"dists/trixie -> stable":           "",
		"up/down/back -> ../../README.txt": "",
	}
	// Links that lead nowhere; genisoimage never ends on the first of them.
	strays = map[string]string{
		"out -> ../../../etc/passwd": "",
		"abs -> /etc/passwd":         "",
		"loop1 -> loop2":             "",
		"loop2 -> loop1":             "",
		"long -> " + strings.Repeat("./dists/../", 90) + "empty":               "",
		"wide -> " + strings.Repeat("w", 240) + "/" + strings.Repeat("v", 240): "",
	}
	long = map[string]string{
		strings.Repeat("n", 250):                                  "long",
		strings.Repeat("n", 249) + "m":                            "long too",
		strings.Repeat("d", 250) + "/" + strings.Repeat("f", 255): "longest",
	}
)

func join(maps ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestBuiltImageEqualsItsSource(t *testing.T) {
	full := join(tree, links, strays, long)
	sound := join(tree, links, long)
	cases := []struct {
		name   string
		tree   map[string]string
		argv   []string
		naming Naming
	}{
		{"Rock Ridge by xorriso", full, []string{"xorriso", "-as", "mkisofs", "-R"}, RockRidge},
		{"Rock Ridge and Joliet by xorriso", sound, []string{"xorriso", "-as", "mkisofs", "-R", "-J", "-joliet-long"}, RockRidge},
		{"deep by genisoimage -D", sound, []string{"genisoimage", "-quiet", "-R", "-D"}, RockRidge},
		{"relocated by genisoimage", sound, []string{"genisoimage", "-quiet", "-R"}, RockRidge},
		{"relocated by xorriso", tree, []string{"xorriso", "-compliance", "deep_paths_off:long_paths_off", "-as", "mkisofs", "-R"}, RockRidge},
		{"Joliet by xorriso", tree, []string{"xorriso", "-as", "mkisofs", "--norock", "-J", "-joliet-long"}, Joliet},
		{"Joliet by genisoimage", tree, []string{"genisoimage", "-quiet", "-J", "-joliet-long", "-D", "-input-charset", "utf-8"}, Joliet},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			src := t.TempDir()
			write(t, src, c.tree)
			m := master(t, src, c.argv...)
			if got := m.Volume().Naming; got != c.naming {
				t.Errorf("read as %s, want %s", got, c.naming)
			}
			got := snapshot(t, m, same)
			if c.name == "relocated by genisoimage" {
				if got["rr_moved"] != "dir" {
					t.Error("genisoimage relocated nothing: the test tests nothing")
				}
				delete(got, "rr_moved") // what it leaves behind
			}
			compare(t, got, snapshot(t, os.DirFS(src), same))
			if _, ok := c.tree["loop1 -> loop2"]; ok {
				return // TestFS opens every link
			}
			if err := fstest.TestFS(m, "README.txt", deepest); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestModesAndTimesAreRockRidges(t *testing.T) {
	src := t.TempDir()
	write(t, src, tree)
	check(t, os.Chmod(filepath.Join(src, "empty"), 0o4751))
	for _, argv := range [][]string{{"xorriso", "-as", "mkisofs", "-R"}, {"genisoimage", "-quiet", "-R"}} {
		t.Run(argv[0], func(t *testing.T) {
			m := master(t, src, argv...)
			for name, want := range map[string]fs.FileMode{
				"README.txt": 0o640, "empty": 0o751, "dists": fs.ModeDir | 0o755, path.Dir(deepest): fs.ModeDir | 0o755,
			} {
				st, err := m.Stat(name)
				check(t, err)
				if st.Mode() != want {
					t.Errorf("%s: mode %v, want %v", name, st.Mode(), want)
				}
			}
			st, err := m.Stat("README.txt")
			check(t, err)
			if want := time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC); !st.ModTime().Equal(want) {
				t.Errorf("modified %v, want %v", st.ModTime(), want)
			}
		})
	}
}

func TestPlainNamesAreLowerAndFoundInAnyCase(t *testing.T) {
	src := t.TempDir()
	write(t, src, map[string]string{
		"README.TXT": "a", "NOEXT": "b", "DIR/SUB_DIR/FILE.C": bytesOf(9999), "Lower.txt": "c", "EMPTY": "",
	})
	for _, argv := range [][]string{
		{"genisoimage", "-quiet"}, {"genisoimage", "-quiet", "-iso-level", "4"}, {"xorriso", "-as", "mkisofs", "--norock"},
	} {
		t.Run(strings.Join(argv, " "), func(t *testing.T) {
			m := master(t, src, argv...)
			if m.Volume().Naming != Plain {
				t.Errorf("read as %s", m.Volume().Naming)
			}
			want := snapshot(t, os.DirFS(src), strings.ToLower)
			compare(t, snapshot(t, m, same), want)
			for _, name := range []string{"README.TXT", "readme.txt", "ReadMe.Txt"} {
				if _, err := fs.ReadFile(m, name); err != nil {
					t.Error(err)
				}
			}
			if err := fstest.TestFS(m, "readme.txt", "noext"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLinksStayInsideTheImage(t *testing.T) {
	src := t.TempDir()
	write(t, src, join(tree, links, strays))
	m := master(t, src, "xorriso", "-as", "mkisofs", "-R")
	for name, want := range map[string]string{
		"debian/README.txt":               "read me\n",
		"debian/debian/debian/README.txt": "read me\n",
		"up/down/back":                    "read me\n",
		"dists/trixie/Release":            bytesOf(5000),
		"long":                            "",
		strings.Repeat("debian/", 40) + "README.txt": "read me\n",
	} {
		b, err := fs.ReadFile(m, name)
		if err != nil || string(b) != want {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
	for _, name := range []string{"out", "abs", "wide", "README.txt/x", "none", "debian/none"} {
		if _, err := m.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want %v", name, err, fs.ErrNotExist)
		}
	}
	for _, name := range []string{"loop1", strings.Repeat("debian/", 41) + "README.txt"} {
		if _, err := m.Stat(name); err == nil || !strings.Contains(err.Error(), "more than 40 symbolic links") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"../x", "/README.txt", "dists/", "a//b", ""} {
		if _, err := m.Open(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v, want %v", name, err, fs.ErrInvalid)
		}
	}
	st, err := m.Stat("up/down/back")
	check(t, err)
	if st.Name() != "back" || !st.Mode().IsRegular() || st.Size() != 8 {
		t.Errorf("a link shows as %v", fs.FormatFileInfo(st))
	}
	if st, err = m.Lstat("debian"); err != nil || st.Mode().Type() != fs.ModeSymlink {
		t.Errorf("Lstat: %v %v", st, err)
	}
}

func TestFiveThousandFiles(t *testing.T) {
	src := t.TempDir()
	many := map[string]string{}
	for i := range 5000 {
		many[fmt.Sprintf("pool/package-number-%d_1.0-%d_amd64.deb", i, i%7)] = fmt.Sprint("content ", i)
	}
	write(t, src, many)
	m := master(t, src, "xorriso", "-as", "mkisofs", "-R")
	compare(t, snapshot(t, m, same), snapshot(t, os.DirFS(src), same))
	if _, err := m.Open("pool/package-number-4999_1.0-1_amd64.deb"); err != nil {
		t.Error(err)
	}
}

func TestFileIsReadFromTheImageItself(t *testing.T) {
	src := t.TempDir()
	write(t, src, tree)
	m := master(t, src, "xorriso", "-as", "mkisofs", "-R")
	want := tree["pool/main/g/gcc-14-base_14.2_a.deb"]
	f, err := m.Open("pool/main/g/gcc-14-base_14.2_a.deb")
	check(t, err)
	off, n, ok := f.(*volume.File).Extent()
	b := make([]byte, n)
	if _, err := m.Backing().ReadAt(b, off); err != nil || !ok || string(b) != want {
		t.Errorf("extent %d %d %v: %v", off, n, ok, err)
	}
	var all bytes.Buffer
	if k, err := f.(io.WriterTo).WriteTo(&all); k != int64(len(want)) || err != nil || all.String() != want {
		t.Errorf("WriteTo: %d, %v", k, err)
	}
	if pos, err := f.(io.Seeker).Seek(-10, io.SeekEnd); err != nil || pos != int64(len(want)-10) {
		t.Errorf("Seek: %d, %v", pos, err)
	}
	rest, err := io.ReadAll(f)
	if err != nil || string(rest) != want[len(want)-10:] {
		t.Errorf("after Seek: %q, %v", rest, err)
	}
	check(t, f.Close())
	if _, err := f.Read(b); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestBootImagesAreListed(t *testing.T) {
	src := t.TempDir()
	fat := make([]byte, 4<<20)
	copy(fat[11:], []byte{0, 2})
	copy(fat[19:], []byte{0, 32}) // 8192 sectors of 512 bytes
	fat[510], fat[511] = 0x55, 0xAA
	write(t, src, map[string]string{"isolinux.bin": bytesOf(20_000), "efi.img": string(fat)})
	m := master(t, src, "xorriso", "-as", "mkisofs", "-R", "-c", "boot.cat", "-b", "isolinux.bin",
		"-no-emul-boot", "-boot-load-size", "4", "-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-boot-load-size", "1")
	got, err := m.BootImages()
	check(t, err)
	if len(got) != 2 {
		t.Fatalf("%d boot images, want 2", len(got))
	}
	if b := got[0]; b.Platform != PlatformBIOS || !b.Bootable || b.Emulation != 0 || b.Size != 2048 || b.Platform.String() != "BIOS" {
		t.Errorf("first: %+v", b)
	}
	if b := got[1]; b.Platform != PlatformUEFI || !b.Bootable || b.Size != 4<<20 {
		t.Errorf("second: %+v", b)
	}
	b, err := io.ReadAll(got[1].Reader())
	if err != nil || !bytes.Equal(b, fat) {
		t.Errorf("the UEFI image differs: %v", err)
	}
}

func TestVolumeLabels(t *testing.T) {
	src := t.TempDir()
	write(t, src, tree)
	for _, argv := range [][]string{{"xorriso", "-as", "mkisofs"}, {"genisoimage", "-quiet"}} {
		t.Run(argv[0], func(t *testing.T) {
			before := time.Now().Add(-2 * time.Second)
			m := master(t, src, append(argv, "-R", "-V", "Debian 13 amd64", "-publisher", "SEEDBED", "-A", "AN APPLICATION")...)
			v := m.Volume()
			if v.ID != "Debian 13 amd64" || v.Publisher != "SEEDBED" || v.Application != "AN APPLICATION" {
				t.Errorf("%+v", v)
			}
			if v.Created.Before(before) || v.Created.After(time.Now()) {
				t.Errorf("created %v, built after %v", v.Created, before)
			}
			if v.Size == 0 || v.Size > m.src.Size {
				t.Errorf("size %d of %d", v.Size, m.src.Size)
			}
		})
	}
}
