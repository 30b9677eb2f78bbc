package tftp

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	bufferSize = 32 << 10 // of a transfer: 1,000 of them stay small
	textBuffer = 16 << 10 // the same in netascii, which takes two
	maxSlots   = 64       // what Linux sends as one burst (UDP_MAX_SEGMENTS)
)

// blocks holds a few blocks of a file as the DATA packets they are sent in,
// one behind the other, so that a window leaves in one piece.
type blocks struct {
	from  reader
	size  int64 // of the file
	block int
	buf   []byte
	slots int   // packets that fit into buf
	base  int64 // the number of the first block held
	held  int
	short int // payload of the final block, when it is held
	final int64
	text  *netascii // nil for octet

	waiting bool // a goroutine is reading into buf

	file  fileID // where shelf is not nil
	shelf *shelf // nil: buf is its own
	chunk *chunk // what buf is of, nil while it is its own
}

// reader reads a file.
type reader interface {
	// now reads what can be had without waiting for a disk, all of b or none.
	now(b []byte, off int64) bool
	io.ReaderAt
}

// newBlocks numbers a file's blocks from 1. A block shorter than the block
// size is the last.
func newBlocks(from reader, size int64, opt Options, text bool) *blocks {
	room := bufferSize
	if text {
		room = textBuffer
	}
	b := &blocks{from: from, size: size, block: opt.Block}
	b.slots = max(1, min(room/(headerLen+opt.Block), maxSlots))
	if opt.Window < b.slots {
		b.slots -= b.slots % opt.Window // so that a window leaves in one piece
	}
	most := size/int64(opt.Block) + 1
	if text {
		most = 2*size/int64(opt.Block) + 1
	} else {
		b.final = most
	}
	b.slots = int(min(int64(b.slots), most))
	b.buf = make([]byte, b.slots*(headerLen+opt.Block))
	if text {
		b.text = newNetascii(2*opt.Window+b.slots+2, b.slots*opt.Block)
	}
	return b
}

// run gives the packets of blocks n to last, or of the first of them: how many
// says count. None means that they are on their way, and that fetch is to be
// called where it may wait.
func (b *blocks) run(n, last int64) (packets []byte, count int64) {
	if !b.holds(n) && !b.fill(n) {
		return nil, 0
	}
	i := n - b.base
	count = min(int64(b.held)-i, last-n+1)
	step := int64(headerLen + b.block)
	end := (i + count) * step
	if n+count-1 == b.final {
		end -= int64(b.block - b.short)
	}
	return b.buf[i*step : end], count
}

func (b *blocks) holds(n int64) bool {
	return !b.waiting && n >= b.base && n < b.base+int64(b.held)
}

// fill holds block n and others about it, unless that takes waiting. What was
// held may change: it must have left.
func (b *blocks) fill(n int64) bool {
	if b.shelf != nil {
		n -= (n - 1) % int64(b.slots) // as all others do
		if b.borrow(n) {
			return true
		}
	}
	raw, off := b.place(n)
	if len(raw) > 0 && !b.from.now(raw, off) {
		b.waiting, b.base, b.held = true, n, 0
		return false
	}
	b.lay(n, raw)
	b.show()
	return true
}

// share lets blocks use, and be of use to, others at the same shelf, where
// the file can be told from others.
func (b *blocks) share(s *shelf) {
	if d, ok := b.from.(*disk); ok && d.known && b.text == nil {
		b.shelf, b.file = s, d.id
	}
}

// borrow takes the chunk at n from the shelf, or a blank one if it is not there.
func (b *blocks) borrow(n int64) bool {
	b.giveBack()
	c := b.shelf.take(chunkKey{b.file, b.block, n})
	if c == nil {
		b.chunk = b.shelf.blank(b.slots * (headerLen + b.block))
		b.buf = b.chunk.buf
		return false
	}
	b.chunk, b.buf = c, c.buf
	b.base, b.held = n, c.held
	if n+int64(c.held)-1 == b.final {
		b.short = c.short
	}
	return true
}

