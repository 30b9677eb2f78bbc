package iso

import (
	"io/fs"
	"path"
	"strings"

	"seedbed/internal/fault"
)

const (
	maxHops  = 40 // symbolic links followed for one path, as Linux does
	maxDepth = 64 // directories below each other

	// Bytes of directories parsed anew for one path, each counted as 1 MiB at
	// least. A link may lead to and fro between directories that do not fit
	// into the cache together; no real path comes near.
	maxParsed = 256 << 20
)

var (
	_ fs.ReadDirFS  = (*Image)(nil)
	_ fs.StatFS     = (*Image)(nil)
	_ fs.ReadLinkFS = (*Image)(nil)
)

// Open opens a file or directory, following symbolic links inside the image. A
// link that leads out of it is fs.ErrNotExist. A regular file is a *File, a
// directory an fs.ReadDirFile; devices, pipes and sockets are fs.ErrInvalid.
func (m *Image) Open(name string) (fs.File, error) {
	n, as, err := m.resolve("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		d, err := m.directory(n)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &openDir{info: seen(n, as), dir: d}, nil
	}
	if err := m.readable(n); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &File{m: m, n: n, info: seen(n, as), name: name}, nil
}

// readable says why a file cannot be read, or nil.
func (m *Image) readable(n *node) error {
	switch {
	case n.mode.Type() != 0:
		return fs.ErrInvalid
	case n.refusal != "":
		return fault.New(fault.Invalid, "unpack the medium and import the directory",
			"the file cannot be read in place: %s", n.refusal)
	}
	for _, e := range n.extents {
		if err := m.within(e.off, e.n, "the file"); err != nil {
			return err
		}
	}
	return nil
}

// Stat describes what name leads to, following symbolic links.
func (m *Image) Stat(name string) (fs.FileInfo, error) {
	n, as, err := m.resolve("stat", name, true)
	if err != nil {
		return nil, err
	}
	return seen(n, as), nil
}

// Lstat describes name itself, which may be a symbolic link.
func (m *Image) Lstat(name string) (fs.FileInfo, error) {
	n, as, err := m.resolve("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return seen(n, as), nil
}

// ReadLink gives the target of a symbolic link as the image has it: untrusted,
// it may lead anywhere.
func (m *Image) ReadLink(name string) (string, error) {
	n, _, err := m.resolve("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return n.link, nil
}

// ReadDir lists a directory, sorted by name, without "." and "..".
func (m *Image) ReadDir(name string) ([]fs.DirEntry, error) {
	n, _, err := m.resolve("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !n.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	d, err := m.directory(n)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return d.entries(0, len(d.nodes)), nil
}

// seen is n's FileInfo under the name as.
func seen(n *node, as string) fs.FileInfo {
	if as == n.name {
		return n
	}
	return renamed{n, as}
}

// resolve finds the node of name, and the name to show for it. follow says
// whether a link at the end is followed. Errors are *fs.PathError.
func (m *Image) resolve(op, name string, follow bool) (*node, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	w := walk{m: m, stack: []*node{m.root}}
	n, hops, err := w.to(name, follow)
	if err != nil {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: err}
	}
	if hops > 0 {
		return n, path.Base(name), nil
	}
	return n, n.name, nil
}

// walk goes down from the root.
type walk struct {
	m     *Image
	stack []*node // the directories from the root to here

	parsed int64
}

// to follows rest. hops counts the links it followed.
func (w *walk) to(rest string, follow bool) (n *node, hops int, err error) {
	for rest != "" {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		switch name {
		case "", ".":
			continue
		case "..":
			if len(w.stack) == 1 {
				return nil, hops, fs.ErrNotExist
			}
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		n, err := w.child(name)
		switch {
		case err != nil:
			return nil, hops, err
		case n.IsDir():
			continue
		case n.mode&fs.ModeSymlink != 0 && (follow || rest != ""):
			if hops++; hops > maxHops {
				return nil, hops, fault.New(fault.Invalid, "", "more than %d symbolic links", maxHops)
			}
			if n.link == "" || n.link[0] == '/' {
				return nil, hops, fs.ErrNotExist
			}
			if rest != "" {
				rest = "/" + rest
			}
			rest = n.link + rest
		case rest != "":
			return nil, hops, fs.ErrNotExist
		default:
			return n, hops, nil
		}
	}
	return w.stack[len(w.stack)-1], hops, nil
}

// child finds name in the directory the walk stands in, and steps into it when
// it is a directory.
func (w *walk) child(name string) (*node, error) {
	here := w.stack[len(w.stack)-1]
	if w.m.dirs.get(here.start()) == nil {
		if w.parsed += min(max(here.extents[0].n, 1<<20), maxDirectory); w.parsed > maxParsed {
			return nil, damaged("a path leads through too many large directories")
		}
	}
	d, err := w.m.directory(here)
	if err != nil {
		return nil, err
	}
	if w.m.vol.Naming == Plain {
		name = strings.ToLower(name)
	}
	i := d.find(name)
	if i < 0 {
		return nil, fs.ErrNotExist
	}
	n := &d.nodes[i]
	if !n.IsDir() {
		return n, nil
	}
	if n.start() == w.m.root.start() {
		return nil, damaged("the directory %q is the root again", n.name)
	}
	if err := w.m.dirs.claim(n.start(), claim{here.start(), i}); err != nil {
		return nil, err
	}
	if len(w.stack) > maxDepth {
		return nil, damaged("its directories are more than %d deep", maxDepth)
	}
	w.stack = append(w.stack, n)
	return n, nil
}
