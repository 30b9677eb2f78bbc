package cache

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

// part is a file that is being written. One goroutine writes; any may read.
type part struct {
	s        *Store
	key      string
	f        *os.File
	reserved int64
	written  int64
	settled  bool // committed or dropped
}

// Create begins a file of size bytes, or -1 when nobody knows. Room for it is
// made at once. The error is a fault.Unavailable when there can be none: it is
// larger than the cache, or the disk is full.
func (s *Store) Create(key string, size int64) (upstream.Part, error) {
	if len(key) < 8 || key != filepath.Base(key) {
		return nil, fault.New(fault.Internal, "", "%q is no key", key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	need := max(size, 0)
	if !s.evict(need) || !s.room(need) {
		return nil, fault.New(fault.Unavailable, "", "the cache has no room for %d bytes", need)
	}
	f, err := os.CreateTemp(s.path("tmp"), "part-")
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "", "beginning a file of the cache")
	}
	s.reserved += need
	s.awaited.Add(need)
	return &part{s: s, key: key, f: f, reserved: need}, nil
}

func (p *part) Write(b []byte) (int, error) {
	if more := p.written + int64(len(b)) - p.reserved; more > 0 { // its size was not known
		p.s.mu.Lock()
		more = max(more, min(1<<20, p.s.max/8))
		ok := p.s.evict(more) && p.s.room(more)
		if ok {
			p.s.reserved += more
			p.reserved += more
			p.s.awaited.Add(more)
		}
		p.s.mu.Unlock()
		if !ok {
			return 0, fault.New(fault.Unavailable, "", "the cache has no room for this file")
		}
	}
	n, err := p.f.WriteAt(b, p.written)
	if errors.Is(err, unix.ENOSPC) && p.again(len(b)-n) { // somebody else filled the disk
		var rest int
		rest, err = p.f.WriteAt(b[n:], p.written+int64(n))
		n += rest
	}
	p.written += int64(n)
	p.s.awaited.Add(int64(-n))
	return n, err
}

// again makes room on a disk that turned out to be full.
func (p *part) again(need int) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.free(func(unix.Statfs_t) int64 { return int64(need) })
}

func (p *part) ReadAt(b []byte, off int64) (int, error) { return p.f.ReadAt(b, off) }

// Commit makes the file the entry of its key, in place of an older one. The
// bytes are on disk before the record that names them is.
func (p *part) Commit(e upstream.Entry) error {
	if p.settled {
		return errors.New("committing a file twice")
	}
	e.Size = p.written
	var gen [4]byte
	rand.Read(gen[:])
	data := p.key + "." + hex.EncodeToString(gen[:])
	dir := p.s.path(p.key[:2])
	err := errors.Join(p.f.Sync(), os.MkdirAll(dir, 0o700))
	if err == nil {
		err = os.Rename(p.f.Name(), filepath.Join(dir, data))
	}
	if err != nil {
		p.Drop()
		return err
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.settle()
	if err := p.s.write(p.key, record{data, e}); err != nil {
		os.Remove(filepath.Join(dir, data))
		return err
	}
	if old, ok := p.s.byKey[p.key]; ok {
		it := old.Value.(*item)
		os.Remove(filepath.Join(dir, it.data))
		p.s.order.Remove(old)
		p.s.used -= it.entry.Size
	}
	p.s.byKey[p.key] = p.s.order.PushFront(&item{key: p.key, data: data, entry: e})
	p.s.used += e.Size
	p.s.evict(0)
	return nil
}

// settle gives the reserved room back. The store's lock is held.
func (p *part) settle() {
	if !p.settled {
		p.settled = true
		p.s.reserved -= p.reserved
		p.s.awaited.Add(p.written - p.reserved)
	}
}

// Drop gives the file up; it can be read until Close.
func (p *part) Drop() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if !p.settled {
		p.settle()
		os.Remove(p.f.Name())
	}
}

func (p *part) Close() error {
	p.Drop()
	return p.f.Close()
}
