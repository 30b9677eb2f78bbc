package tree

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

func source(kind, path string) image.Source {
	src := image.Source{Kind: kind, Path: path}
	if st, err := os.Stat(path); err == nil && kind == "iso" {
		src.Size, src.Mod = st.Size(), st.ModTime()
	}
	return src
}

func TestATreeShowsNothingOutsideAndNothingButFiles(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "secret", []byte("secret"))
	put(t, dir, "tree/a/file", []byte("inside"))
	for name, to := range map[string]string{"up": "../secret", "abs": filepath.Join(dir, "secret"), "loop": "loop", "in": "a/file", "dir": "a", "dangling": "none"} {
		if err := os.Symlink(to, filepath.Join(dir, "tree", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "tree", "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	sock, err := net.Listen("unix", filepath.Join(dir, "tree", "sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	fsys, c, err := Open(source("tree", filepath.Join(dir, "tree")))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, n := range []string{"up", "abs", "loop", "dangling", "fifo", "sock", "none", "a/file/x"} {
		if f, err := fsys.Open(n); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %s: %v, %v; want that it is not there", n, f, err)
		}
		if _, err := fs.Stat(fsys, n); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %s: %v; want that it is not there", n, err)
		}
	}
	for _, n := range []string{"../secret", "/etc/passwd", "", "a//file"} {
		if _, err := fsys.Open(n); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("open %q: %v; want invalid", n, err)
		}
	}
	for _, n := range []string{"in", "dir/file", "a/file"} {
		f, err := fsys.Open(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := f.(*os.File); !ok {
			t.Errorf("%s is a %T: the kernel cannot send it", n, f)
		}
		if b, _ := io.ReadAll(f); string(b) != "inside" {
			t.Errorf("%s: %q", n, b)
		}
		f.Close()
	}
	entries, err := fs.ReadDir(fsys, "a")
	if err != nil || len(entries) != 1 {
		t.Errorf("listing: %v, %v", entries, err)
	}
}

func TestAnISOIsOpenedOnceForMany(t *testing.T) {
	path := put(t, t.TempDir(), "x.iso", isoOf())
	img := image.Image{Name: "x", Sources: map[image.Side]image.Source{image.Medium: source("iso", path)}}
	s := NewShelf()
	defer s.Close()
	trees := make([]fs.FS, 16)
	var wg sync.WaitGroup
	for i := range trees {
		wg.Go(func() {
			var err error
			if trees[i], err = s.Tree(img, image.Medium); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, tr := range trees {
		if tr != trees[0] {
			t.Fatal("it was opened more than once")
		}
	}
	_, err := s.Tree(img, image.Netboot)
	wants(t, err, fault.NotFound, "no netboot tree")
}

func TestAnISOThatWasMovedOrChangedIsSaid(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "x.iso", isoOf())
	img := image.Image{Name: "x", Sources: map[image.Side]image.Source{image.Medium: source("iso", path)}}
	s := NewShelf()
	defer s.Close()
	open, err := s.Tree(img, image.Medium)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if again, err := s.Tree(img, image.Medium); err != nil || again != open {
		t.Errorf("an open ISO that was moved is served on: %v", err)
	}
	other := NewShelf()
	defer other.Close()
	_, err = other.Tree(img, image.Medium)
	wants(t, err, fault.NotFound, "was moved or deleted")

	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Tree(img, image.Medium); err != nil {
		t.Errorf("put back, it is found again: %v", err)
	}
	put(t, dir, "x.iso", append(isoOf(), make([]byte, 2048)...)) // written in place
	_, err = s.Tree(img, image.Medium)
	wants(t, err, fault.Conflict, "has changed since it was imported: 49152 bytes then, 51200 now")

	put(t, dir, "x.iso", isoOf())
	if err := os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	_, err = s.Tree(img, image.Medium)
	wants(t, err, fault.Conflict, "now")
}

func TestAForgottenTreeServesItsReadersOn(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "t/file", []byte("text"))
	img := image.Image{Name: "x", Sources: map[image.Side]image.Source{image.Netboot: source("unpacked", filepath.Join(dir, "t"))}}
	s := NewShelf()
	fsys, err := s.Tree(img, image.Netboot)
	if err != nil {
		t.Fatal(err)
	}
	s.Forget(img)
	if b, err := fs.ReadFile(fsys, "file"); err != nil || string(b) != "text" {
		t.Errorf("%q, %v", b, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "t")); err != nil {
		t.Fatal(err)
	}
	_, err = s.Tree(img, image.Netboot)
	wants(t, err, fault.NotFound, "the unpacked netboot tree")
}

func TestATreeImportedAnewIsServedAtOnce(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "t/file", []byte("old"))
	img := image.Image{Name: "x", Sources: map[image.Side]image.Source{image.Netboot: source("unpacked", filepath.Join(dir, "t"))}}
	s := NewShelf()
	defer s.Close()
	if _, err := s.Tree(img, image.Netboot); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "new/file", []byte("new"))
	if err := errors.Join(os.Rename(filepath.Join(dir, "t"), filepath.Join(dir, "old")), os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "t"))); err != nil {
		t.Fatal(err)
	}
	fsys, err := s.Tree(img, image.Netboot)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := fs.ReadFile(fsys, "file"); err != nil || string(b) != "new" {
		t.Errorf("%q, %v", b, err)
	}
}
