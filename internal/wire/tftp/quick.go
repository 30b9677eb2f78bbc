package tftp

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// section is a file that lies in one piece inside another, as an ISO's do.
type section interface {
	Section() (image *os.File, off, n int64, ok bool)
}

// disk reads a file of the kernel's, or a part of one. What the kernel has in
// memory is read at once; for the rest somebody else must wait (preadv2(2),
// RWF_NOWAIT), so that a slow disk holds up no other client.
type disk struct {
	io.ReaderAt
	raw  syscall.RawConn
	off  int64
	deny bool // the file system knows no RWF_NOWAIT

	id    fileID
	known bool // id is

	into [1][]byte
	at   int64
	read func(fd uintptr) // made once: a closure a call is garbage a call
	got  int
	err  error
}

func newDisk(r io.ReaderAt, f *os.File, off int64) (*disk, error) {
	raw, err := f.SyscallConn()
	d := &disk{ReaderAt: r, raw: raw, off: off}
	d.read = func(fd uintptr) { d.got, d.err = unix.Preadv2(int(fd), d.into[:], d.at, unix.RWF_NOWAIT) }
	return d, err
}

func (d *disk) now(b []byte, off int64) bool {
	if d.deny {
		return false
	}
	d.into[0], d.at = b, d.off+off
	if err := d.raw.Control(d.read); err != nil {
		return false
	}
	d.deny = d.err != nil && d.err != unix.EAGAIN && d.err != unix.EINTR
	return d.err == nil && d.got == len(b)
}

// patient is any other file: reading it may always take time.
type patient struct{ io.ReaderAt }

func (patient) now([]byte, int64) bool { return false }

// readerOf finds the quickest way to read a file.
func readerOf(f File) reader {
	var file *os.File
	var off int64
	switch body := f.Body.(type) {
	case *os.File:
		file = body
	case section:
		if image, at, n, ok := body.Section(); ok && n == f.Size {
			file, off = image, at
		}
	}
	if file != nil {
		if d, err := newDisk(f.Body, file, off); err == nil {
			d.id, d.known = identify(file, off, f.Size)
			return d
		}
	}
	return patient{f.Body}
}
