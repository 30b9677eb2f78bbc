package udf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"seedbed/internal/oracle"
)

func bytesOf(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return string(b)
}

// component is one of a link's path, ECMA-167 4/14.16.1.
func component(kind byte, name string) []byte {
	var raw []byte
	if name != "" {
		raw = compressed(name)
	}
	return append([]byte{kind, byte(len(raw)), 0, 0}, raw...)
}

// windows is what an install medium of Windows looks like, in small.
func windows(block int) map[string]file {
	big := []byte(bytesOf(5*block + 77))
	clear(big[block : 2*block]) // the hole, where it is scattered
	return map[string]file{
		"bootmgr": {data: bytesOf(3 * block)}, "bootmgr.efi": {data: bytesOf(block + 1)}, "empty": {},
		"boot/": {}, "boot/bcd": {data: bytesOf(block)}, "boot/boot.sdi": {data: "small"},
		"efi/": {}, "efi/boot/": {}, "efi/boot/bootx64.efi": {data: bytesOf(700)},
		"sources/": {}, "sources/install.wim": {data: string(big)}, "sources/boot.wim": {data: bytesOf(block)},
		"ümlaut": {data: "latin"}, "名前": {data: "utf-16"},
		"readme": {link: component(5, "boot")[:0:0]},
		"to-bcd": {link: append(component(5, "boot"), component(5, "bcd")...)},
		"up":     {link: append(component(3, ""), component(5, "x")...)},
		"root":   {link: append(component(2, ""), component(5, "bootmgr")...)},
		"loop":   {link: append(component(4, ""), component(5, "loop")...)},
	}
}

func plans() map[string]plan {
	return map[string]plan{
		"1.02, short": {block: 2048}, "1.02 of 512 bytes": {block: 512}, "2.01, long, embedded": {block: 2048, extended: true, long: true},
		"2.50, metadata partition": {block: 2048, extended: true, long: true, metadata: true},
		"2.60, scattered":          {block: 2048, extended: true, long: true, metadata: true, scatter: true},
		"short, scattered":         {block: 4096, scatter: true}, "1024": {block: 1024, extended: true},
	}
}

func TestVolumesOfEveryRevisionShowTheirFiles(t *testing.T) {
	for name, p := range plans() {
		t.Run(name, func(t *testing.T) {
			want := windows(p.block)
			delete(want, "readme")
			c := craft(p, want)
			m := open(t, c.b)
			names := 0
			for path, f := range want {
				path = strings.TrimSuffix(path, "/")
				st, err := m.Lstat(path)
				if err != nil {
					t.Fatal(err)
				}
				names++
				if !st.IsDir() && f.link == nil {
					b, err := fs.ReadFile(m, path)
					if err != nil || string(b) != f.data {
						t.Errorf("%s: %d bytes, want %d, %v", path, len(b), len(f.data), err)
					}
					if want := time.Date(2021, 3, 4, 4, 6, 7, 0, time.UTC); !st.ModTime().Equal(want) || st.Mode() != 0o555 {
						t.Errorf("%s: %v %v", path, st.ModTime(), st.Mode())
					}
				}
			}
			fs.WalkDir(m, ".", func(string, fs.DirEntry, error) error { names--; return nil })
			if names != -1 { // the root
				t.Errorf("%d names too few", names+1)
			}
			if m.Labels.ID != "CRAFTED" || m.Labels.Application != "SEEDBED TEST" {
				t.Errorf("labels %+v", m.Labels)
			}
		})
	}
}

