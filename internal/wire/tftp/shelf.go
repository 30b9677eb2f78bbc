package tftp

import (
	"os"
	"syscall"
)

// shelfSpace is how many chunks a shelf keeps that nobody may need any more.
const shelfSpace = 8

// shelf keeps blocks that were just read, ready to be sent, for those who ask
// for the same: a room of machines that were switched on together reads one
// kernel at one pace. It belongs to a pier and is not safe for others.
//
// A chunk that nobody holds is used again at the next blank: what was taken
// from it must have left by then.
type shelf struct {
	chunks map[chunkKey]*chunk
	recent [shelfSpace]*chunk
	at     int
	free   []*chunk
}

// chunk is a run of blocks of one file. Once it is on the shelf it does not change.
type chunk struct {
	key     chunkKey
	buf     []byte
	held    int
	short   int // as in blocks
	holders int
	shown   bool // it is on the shelf
}

// chunkKey says what a chunk holds: a file written to is another one.
type chunkKey struct {
	file  fileID
	block int
	base  int64
}

// fileID is a file, or a part of one, at one moment of its life.
type fileID struct {
	dev, ino     uint64
	off, size    int64
	mtime, ctime syscall.Timespec
}

func newShelf() *shelf { return &shelf{chunks: map[chunkKey]*chunk{}} }

// identify says which file f is now; not ok when the system does not tell.
func identify(f *os.File, off, size int64) (id fileID, ok bool) {
	info, err := f.Stat()
	if err != nil {
		return id, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return id, false
	}
	return fileID{dev: uint64(st.Dev), ino: st.Ino, off: off, size: size, mtime: st.Mtim, ctime: st.Ctim}, true
}

// take gives the chunk of that name, held once more; nil when there is none.
func (s *shelf) take(key chunkKey) *chunk {
	c := s.chunks[key]
	if c != nil {
		c.holders++
	}
	return c
}

// blank gives a chunk to be filled, of size bytes, that only the caller holds.
func (s *shelf) blank(size int) *chunk {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		if cap(c.buf) >= size {
			*c = chunk{buf: c.buf[:size], holders: 1}
			return c
		}
	}
	return &chunk{buf: make([]byte, size), holders: 1}
}

// show puts a filled chunk on the shelf.
func (s *shelf) show(c *chunk) {
	if s.chunks[c.key] != nil {
		return
	}
	s.chunks[c.key], c.shown = c, true
	c.holders++
	if old := s.recent[s.at]; old != nil {
		s.drop(old)
	}
	s.recent[s.at] = c
	s.at = (s.at + 1) % shelfSpace
}

// drop ends one hold of a chunk.
func (s *shelf) drop(c *chunk) {
	if c.holders--; c.holders > 0 {
		return
	}
	if c.shown {
		delete(s.chunks, c.key)
	}
	if len(s.free) < shelfSpace {
		s.free = append(s.free, c)
	}
}
