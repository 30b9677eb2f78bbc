package cache

import (
	"container/list"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

// Store is a directory of cached files. It is safe for concurrent use; a
// directory belongs to one Store at a time.
//
// A file's bytes lie at KK/KEY.GENERATION and its record at KK/KEY.json, KK
// being the first two digits of the key. The record names the bytes: renaming
// it into place is what makes or replaces an entry.
type Store struct {
	dir string

	mu       sync.Mutex
	max      int64
	used     int64        // of entries
	reserved int64        // of parts that are being written
	awaited  atomic.Int64 // of reserved, what has not been written yet
	byKey    map[string]*list.Element
	order    *list.List // of *item, the last used in front
}

// item is one entry as memory has it.
type item struct {
	key   string
	data  string // base name of its bytes
	entry upstream.Entry
}

// record is what lies on disk beside the bytes.
type record struct {
	Data string `json:"data"`
	upstream.Entry
}

// spare is left free on the file system for everybody else.
const spare = 64 << 20

// Open reads what a cache directory holds, making it when it is not there.
// What is not whole is removed; so is what exceeds max bytes.
func Open(dir string, max int64) (*Store, error) {
	s := &Store{dir: dir, max: max, byKey: map[string]*list.Element{}, order: list.New()}
	if err := os.MkdirAll(s.path("tmp"), 0o700); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "name another directory with cache.dir", "making the cache %s", dir)
	}
	if err := s.load(); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "name another directory with cache.dir", "reading the cache %s", dir)
	}
	s.mu.Lock()
	s.evict(0)
	s.mu.Unlock()
	return s, nil
}

func (s *Store) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

// load finds the entries, the last used in front.
func (s *Store) load() error {
	type found struct {
		*item
		at time.Time
	}
	var all []found
	keep := map[string]bool{}
	var files []string
	err := filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if filepath.Dir(name) == s.path("tmp") {
			return os.Remove(name)
		}
		files = append(files, name)
		if it, at, ok := read(name); ok {
			all = append(all, found{it, at})
			keep[name], keep[filepath.Join(filepath.Dir(name), it.data)] = true, true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range files {
		if rel, _ := filepath.Rel(s.dir, name); !keep[name] && len(filepath.Dir(rel)) == 2 {
			os.Remove(name)
		}
	}
	slices.SortFunc(all, func(a, b found) int { return b.at.Compare(a.at) })
	for _, f := range all {
		s.byKey[f.key] = s.order.PushBack(f.item)
		s.used += f.entry.Size
	}
	return nil
}

// read is the entry of a record, with when it was last used; false where it
// is none, or its bytes are not all there.
func read(name string) (*item, time.Time, bool) {
	key, ok := strings.CutSuffix(filepath.Base(name), ".json")
	if !ok {
		return nil, time.Time{}, false
	}
	b, err := os.ReadFile(name)
	var r record
	if err != nil || json.Unmarshal(b, &r) != nil || r.Data != filepath.Base(r.Data) || !strings.HasPrefix(r.Data, key+".") {
		return nil, time.Time{}, false
	}
	st, err := os.Lstat(filepath.Join(filepath.Dir(name), r.Data))
	info, err2 := os.Lstat(name)
	if err != nil || err2 != nil || !st.Mode().IsRegular() || st.Size() != r.Size {
		return nil, time.Time{}, false
	}
	return &item{key: key, data: r.Data, entry: r.Entry}, info.ModTime(), true
}

// Get opens an entry. The error is fs.ErrNotExist when there is none.
func (s *Store) Get(key string) (upstream.File, upstream.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	el, ok := s.byKey[key]
	if !ok {
		return nil, upstream.Entry{}, fs.ErrNotExist
	}
	it := el.Value.(*item)
	f, err := os.Open(s.path(key[:2], it.data))
	if err != nil { // somebody else removed it
		s.forget(el)
		return nil, upstream.Entry{}, fs.ErrNotExist
	}
	s.order.MoveToFront(el)
	now := time.Now()
	os.Chtimes(s.path(key[:2], key+".json"), now, now) // the order outlives us
	return f, it.entry, nil
}

// Renew notes that an upstream called an entry current. When it did so is kept
// in memory only.
func (s *Store) Renew(key string, e upstream.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	el, ok := s.byKey[key]
	if !ok {
		return fs.ErrNotExist
	}
	it := el.Value.(*item)
	e.Size = it.entry.Size
	old := it.entry
	if old.Checked = e.Checked; old == e {
		it.entry = e // a hundred machines ask for each index: that is not worth a hundred writes
		return nil
	}
	if err := s.write(key, record{it.data, e}); err != nil {
		return err
	}
	it.entry = e
	return nil
}

// write puts a record in its place, whole.
func (s *Store) write(key string, r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(s.path("tmp"), "record-")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), s.path(key[:2], key+".json"))
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// evict removes the least recently used until need more bytes fit; false when
// they never will. The lock is held.
func (s *Store) evict(need int64) bool {
	if need > s.max-s.reserved {
		return false
	}
	for s.used+s.reserved+need > s.max {
		el := s.order.Back()
		if el == nil {
			return false
		}
		s.forget(el)
	}
	return true
}

// room evicts until the file system too has room, also for what other parts
// have still to write; false, with nothing evicted, when it never will.
func (s *Store) room(need int64) bool {
	return s.free(func(st unix.Statfs_t) int64 {
		return need + s.awaited.Load() + min(spare, int64(st.Blocks)*st.Bsize/20)
	})
}

// free evicts until so many bytes are free on the file system.
func (s *Store) free(want func(unix.Statfs_t) int64) bool {
	for {
		var st unix.Statfs_t
		if unix.Statfs(s.dir, &st) != nil {
			return true
		}
		lacks := want(st) - int64(st.Bavail)*st.Bsize
		if lacks <= 0 {
			return true
		}
		el := s.order.Back()
		if el == nil || lacks > s.used {
			return false
		}
		s.forget(el)
	}
}

// forget removes an entry; who has it open reads on. The lock is held.
func (s *Store) forget(el *list.Element) {
	it := el.Value.(*item)
	os.Remove(s.path(it.key[:2], it.key+".json")) // first: it is what makes an entry
	os.Remove(s.path(it.key[:2], it.data))
	s.order.Remove(el)
	delete(s.byKey, it.key)
	s.used -= it.entry.Size
}

// Resize changes how much may be kept, at once.
func (s *Store) Resize(max int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.max = max
	s.evict(0)
}

// Usage is how many files with how many bytes are kept.
func (s *Store) Usage() (files int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.Len(), s.used
}
