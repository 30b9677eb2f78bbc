package tree

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"seedbed/internal/disk/iso"
	"seedbed/internal/fault"
)

// Kind is what lies at a path that somebody wants to import.
type Kind string

// The kinds that can be imported.
const (
	ISO     Kind = "iso"     // an ISO 9660 image
	Dir     Kind = "tree"    // a directory
	Tarball Kind = "tarball" // tar, plain or packed with gzip or xz
	Package Kind = "package" // a Debian package, as debian-installer-13-netboot-amd64
)

const (
	hintDownload = "the file is incomplete: download it again and compare its checksum"
	hintGive     = "give an installation medium (.iso), a directory with its files, or a netboot tarball"
)

// Detect says what lies at path, by its content. The error is a *fault.Fault
// that says what it is instead: NotFound, Unavailable (may not be read) or
// Invalid (empty, truncated, a disk image, a zip archive, a web page).
func Detect(path string) (Kind, error) {
	st, err := os.Stat(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	switch {
	case st.IsDir():
		return Dir, filled(path)
	case !st.Mode().IsRegular():
		return "", fault.New(fault.Invalid, hintGive, "reading medium %q: it is neither a file nor a directory", path)
	case st.Size() == 0:
		return "", fault.New(fault.Invalid, hintDownload, "reading medium %q: the file is empty", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", unreadable(path, err)
	}
	kind, err := byMagic(f, head[:n])
	if err != nil {
		return "", prefixed(path, err)
	}
	if kind != ISO {
		return kind, nil
	}
	m, err := iso.Open(path) // says what else it looks like
	if err != nil {
		return "", err
	}
	return ISO, m.Close()
}

// byMagic tells archives from images; what it does not know is left to the ISO
// reader, which knows more of what people take for a medium.
func byMagic(f *os.File, head []byte) (Kind, error) {
	switch {
	case isTar(head):
		return Tarball, nil
	case bytes.HasPrefix(head, []byte("!<arch>\ndebian-binary")):
		return Package, nil
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return Tarball, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return Tarball, gzipHoldsTar(f)
	}
	return ISO, nil
}

func gzipHoldsTar(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(f)
	block := make([]byte, 512)
	if err == nil {
		_, err = io.ReadFull(z, block)
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.Wrap(err, fault.Invalid, hintDownload, "the gzip archive is truncated")
	case err != nil:
		return fault.Wrap(err, fault.Invalid, hintDownload, "the gzip archive is damaged")
	case isTar(block):
		return nil
	}
	return fault.New(fault.Invalid, "unpack it with gunzip first", "it is packed with gzip and holds no tar archive")
}

// isTar lets the standard library judge the first header: it knows the magics
// and the checksum of headers that have none.
func isTar(block []byte) bool {
	if len(block) < 512 || len(bytes.Trim(block, "\x00")) == 0 {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(block)).Next()
	return err == nil || errors.Is(err, io.ErrUnexpectedEOF)
}

func filled(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer d.Close()
	if _, err := d.ReadDir(1); errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, hintGive, "reading medium %q: the directory is empty", path)
	} else if err != nil {
		return unreadable(path, err)
	}
	return nil
}

func unreadable(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hint := "check the path"
		if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
			hint = "download it first and give the path of the file"
		}
		return fault.Wrap(err, fault.NotFound, hint, "reading medium %q", path)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "let the user who runs seedbed read it", "reading medium %q", path)
	}
	return fault.Wrap(err, fault.Unavailable, "", "reading medium %q", path)
}

// prefixed puts the path in front of a fault's public message.
func prefixed(path string, err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return unreadable(path, err)
	}
	return &fault.Fault{Kind: f.Kind, Hint: f.Hint, Err: f.Err, Msg: "reading medium \"" + path + "\": " + f.Msg}
}
