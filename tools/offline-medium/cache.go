package main

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"seedbed/internal/fault"
)

// source is this program's own text: an image made by another version of it is
// not current.
//
//go:embed *.go */*.go
var source embed.FS

// mark identifies what an image is made of: this program, the options that
// matter and the indexes, by their checksums.
func mark(o options, indexes ...string) string {
	h := sha256.New()
	fs.WalkDir(source, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(p, "_test.go") {
			text, _ := source.ReadFile(p)
			fmt.Fprintf(h, "%s %d\n%s", p, len(text), text)
		}
		return nil
	})
	fmt.Fprintf(h, "%q %q %t %t %q", o.suite, o.packages, o.keep, o.kickseed, indexes)
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}

// stamp is the file that says which mark the image at out has.
func (o options) stamp() string {
	return filepath.Join(o.cache, "stamps", fmt.Sprintf("%x", sha256.Sum256([]byte(o.out)))[:24])
}

// stamped is a stamp's text: a mark, and size and time of the image, so that
// another file in its place is not taken for it.
func (o options) stamped(mark string) string {
	st, err := os.Stat(o.out)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %d\n", mark, st.Size(), st.ModTime().UnixNano())
}

// current says whether the image at out is the one that this run would make.
func (o options) current(mark string) bool {
	old, err := os.ReadFile(o.stamp())
	return err == nil && string(old) == o.stamped(mark)
}

// openCache makes the cache folder and a work folder in it, both for this run
// alone: another run at the same time is an error. done removes the work folder.
func openCache(dir string) (work string, done func(), err error) {
	for _, d := range []string{"fast", "stamps"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return "", nil, fault.Wrap(err, fault.Unavailable, "name another folder with --cache", "making the cache")
		}
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", nil, fault.Wrap(err, fault.Unavailable, "name another folder with --cache", "opening the cache")
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return "", nil, fault.New(fault.Conflict, "wait for it, or name another folder with --cache", "another run is using the cache %s", dir)
	}
	work = filepath.Join(dir, "work")
	// A run that was killed may have left it.
	if err = os.RemoveAll(work); err == nil {
		err = os.Mkdir(work, 0o755)
	}
	if err != nil {
		lock.Close()
		return "", nil, err
	}
	return work, func() { os.RemoveAll(work); lock.Close() }, nil
}
