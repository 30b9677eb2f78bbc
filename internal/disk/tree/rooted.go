package tree

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// rooted is a directory as an fs.FS: nothing outside it, symbolic links that
// stay inside, regular files and directories only. What is anything else, or
// leads outside, is not there.
type rooted struct{ root *os.Root }

// Open gives an *os.File, so that a server can send it from the kernel.
func (r rooted) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	// O_NONBLOCK: opening a FIFO would else wait for its writer.
	f, err := r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, absent("open", name, err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() && !st.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		f.Close()
		return nil, absent("open", name, err)
	}
	return f, nil
}

// Stat follows symbolic links.
func (r rooted) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	st, err := r.root.Stat(name)
	if err == nil && !st.Mode().IsRegular() && !st.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, absent("stat", name, err)
	}
	return st, nil
}

// Lstat describes a symbolic link itself (fs.ReadLinkFS).
func (r rooted) Lstat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrInvalid}
	}
	st, err := r.root.Lstat(name)
	if err != nil {
		return nil, absent("lstat", name, err)
	}
	return st, nil
}

// ReadLink gives a link's text (fs.ReadLinkFS).
func (r rooted) ReadLink(name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	to, err := r.root.Readlink(name)
	if err != nil {
		return "", absent("readlink", name, err)
	}
	return to, nil
}

// absent names the path as it was asked for and turns every way of not being
// inside the tree into fs.ErrNotExist.
func absent(op, name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENAMETOOLONG) ||
		errors.Is(err, syscall.ENXIO) || escapes(err) {
		err = fs.ErrNotExist
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// escapes knows os.Root's error for a path that leads outside; it is not
// exported.
func escapes(err error) bool {
	return err != nil && strings.Contains(err.Error(), "path escapes from parent")
}
