package tree

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"seedbed/internal/fault"
)

func TestANetbootArchiveIsUnpackedWhole(t *testing.T) {
	plain := netboot(t)
	for name, b := range map[string][]byte{"n.tar": plain, "n.tar.gz": gz(plain), "no-suffix": gz(plain)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			dest := filepath.Join(dir, "state", "debian-13")
			var last, total int64
			err := UnpackNetboot(t.Context(), put(t, dir, name, b), dest, func(d, all int64, _ string) { last, total = d, all })
			if err != nil {
				t.Fatal(err)
			}
			fsys, c, err := Open(source("unpacked", dest))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := fstest.TestFS(fsys, "debian-installer/amd64/linux", "again"); err != nil {
				t.Error(err)
			}
			f, err := fsys.Open("pxelinux.cfg/default") // a link to a directory, then one to a file
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(f)
			f.Close()
			if string(text) != "menu" {
				t.Errorf("through two links: %q", text)
			}
			st, err := os.Stat(filepath.Join(dest, "debian-installer/amd64/linux"))
			if err != nil || st.Mode() != 0o644 {
				t.Errorf("mode %v, %v: setuid and execute bits are not kept", st.Mode(), err)
			}
			if last != int64(len(b)) || total != last {
				t.Errorf("progress ended at %d of %d, the file has %d bytes", last, total, len(b))
			}
			if entries, _ := os.ReadDir(filepath.Dir(dest)); len(entries) != 1 {
				t.Errorf("beside the tree: %v", entries)
			}
		})
	}
}

func TestAnXZArchiveIsUnpackedWithTheHostsXZ(t *testing.T) {
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("xz is not installed")
	}
	dir := t.TempDir()
	if out, err := exec.Command("xz", "-0", put(t, dir, "n.tar", netboot(t))).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	if kind, err := Detect(filepath.Join(dir, "n.tar.xz")); kind != Tarball || err != nil {
		t.Errorf("detected %q, %v", kind, err)
	}
	if err := UnpackNetboot(t.Context(), filepath.Join(dir, "n.tar.xz"), filepath.Join(dir, "out"), nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "n.tar.xz"))
	if err != nil {
		t.Fatal(err)
	}
	cut := put(t, dir, "cut.tar.xz", b[:len(b)-40])
	wants(t, UnpackNetboot(t.Context(), cut, filepath.Join(dir, "s", "cut"), nil), fault.Invalid, "truncated")
	nothingIn(t, filepath.Join(dir, "s"))
}

func TestADebianPackageIsUnpackedWithoutItsGraphicalInstaller(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("dpkg-deb is not installed")
	}
	dir := t.TempDir()
	const base = "pkg/usr/lib/debian-installer/images/13/amd64/"
	put(t, dir, base+"text/debian-installer/amd64/linux", []byte("k"))
	put(t, dir, base+"gtk/debian-installer/amd64/linux", []byte("k"))
	put(t, dir, "pkg/DEBIAN/control", []byte("Package: nb\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: x\n"))
	if out, err := exec.Command("dpkg-deb", "-b", filepath.Join(dir, "pkg"), filepath.Join(dir, "nb.deb")).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	if kind, err := Detect(filepath.Join(dir, "nb.deb")); kind != Package || err != nil {
		t.Errorf("detected %q, %v", kind, err)
	}
	if err := UnpackNetboot(t.Context(), filepath.Join(dir, "nb.deb"), filepath.Join(dir, "out"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", base[4:]+"text/debian-installer/amd64/linux")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", base[4:]+"gtk")); err == nil {
		t.Error("the graphical installer was unpacked")
	}
}

func TestAHostileArchiveLeavesNothingAndTouchesNothingOutside(t *testing.T) {
	ok := entry("ok", "fine")
	for name, c := range map[string]struct {
		entries []tar.Header
		words   string
	}{
		"a name with ..":                      {[]tar.Header{ok, entry("../evil", "x")}, "outside"},
		"a name with .. in the middle":        {[]tar.Header{ok, entry("a/../../evil", "x")}, "outside"},
		"a .. that cleans away":               {[]tar.Header{ok, entry("a/../b", "x")}, ".."},
		"an absolute name":                    {[]tar.Header{ok, entry("/etc/evil", "x")}, "outside"},
		"a link outside":                      {[]tar.Header{ok, link(tar.TypeSymlink, "l", "../../etc")}, "outside"},
		"an absolute link":                    {[]tar.Header{ok, link(tar.TypeSymlink, "l", "/etc/passwd")}, "outside"},
		"writing through a link outside":      {[]tar.Header{link(tar.TypeSymlink, "l", "../.."), entry("l/evil", "x")}, "outside"},
		"a chain of links that leads outside": {[]tar.Header{ok, link(tar.TypeSymlink, "d/up", ".."), link(tar.TypeSymlink, "out", "d/up/../../etc")}, "outside"},
		"a file over a link":                  {[]tar.Header{ok, link(tar.TypeSymlink, "l", "ok"), entry("l", "x")}, "twice"},
		"a file twice":                        {[]tar.Header{ok, ok}, "twice"},
		"a file as a directory":               {[]tar.Header{ok, entry("ok/x", "x")}, "through a file"},
		"a hard link outside":                 {[]tar.Header{ok, link(tar.TypeLink, "l", "../../etc/passwd")}, "outside"},
		"a hard link to a link":               {[]tar.Header{ok, link(tar.TypeSymlink, "s", "ok"), link(tar.TypeLink, "l", "s")}, "no file"},
		"a hard link to nothing":              {[]tar.Header{ok, link(tar.TypeLink, "l", "none")}, "no file"},
		"a device":                            {[]tar.Header{ok, {Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}}, "device"},
		"a block device":                      {[]tar.Header{ok, {Name: "sda", Typeflag: tar.TypeBlock, Devmajor: 8}}, "device"},
		"a FIFO":                              {[]tar.Header{ok, {Name: "pipe", Typeflag: tar.TypeFifo}}, "FIFO"},
		"a name that goes too deep":           {[]tar.Header{ok, entry(strings.Repeat("d/", 40)+"x", "x")}, "too deep"},
		"a name that is too long":             {[]tar.Header{ok, entry(strings.Repeat("d", 300), "x")}, "too long"},
		"no file at all":                      {[]tar.Header{{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o755}}, "no file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := put(t, dir, "in/evil.tar.gz", gz(tarOf(t, c.entries...)))
			err := UnpackNetboot(t.Context(), file, filepath.Join(dir, "a", "b", "out"), nil)
			wants(t, err, fault.Invalid, c.words)
			if !strings.Contains(err.Error(), `"evil.tar.gz"`) {
				t.Errorf("the archive is not named: %v", err)
			}
			nothingIn(t, filepath.Join(dir, "a", "b"))
			if _, err := os.Lstat(filepath.Join(dir, "a", "evil")); err == nil {
				t.Error("it wrote outside")
			}
		})
	}
}

