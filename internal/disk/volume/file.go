package volume

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
)

var errNotDir = errors.New("not a directory")

// File is an open regular file. ReadAt may be called from many goroutines; Read,
// Seek and WriteTo share one offset. It implements fs.File, io.ReaderAt,
// io.ReadSeeker and io.WriterTo.
type File struct {
	R       io.ReaderAt // what Runs lie in
	Runs    []Run
	Size    int64
	Backing *os.File // the image, when R is one: nil for what is unpacked on the way

	info   fs.FileInfo
	name   string
	off    int64
	closed atomic.Bool
}

// Loose makes f an open file that stands in no tree; n describes it.
func Loose(n *Node, f *File) *File {
	f.info, f.name = n, n.ID
	return f
}

// Stat describes the file.
func (f *File) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close makes the file unreadable; the image stays open.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return &fs.PathError{Op: "close", Path: f.name, Err: fs.ErrClosed}
	}
	return nil
}

// Extent says where in the image the file lies, when it lies in one piece: n
// bytes from off. An empty file is in one piece.
func (f *File) Extent() (off, n int64, ok bool) {
	switch {
	case len(f.Runs) == 0:
		return 0, 0, true
	case len(f.Runs) == 1 && f.Runs[0].Off >= 0:
		return f.Runs[0].Off, f.Runs[0].N, true
	}
	return 0, 0, false
}

// Section is the image file itself and the file's Extent in it, so that a
// server can send those bytes from the kernel; ok is false where they do not
// lie in one piece of a file. Read it by offset only (pread, sendfile with an
// offset): others share it.
func (f *File) Section() (image *os.File, off, n int64, ok bool) {
	off, n, ok = f.Extent()
	if !ok || f.Backing == nil || f.closed.Load() {
		return nil, 0, 0, false
	}
	return f.Backing, off, n, true
}

// ReadAt reads len(p) bytes at off, see io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if f.closed.Load() {
		return 0, f.fail("read", fs.ErrClosed)
	}
	if off < 0 {
		return 0, f.fail("read", fs.ErrInvalid)
	}
	done := 0
	for _, e := range f.Runs {
		if done == len(p) {
			break
		}
		if off >= e.N {
			off -= e.N
			continue
		}
		part := p[done:min(int64(len(p)), int64(done)+e.N-off)]
		var n int
		var err error
		if e.Off < 0 {
			clear(part)
			n = len(part)
		} else {
			n, err = f.R.ReadAt(part, e.Off+off)
		}
		done += n
		if n < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF // the image was cut after it was opened
			}
			return done, f.fail("read", err)
		}
		off = 0
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// Read reads at the file's offset.
func (f *File) Read(p []byte) (int, error) {
	if len(p) == 0 && !f.closed.Load() {
		return 0, nil
	}
	n, err := f.ReadAt(p, f.off)
	f.off += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Seek sets the offset of the next Read.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.off
	case io.SeekEnd:
		offset += f.Size
	default:
		return 0, f.fail("seek", fs.ErrInvalid)
	}
	if offset < 0 {
		return 0, f.fail("seek", fs.ErrInvalid)
	}
	f.off = offset
	return offset, nil
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// WriteTo writes what is left from the offset to w, in large pieces.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	var total int64
	for {
		n, err := f.Read(*buf)
		if n > 0 {
			k, werr := w.Write((*buf)[:n])
			total += int64(k)
			switch {
			case werr != nil:
				f.off -= int64(n - k)
				return total, werr
			case k < n:
				f.off -= int64(n - k)
				return total, io.ErrShortWrite
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func (f *File) fail(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

// openDir is an open directory.
type openDir struct {
	info fs.FileInfo
	dir  *Directory
	pos  int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.Name(), Err: errors.New("is a directory")}
}

// ReadDir lists the next n entries, all for n <= 0, see fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	left := len(d.dir.nodes) - d.pos
	if n > 0 && left == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > left {
		n = left
	}
	out := d.dir.entries(d.pos, n)
	d.pos += n
	return out, nil
}

var (
	_ io.ReaderAt    = (*File)(nil)
	_ io.ReadSeeker  = (*File)(nil)
	_ io.WriterTo    = (*File)(nil)
	_ fs.ReadDirFile = (*openDir)(nil)
)
