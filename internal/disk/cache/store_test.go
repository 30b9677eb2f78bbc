package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

func key(n int) string { return fmt.Sprintf("%064x", n+0xab0000) }

func open(t *testing.T, dir string, max int64) *Store {
	t.Helper()
	s, err := Open(dir, max)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put keeps size bytes that begin with text.
func put(t *testing.T, s *Store, n int, text string, size int) {
	t.Helper()
	p, err := s.Create(key(n), int64(size))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	b := make([]byte, size)
	copy(b, text)
	if _, err := p.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(upstream.Entry{URL: "http://m.example/" + text, ETag: `"` + text + `"`}); err != nil {
		t.Fatal(err)
	}
}

// has gives the beginning of an entry, or "".
func has(t *testing.T, s *Store, n int) string {
	t.Helper()
	f, e, err := s.Get(key(n))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil || int64(len(b)) != e.Size {
		t.Fatalf("%d bytes of %d, %v", len(b), e.Size, err)
	}
	text, _, _ := bytes.Cut(b, []byte{0})
	if e.ETag != `"`+string(text)+`"` {
		t.Errorf("the record says %s, the bytes %q", e.ETag, text)
	}
	return string(text)
}

// files are all that lie below a directory.
func files(t *testing.T, dir string) (n int) {
	t.Helper()
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	return n
}

func TestEntriesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	put(t, s, 1, "one", 1000)
	put(t, s, 2, "two", 2000)
	put(t, s, 1, "one again", 1500)
	for _, s := range []*Store{s, open(t, dir, 1<<20)} {
		if got := has(t, s, 1) + ", " + has(t, s, 2) + ", " + has(t, s, 3); got != "one again, two, " {
			t.Errorf("got %s", got)
		}
		if n, b := s.Usage(); n != 2 || b != 3500 {
			t.Errorf("%d files, %d bytes", n, b)
		}
	}
	if n := files(t, dir); n != 4 {
		t.Errorf("%d files on disk: the replaced one was not removed", n)
	}
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 10_000)
	for n := range 4 {
		put(t, s, n, fmt.Sprint("n", n), 2500)
	}
	has(t, s, 0)
	put(t, s, 9, "new", 2500)
	if got := has(t, s, 0) + has(t, s, 1) + has(t, s, 2) + has(t, s, 3) + has(t, s, 9); got != "n0n2n3new" {
		t.Errorf("left is %s", got)
	}
	put(t, s, 10, "large", 7500)
	if n, b := s.Usage(); n != 2 || b != 10_000 {
		t.Errorf("%d files, %d bytes", n, b)
	}
	if _, err := s.Create(key(11), 10_001); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("larger than the cache: %v", err)
	}
	if n, _ := s.Usage(); n != 2 {
		t.Error("what can never fit has thrown others out")
	}
	s.Resize(3000)
	if n, b := s.Usage(); n > 1 || b > 3000 {
		t.Errorf("after making it smaller: %d files, %d bytes", n, b)
	}
	if n, b := open(t, dir, 100).Usage(); n != 0 || b != 0 {
		t.Errorf("opened with less room: %d files, %d bytes", n, b)
	}
}