func TestNamesAreFoundInAnyCaseAndTheExactOneFirst(t *testing.T) {
	c := craft(plan{block: 2048}, map[string]file{"boot/": {}, "boot/BCD": {data: "upper"}, "boot/bcd": {data: "lower"}, "SOURCES/": {}, "SOURCES/Install.WIM": {data: "w"}})
	m := open(t, c.b)
	for name, want := range map[string]string{"boot/BCD": "upper", "BOOT/bcd": "lower", "sources/install.wim": "w", "Sources/INSTALL.wim": "w"} {
		if b, err := fs.ReadFile(m, name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if err := fstest.TestFS(m, "boot/BCD", "SOURCES/Install.WIM"); err != nil {
		t.Error(err)
	}
}

func TestLinksStayInsideTheVolume(t *testing.T) {
	m := open(t, craft(plan{block: 2048}, windows(2048)).b)
	if b, err := fs.ReadFile(m, "to-bcd"); err != nil || string(b) != bytesOf(2048) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	for name, want := range map[string]string{"up": "../x", "root": "/bootmgr", "loop": "./loop"} {
		if to, err := m.ReadLink(name); err != nil || to != want {
			t.Errorf("%s leads to %q, %v", name, to, err)
		}
		if _, err := m.Open(name); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

func TestAFileSaysWhereItLies(t *testing.T) {
	p := plan{block: 2048, extended: true, long: true, metadata: true, scatter: true}
	c := craft(p, windows(2048))
	m := open(t, c.b)
	for name, piece := range map[string]bool{"bootmgr": true, "boot/boot.sdi": true, "sources/install.wim": false, "empty": true} {
		f, err := m.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		off, n, ok := f.(interface{ Extent() (int64, int64, bool) }).Extent()
		if ok != piece || ok && !bytes.Equal(c.b[off:off+n], []byte(windows(2048)[name].data)) {
			t.Errorf("%s: %d bytes at %d, %t", name, n, off, ok)
		}
	}
}

// 7-Zip reads UDF with a metadata partition: what it makes of a crafted volume
// says whether the crafting is right.
func TestCraftedVolumesReadTheSameBy7Zip(t *testing.T) {
	bin := ""
	for _, n := range []string{"7zz", "7z"} {
		if p, err := exec.LookPath(n); err == nil {
			bin = p
		}
	}
	if bin == "" {
		t.Skip("7zz is not installed: it is the oracle of this test")
	}
	for _, name := range []string{"1.02, short", "2.01, long, embedded", "2.50, metadata partition"} {
		t.Run(name, func(t *testing.T) {
			files := windows(2048)
			for k, f := range files {
				if f.link != nil {
					delete(files, k)
				}
			}
			img, out := filepath.Join(t.TempDir(), "x.iso"), t.TempDir()
			if err := os.WriteFile(img, craft(plans()[name], files).b, 0o600); err != nil {
				t.Fatal(err)
			}
			if b, err := exec.CommandContext(t.Context(), bin, "x", "-tudf", "-y", "-o"+out, img).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, b)
			}
			for k, f := range files {
				if strings.HasSuffix(k, "/") {
					continue
				}
				if b, err := os.ReadFile(filepath.Join(out, k)); err != nil || string(b) != f.data {
					t.Errorf("%s: %d bytes, want %d, %v", k, len(b), len(f.data), err)
				}
			}
		})
	}
}

func TestVolumesByGenisoimageEqualTheirSource(t *testing.T) {
	src := t.TempDir()
	for name, data := range map[string]string{"Sources/install.wim": bytesOf(300_000), "Boot/BCD": "b", "ümlaut-名前.txt": "u", "empty": "", "deep/er/still/x y": "z"} {
		p := filepath.Join(src, name)
		os.MkdirAll(filepath.Dir(p), 0o755)
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2000 {
		if err := os.WriteFile(filepath.Join(src, fmt.Sprintf("a long name with a number %d", i)), []byte(fmt.Sprint(i)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	img := filepath.Join(t.TempDir(), "x.iso")
	oracle.Run(t, "genisoimage", "-quiet", "-udf", "-input-charset", "utf-8", "-o", img, src)
	f, err := os.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	m, err := New(f, st.Size(), f)
	if err != nil {
		t.Fatal(err)
	}
	got, want := sums(t, m), sums(t, os.DirFS(src))
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %.20q, want %.20q", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d names, want %d", len(got), len(want))
	}
	x, err := m.Open("Sources/install.wim")
	if err != nil {
		t.Fatal(err)
	}
	if backing, _, n, ok := x.(interface {
		Section() (*os.File, int64, int64, bool)
	}).Section(); !ok || backing != f || n != 300_000 {
		t.Errorf("it cannot be sent from the image: %d, %t", n, ok)
	}
}

func sums(t *testing.T, fsys fs.FS) map[string]string {
	out := map[string]string{}
	if err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			out[p] = "dir"
			return err
		}
		b, err := fs.ReadFile(fsys, p)
		out[p] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestVolumesByMkudffsAreReadOrNamed(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-m hd -r 1.02", ""}, {"-m hd -r 2.01", ""}, {"-m hd -b 512 -r 1.50", ""}, {"-m hd -b 4096 -r 2.01", ""}, {"-m dvd -r 1.02", ""},
		{"-m hd -b 2048 -r 2.01 --ad=long --noefe", ""}, {"-m hd -b 2048 -r 2.01 --ad=short", ""},
		{"-m bdr -r 2.60", "*UDF Virtual Partition"}, {"-m cdrw -r 2.01", "*UDF Sparable Partition"},
	} {
		t.Run(c.args, func(t *testing.T) {
			img := filepath.Join(t.TempDir(), "x.img")
			f, err := os.Create(img)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			const size = 40 << 20
			f.Truncate(size)
			oracle.Run(t, append(append([]string{"/usr/sbin/mkudffs"}, strings.Fields(c.args)...), "-l", "Ein Name", img)...)
			m, err := New(f, size, f)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			entries, err := fs.ReadDir(m, ".")
			if err != nil || len(entries) > 1 || m.Labels.ID != "Ein Name" {
				t.Errorf("%v %v %+v", entries, err, m.Labels)
			}
		})
	}
}