func TestLimitsEndAnArchive(t *testing.T) {
	three := tarOf(t, entry("a", "0123456789"), entry("b", "0123456789"), entry("c", "0123456789"))
	for _, c := range []struct {
		max   limits
		words string
	}{
		{limits{entries: 2, bytes: 1 << 20, depth: 8, name: 99}, "more than 2 entries"},
		{limits{entries: 9, bytes: 25, depth: 8, name: 99}, "unpacks to more than"},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		u := &unpacker{ctx: t.Context(), root: root, max: c.max}
		wants(t, u.run(bytes.NewReader(three)), fault.Invalid, c.words)
	}
}

// full is a file on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
}
func (full) Close() error { return nil }

func TestAFullDiskIsSaidAndNotTakenForABadArchive(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	u := &unpacker{ctx: t.Context(), root: root, max: netbootLimits, create: func(string) (io.WriteCloser, error) { return full{}, nil }}
	err = u.run(bytes.NewReader(netboot(t)))
	wants(t, err, fault.Unavailable, "the disk is full")
	if fault.HintOf(err) == "" {
		t.Error("no hint")
	}
}

func TestATruncatedArchiveLeavesNothing(t *testing.T) {
	whole := gz(netboot(t))
	for _, n := range []int{12, len(whole) / 2, len(whole) - 4} {
		dir := t.TempDir()
		err := UnpackNetboot(t.Context(), put(t, dir, "cut.tar.gz", whole[:n]), filepath.Join(dir, "s", "out"), nil)
		wants(t, err, fault.Invalid, "truncated")
		nothingIn(t, filepath.Join(dir, "s"))
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 0xff // in the checksum behind the archive's own end
	dir := t.TempDir()
	wants(t, UnpackNetboot(t.Context(), put(t, dir, "bad.tar.gz", flipped), filepath.Join(dir, "s", "out"), nil), fault.Invalid, "damaged")
	nothingIn(t, filepath.Join(dir, "s"))
}

func TestAStopLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	err := UnpackNetboot(ctx, put(t, dir, "n.tar", netboot(t)), filepath.Join(dir, "s", "out"), func(int64, int64, string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	nothingIn(t, filepath.Join(dir, "s"))
}

func TestWhatIsThereIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "s/out/mine", []byte("mine"))
	wants(t, UnpackNetboot(t.Context(), put(t, dir, "n.tar", netboot(t)), filepath.Join(dir, "s", "out"), nil), fault.Conflict, "there already")
}

func TestSweepRemovesWhatAStoppedRunLeft(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, tempPrefix+"123/half", []byte("x"))
	put(t, dir, "debian-13/linux", []byte("x"))
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 || entries[0].Name() != "debian-13" {
		t.Errorf("left: %v", entries)
	}
	if err := Sweep(filepath.Join(dir, "none")); err != nil {
		t.Error(err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(tarOf(f, entry("./a/linux", "x"), link(tar.TypeSymlink, "b", "a/linux"))) // small: the fuzzer minimises what it likes
	f.Add(tarOf(f, link(tar.TypeSymlink, "a", "."), entry("a/b", "x"), link(tar.TypeLink, "c", "a/b")))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "in"), 0o755); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(filepath.Join(dir, "in"))
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		u := &unpacker{ctx: t.Context(), root: root, max: limits{entries: 50, bytes: 1 << 16, depth: 8, name: 100}}
		err = u.run(bytes.NewReader(b))
		var ft *fault.Fault
		if err != nil && !errors.As(err, &ft) {
			t.Errorf("not a fault: %v", err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Fatalf("wrote outside: %v", entries)
		}
	})
}
