package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"seedbed/internal/core/image"
	"seedbed/internal/disk/iso"
	"seedbed/internal/fault"
)

// The kinds of an image.Source.
const (
	kindISO      = "iso"
	kindTree     = "tree"
	kindUnpacked = "unpacked"
)

// Open opens a source. The error is a *fault.Fault: NotFound when it was moved
// or deleted since it was imported, Conflict when an ISO's size or time is
// another one, Invalid or Unavailable when it cannot be read.
func Open(src image.Source) (fs.FS, io.Closer, error) {
	switch src.Kind {
	case kindISO:
		st, err := os.Stat(src.Path)
		if err != nil {
			return nil, nil, gone(src, err)
		}
		if err := unchanged(src, st); err != nil {
			return nil, nil, err
		}
		m, err := iso.Open(src.Path)
		if err != nil {
			return nil, nil, err
		}
		return m, m, nil
	case kindTree, kindUnpacked:
		root, err := os.OpenRoot(src.Path)
		if err != nil {
			return nil, nil, gone(src, err)
		}
		return rooted{root}, root, nil
	}
	return nil, nil, fault.New(fault.Internal, "", "a source of the unknown kind %q", src.Kind)
}

const hintAgain = "put it back, or import it again from where it is now"

func gone(src image.Source, err error) error {
	what := map[string]string{kindISO: "the ISO file", kindTree: "the directory", kindUnpacked: "the unpacked netboot tree"}[src.Kind]
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.NotFound, hintAgain, "%s %q was moved or deleted since it was imported", what, src.Path)
	}
	return fault.Wrap(err, fault.Unavailable, "let the user who runs seedbed read it", "opening %s %q", what, src.Path)
}

// unchanged compares an ISO file with what was imported.
func unchanged(src image.Source, st fs.FileInfo) error {
	const hint = "import it again, so that what is served is what was recognised"
	if src.Size != 0 && st.Size() != src.Size {
		return fault.New(fault.Conflict, hint, "the ISO file %q has changed since it was imported: %d bytes then, %d now", src.Path, src.Size, st.Size())
	}
	if !src.Mod.IsZero() && !st.ModTime().Equal(src.Mod) {
		return fault.New(fault.Conflict, hint, "the ISO file %q has changed since it was imported: written %s then, %s now",
			src.Path, src.Mod.UTC().Format("2006-01-02 15:04:05"), st.ModTime().UTC().Format("2006-01-02 15:04:05"))
	}
	return nil
}

// Shelf keeps trees open, each once, and implements image.Trees. It is safe for
// concurrent use.
type Shelf struct {
	mu   sync.Mutex
	open map[place]*held
}

// place is a Source that can be a key.
type place struct {
	kind, path string
	size, mod  int64
}

type held struct {
	once   sync.Once
	fsys   fs.FS
	closer io.Closer
	err    error
}

// NewShelf makes an empty shelf.
func NewShelf() *Shelf { return &Shelf{open: map[place]*held{}} }

func placeOf(src image.Source) place {
	return place{src.Kind, src.Path, src.Size, src.Mod.UnixNano()}
}

// Tree gives one side of an image, opened at the first call. An ISO file that
// was moved away while it is open is served on; one that was written to is a
// Conflict. Other errors: see Open; NotFound when the image has no such side.
func (s *Shelf) Tree(i image.Image, side image.Side) (fs.FS, error) {
	src, ok := i.Sources[side]
	if !ok {
		return nil, fault.New(fault.NotFound, "", "image %s has no %s tree", i.Name, side)
	}
	key := placeOf(src)
	s.mu.Lock()
	h := s.open[key]
	if h == nil {
		h = &held{}
		s.open[key] = h
	}
	s.mu.Unlock()
	// Outside the lock: a medium on a slow disk holds up nobody else's.
	h.once.Do(func() { h.fsys, h.closer, h.err = Open(src) })
	if h.err == nil && replaced(src, h.fsys) {
		s.drop(key, h)
		return s.Tree(i, side)
	}
	err := h.err
	if err == nil {
		err = stillTrue(src, h.fsys)
	}
	if err != nil {
		s.drop(key, h) // the next call looks again
		return nil, err
	}
	return h.fsys, nil
}

func (s *Shelf) drop(key place, h *held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[key] == h {
		delete(s.open, key)
	}
}

// replaced says that another directory stands at the path now: an image was
// imported anew under its name. The one that is open is then a deleted one.
func replaced(src image.Source, fsys fs.FS) bool {
	r, ok := fsys.(rooted)
	if !ok {
		return false
	}
	now, err := os.Stat(src.Path)
	if err != nil || !now.IsDir() {
		return false
	}
	was, err := r.root.Stat(".")
	return err == nil && !os.SameFile(was, now)
}

// stillTrue compares an open ISO file with what was imported.
func stillTrue(src image.Source, fsys fs.FS) error {
	m, ok := fsys.(*iso.Image)
	if !ok {
		return nil
	}
	st, err := m.Backing().Stat()
	if err != nil {
		return gone(src, err)
	}
	return unchanged(src, st)
}

// Forget lets go of a dropped image's trees. They are not closed here: a
// transfer under way ends in peace, and the runtime closes them after it.
func (s *Shelf) Forget(i image.Image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range i.Sources {
		delete(s.open, placeOf(src))
	}
}

// Close closes all trees; files of theirs cannot be read after it.
func (s *Shelf) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for k, h := range s.open {
		h.once.Do(func() { h.err = fs.ErrClosed })
		if h.closer != nil {
			errs = append(errs, h.closer.Close())
		}
		delete(s.open, k)
	}
	return errors.Join(errs...)
}
