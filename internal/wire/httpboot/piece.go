package httpboot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"seedbed/internal/core/boot"
)

// smallest is the size from which opening a file anew for sendfile(2) is worth it.
const smallest = 64 << 10

// section is a file that lies in one piece inside another, as an ISO's do.
type section interface {
	Section() (image *os.File, off, n int64, ok bool)
}

// piece is a part of a file of the kernel's, or all of it, with an offset that
// is nobody else's.
type piece struct {
	file      *os.File
	base      int64 // where it begins in file
	size, pos int64
}

// Read implements io.Reader.
func (p *piece) Read(b []byte) (int, error) {
	if p.pos >= p.size {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), p.size-p.pos)]
	n, err := p.file.ReadAt(b, p.base+p.pos)
	p.pos += int64(n)
	return n, err
}

// Seek implements io.Seeker.
func (p *piece) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += p.pos
	case io.SeekEnd:
		off += p.size
	}
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	p.pos = off
	return off, nil
}

// contentOf gives a content's bytes in the way that is quickest to send, a tag
// that is another's as soon as a byte may be (a strong one, RFC 9110 section
// 8.8.1), and what to close besides the body.
func contentOf(c boot.Content) (r io.ReadSeeker, tag string, done func()) {
	whole := io.NewSectionReader(c.Body, 0, c.Size)
	file, base, own := fileOf(c)
	if file == nil {
		return whole, tagOf(c, nil, 0), func() {}
	}
	tag = tagOf(c, file, base)
	switch {
	case own:
		return &piece{file: file, base: base, size: c.Size}, tag, func() {}
	case c.Size < smallest:
		return whole, tag, func() {}
	}
	again, err := reopen(file)
	if err != nil { // no /proc: slower, and right
		return whole, tag, func() {}
	}
	return &piece{file: again, base: base, size: c.Size}, tag, func() { again.Close() }
}

// fileOf finds the kernel's file behind a content. own says that nobody else
// reads from it.
func fileOf(c boot.Content) (file *os.File, base int64, own bool) {
	switch body := c.Body.(type) {
	case *os.File:
		return body, 0, true
	case section:
		if image, off, n, ok := body.Section(); ok && n == c.Size {
			return image, off, false
		}
	}
	return nil, 0, false
}

// reopen gives the same file with an offset of its own. It may have been
// renamed or deleted meanwhile.
func reopen(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var again *os.File
	cerr := raw.Control(func(fd uintptr) { again, err = os.Open(fmt.Sprintf("/proc/self/fd/%d", fd)) })
	return again, errors.Join(cerr, err)
}

func tagOf(c boot.Content, file *os.File, base int64) string {
	tag := strconv.FormatInt(c.ModTime.UnixNano(), 36) + "-" + strconv.FormatInt(c.Size, 36)
	if file == nil {
		return `"` + tag + `"`
	}
	if st, err := file.Stat(); err == nil {
		tag += "-" + strconv.FormatInt(st.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(base, 36)
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			tag += "-" + strconv.FormatUint(uint64(sys.Ino), 36)
		}
	}
	return `"` + tag + `"`
}