func TestRoomIsTakenWhileAFileIsWritten(t *testing.T) {
	s := open(t, t.TempDir(), 10_000)
	put(t, s, 1, "one", 5000)
	p, err := s.Create(key(2), 8000)
	if err != nil || has(t, s, 1) != "" {
		t.Fatal("no room was made at once", err)
	}
	if _, err := s.Create(key(3), 3000); err == nil {
		t.Error("the room of a file that is being written was given away")
	}
	p.Close()
	put(t, s, 3, "three", 9000)
	// Of unknown size: as it grows.
	q, err := s.Create(key(4), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for range 9 {
		if _, err := q.Write(make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if has(t, s, 3) != "" {
		t.Error("it grew beyond the cache's size")
	}
	if _, err := q.Write(make([]byte, 2000)); err == nil {
		t.Error("it grew beyond the cache's size, alone")
	}
}

func TestNothingHalfIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	put(t, s, 1, "whole", 1000)
	put(t, s, 2, "cut", 1000)
	put(t, s, 3, "no record", 1000)
	put(t, s, 4, "no bytes", 1000)
	put(t, s, 5, "torn record", 1000)
	p, err := s.Create(key(6), 500) // killed while it is written
	if err != nil {
		t.Fatal(err)
	}
	p.Write(make([]byte, 200))
	one := func(n int, pattern string) string {
		m, err := filepath.Glob(filepath.Join(dir, key(n)[:2], key(n)+pattern))
		if err != nil || len(m) != 1 {
			t.Fatal(m, err)
		}
		return m[0]
	}
	os.Truncate(one(2, ".????????"), 999)
	os.Remove(one(3, ".json"))
	os.Remove(one(4, ".????????"))
	os.Truncate(one(5, ".json"), 20)
	os.WriteFile(filepath.Join(dir, key(7)[:2], key(7)+".json"), []byte(`{"data":"../../../etc/passwd","size":1}`), 0o600)
	next := open(t, dir, 1<<20)
	for n := range 8 {
		if got := has(t, next, n); got != "" && n != 1 {
			t.Errorf("%d is found: %q", n, got)
		}
	}
	if has(t, next, 1) != "whole" {
		t.Error("the whole one is gone")
	}
	if n := files(t, dir); n != 2 {
		t.Errorf("%d files are left lying", n)
	}
}

func TestPartIsReadWhileItGrowsAndAfter(t *testing.T) {
	s := open(t, t.TempDir(), 1<<20)
	p, err := s.Create(key(1), 6)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 3)
	p.Write([]byte("abc"))
	if n, err := p.ReadAt(b, 0); n != 3 || err != nil || string(b) != "abc" {
		t.Errorf("%q %v", b, err)
	}
	p.Write([]byte("def"))
	if err := p.Commit(upstream.Entry{}); err != nil {
		t.Fatal(err)
	}
	s.Resize(1) // it is evicted under its readers
	if n, err := p.ReadAt(b, 3); n != 3 || err != nil || string(b) != "def" {
		t.Errorf("%q %v", b, err)
	}
	p.Drop()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Commit(upstream.Entry{}); err == nil {
		t.Error("committed twice")
	}
}

func TestWhatSomebodyRemovedIsGone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	put(t, s, 1, "one", 100)
	m, _ := filepath.Glob(filepath.Join(dir, "??", key(1)+".????????"))
	os.Remove(m[0])
	if has(t, s, 1) != "" {
		t.Error("found")
	}
	if n, b := s.Usage(); n != 0 || b != 0 {
		t.Errorf("%d, %d", n, b)
	}
	if err := s.Renew(key(1), upstream.Entry{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestRenewKeepsBytesAndChangesTheRecord(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	put(t, s, 1, "one", 100)
	if err := s.Renew(key(1), upstream.Entry{ETag: `"one"`, Type: "x/y", Size: 5}); err != nil {
		t.Fatal(err)
	}
	next := open(t, dir, 1<<20)
	if f, e, err := next.Get(key(1)); err != nil || e.Type != "x/y" || e.Size != 100 {
		t.Errorf("%+v %v", e, err)
	} else {
		f.Close()
	}
}

// small is a file system of 2 MiB.
func small(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a small file system")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %s", out)
	}
	t.Cleanup(func() { exec.Command("umount", dir).Run() })
	return dir
}

// The disk's room is for files that are being written too, before their bytes
// have come.
func TestRoomOnTheDiskIsPromisedOnce(t *testing.T) {
	s := open(t, small(t), 1<<30)
	var parts []upstream.Part
	for n := range 2 {
		p, err := s.Create(key(n), 900_000)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	if _, err := s.Create(key(2), 900_000); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("room that was promised is promised again: %v", err)
	}
	for _, p := range parts {
		if _, err := p.Write(make([]byte, 900_000)); err != nil {
			t.Error(err)
		}
		if err := p.Commit(upstream.Entry{}); err != nil {
			t.Error(err)
		}
		p.Close()
	}
	p, err := s.Create(key(2), 900_000) // evicts
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	if n := s.awaited.Load(); n != 0 {
		t.Errorf("%d bytes are still awaited", n)
	}
}

func TestDiskThatSomebodyElseFills(t *testing.T) {
	dir := small(t)
	s := open(t, dir, 1<<30)
	put(t, s, 1, "old", 700_000)
	p, err := s.Create(key(2), 600_000)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	junk, err := os.Create(filepath.Join(dir, "junk"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = junk.Write(make([]byte, 10_000))
	}
	junk.Close()
	if _, err := p.Write(make([]byte, 600_000)); err != nil {
		t.Errorf("nothing made room: %v", err)
	}
	if err := p.Commit(upstream.Entry{ETag: `""`}); err != nil {
		t.Error(err)
	}
	if has(t, s, 1) != "" {
		t.Error("the old one is still there")
	}
}

func TestFullDisk(t *testing.T) {
	dir := small(t)
	s := open(t, dir, 1<<30)
	for n := range 3 {
		put(t, s, n, fmt.Sprint("n", n), 500_000)
	}
	put(t, s, 3, "n3", 900_000) // others make room: the disk is smaller than the settings say
	if has(t, s, 3) != "n3" || has(t, s, 0) != "" {
		t.Error("nothing made room on a full disk")
	}
	if _, err := s.Create(key(9), 10<<20); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no room") {
		t.Errorf("larger than the disk: %v", err)
	}
	if has(t, s, 3) != "n3" {
		t.Error("what can never fit has thrown others out")
	}
	p, err := s.Create(key(8), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := 0; err == nil && i < 100; i++ {
		_, err = p.Write(make([]byte, 100_000))
	}
	if err == nil {
		t.Error("10 MB went onto 2 MB")
	}
}