// show lets others use what has been read.
func (b *blocks) show() {
	if c := b.chunk; c != nil {
		c.key, c.held, c.short = chunkKey{b.file, b.block, b.base}, b.held, b.short
		b.shelf.show(c)
	}
}

// giveBack drops what is held of the shelf; the blocks hold nothing then.
func (b *blocks) giveBack() {
	if b.chunk != nil && !b.waiting {
		b.shelf.drop(b.chunk)
		b.chunk, b.buf, b.held = nil, nil, 0
	}
}

// fetch reads what run waits for, and may take its time.
func (b *blocks) fetch() error {
	raw, off := b.place(b.base)
	if len(raw) == 0 {
		return nil
	}
	got, err := b.from.ReadAt(raw, off)
	if got == len(raw) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading %d bytes at %d: %w", len(raw), off, err)
}

// fetched takes what fetch has read; only then may run be called again.
func (b *blocks) fetched() {
	b.waiting = false
	raw, _ := b.place(b.base)
	b.lay(b.base, raw)
	b.show()
}

// place says where the file's bytes for block n and its followers go, and
// where in the file they are.
func (b *blocks) place(n int64) (raw []byte, off int64) {
	want := int64(b.slots * b.block)
	if b.text != nil {
		off = b.text.mark(n).off
		return b.text.raw[:max(0, min(want, b.size-off))], off
	}
	off = (n - 1) * int64(b.block)
	// At the end of buf, from where each block moves to its place in front.
	return b.buf[b.slots*headerLen:][:max(0, min(want, b.size-off))], off
}

// lay makes packets of the bytes that place has got.
func (b *blocks) lay(n int64, raw []byte) {
	b.base, b.held = n, 0
	for at := 0; b.held < b.slots; b.held++ {
		p := b.buf[b.held*(headerLen+b.block):][:headerLen+b.block]
		var used, filled int
		if b.text != nil {
			used, filled = b.text.encode(n+int64(b.held), p[headerLen:], raw[at:], b.size)
		} else {
			filled = copy(p[headerLen:], raw[at:])
			used = filled
		}
		at += used
		binary.BigEndian.PutUint16(p, opDATA)
		binary.BigEndian.PutUint16(p[2:], uint16(n+int64(b.held)))
		if filled < b.block {
			b.final, b.short = n+int64(b.held), filled
			b.held++
			return
		}
	}
}

// netascii is a file with its line ends as RFC 764 has them: LF becomes CR LF,
// CR becomes CR NUL. The place where each block of the window begins is kept,
// because it cannot be computed from the block's number.
type netascii struct {
	raw   []byte
	marks []mark // a ring: block n begins at marks[n % len]
}

type mark struct {
	off   int64
	carry byte // the second byte of a pair whose first ended the block before
	owes  bool
}

func newNetascii(marks, raw int) *netascii {
	return &netascii{marks: make([]mark, marks), raw: make([]byte, raw)}
}

func (t *netascii) mark(n int64) *mark { return &t.marks[n%int64(len(t.marks))] }

// encode fills block n with the encoding of raw, and notes where the next one
// begins. It says how many bytes of raw it took.
func (t *netascii) encode(n int64, dst, raw []byte, size int64) (used, filled int) {
	m := *t.mark(n)
	for filled < len(dst) {
		if m.owes {
			dst[filled], m.owes = m.carry, false
			filled++
			continue
		}
		if m.off >= size {
			break
		}
		c := raw[used]
		used++
		m.off++
		dst[filled] = c
		filled++
		switch c {
		case '\n':
			dst[filled-1], m.carry, m.owes = '\r', '\n', true
		case '\r':
			m.carry, m.owes = 0, true
		}
	}
	*t.mark(n + 1) = m
	return used, filled
}
