package tftp

import (
	"fmt"
	"io"
)

const (
	minAhead = 8 << 10  // read from the file at least this much at a time
	maxAhead = 32 << 10 // and at most, so that 1,000 transfers stay small
)

// source gives the blocks of a file by number, from 1. A block shorter than
// the block size is the last. Any block from the last `window` ones may be
// asked again, blocks beyond only in order.
type source interface {
	block(n int64, dst []byte) (int, error)
}

// ahead reads a file in pieces larger than a block and keeps one.
type ahead struct {
	from io.ReaderAt
	size int64
	buf  []byte
	at   int64 // offset of buf[0] in the file
	held int
}

func newAhead(f File, opt Options) ahead {
	n := max(minAhead, min(opt.Window*opt.Block, maxAhead))
	n = max(opt.Block, n-n%opt.Block)
	return ahead{from: f.Body, size: f.Size, buf: make([]byte, min(int64(n), f.Size))}
}

// bytes gives what is held at off: `want` bytes or all up to the file's end.
func (a *ahead) bytes(off int64, want int) ([]byte, error) {
	want = int(min(int64(want), a.size-off))
	if off < a.at || off+int64(want) > a.at+int64(a.held) {
		n := int(min(int64(len(a.buf)), a.size-off))
		got, err := a.from.ReadAt(a.buf[:n], off)
		if got < n {
			a.held = 0
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("reading %d bytes at %d: %w", n, off, err)
		}
		a.at, a.held = off, got
	}
	start := int(off - a.at)
	return a.buf[start : start+want], nil
}

// octets is a file as it is.
type octets struct{ ahead }

func (o *octets) block(n int64, dst []byte) (int, error) {
	off := (n - 1) * int64(len(dst))
	if off >= o.size {
		return 0, nil
	}
	b, err := o.bytes(off, len(dst))
	return copy(dst, b), err
}

// netascii is a file with its line ends as RFC 764 has them: LF becomes CR LF,
// CR becomes CR NUL. The place where each block of the window begins is kept,
// because it cannot be computed from the block's number.
type netascii struct {
	ahead
	marks []mark // a ring: block n begins at marks[n % len]
}

type mark struct {
	off   int64
	carry byte // the second byte of a pair whose first ended the block before
	owes  bool
}

func newNetascii(a ahead, window int) *netascii {
	return &netascii{ahead: a, marks: make([]mark, window+2)}
}

func (s *netascii) block(n int64, dst []byte) (int, error) {
	ring := int64(len(s.marks))
	m := s.marks[n%ring]
	fill := 0
	for fill < len(dst) {
		if m.owes {
			dst[fill], m.owes = m.carry, false
			fill++
			continue
		}
		if m.off >= s.size {
			break
		}
		b, err := s.bytes(m.off, 1)
		if err != nil {
			return 0, err
		}
		m.off++
		dst[fill] = b[0]
		switch b[0] {
		case '\n':
			dst[fill], m.carry, m.owes = '\r', '\n', true
		case '\r':
			m.carry, m.owes = 0, true
		}
		fill++
	}
	s.marks[(n+1)%ring] = m
	return fill, nil
}
