package volume

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
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// Format reads one kind of image. Its errors are *fault.Faults.
type Format interface {
	// List reads the directory n.
	List(n *Node) (*Directory, error)
	// Content opens the regular file n. Its runs must lie inside the image and
	// be as long as its Size, which no image may make larger than itself.
	Content(n *Node) (*File, error)
}

// linker is a Format whose nodes do not know the target of a link.
type linker interface {
	Target(n *Node) (string, error)
}

// FS is an image's tree. It implements fs.FS, fs.ReadDirFS, fs.StatFS and
// fs.ReadLinkFS and is safe for concurrent use.
//
// Errors are *fs.PathError around fs.ErrNotExist, fs.ErrInvalid or a
// *fault.Fault that says what is wrong with the image.
type FS struct {
	format Format
	linker linker // nil: the nodes know
	root   *Node
	fold   bool
	dirs   cache
}

// New makes the tree below root. With fold, names are found in any case. The error is a *fault.Fault, when the root directory
// cannot be read.
func New(format Format, root *Node, fold bool) (*FS, error) {
	v := &FS{format: format, root: root, fold: fold}
	v.linker, _ = format.(linker)
	_, err := v.directory(root)
	return v, err
}

// Open opens a file or directory, following symbolic links inside the image. A
// link that leads out of it is fs.ErrNotExist. A regular file is a *File, a
// directory an fs.ReadDirFile; devices, pipes and sockets are fs.ErrInvalid.
func (v *FS) Open(name string) (fs.File, error) {
	n, as, err := v.resolve("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		d, err := v.directory(n)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &openDir{info: seen(n, as), dir: d}, nil
	}
	f, err := v.file(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f.info, f.name = seen(n, as), name
	return f, nil
}

// file opens a regular file.
func (v *FS) file(n *Node) (*File, error) {
	switch {
	case n.Type.Type() != 0:
		return nil, fs.ErrInvalid
	case n.Refusal != "":
		return nil, fault.New(fault.Invalid, "unpack the medium and import the directory",
			"the file cannot be read in place: %s", n.Refusal)
	}
	return v.format.Content(n)
}

// Stat describes what name leads to, following symbolic links.
func (v *FS) Stat(name string) (fs.FileInfo, error) {
	n, as, err := v.resolve("stat", name, true)
	if err != nil {
		return nil, err
	}
	return seen(n, as), nil
}

// Lstat describes name itself, which may be a symbolic link.
func (v *FS) Lstat(name string) (fs.FileInfo, error) {
	n, as, err := v.resolve("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return seen(n, as), nil
}

// ReadLink gives the target of a symbolic link as the image has it: untrusted,
// it may lead anywhere.
func (v *FS) ReadLink(name string) (string, error) {
	n, _, err := v.resolve("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.Type&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return v.link(n)
}

// link is the target of a symbolic link.
func (v *FS) link(n *Node) (string, error) {
	if n.Link != "" || v.linker == nil {
		return n.Link, nil
	}
	return v.linker.Target(n)
}

// ReadDir lists a directory, sorted by name, without "." and "..".
func (v *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, _, err := v.resolve("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !n.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	d, err := v.directory(n)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return d.entries(0, len(d.nodes)), nil
}

// seen is n's FileInfo under the name as.
func seen(n *Node, as string) fs.FileInfo {
	if as == n.ID {
		return n
	}
	return renamed{n, as}
}

// resolve finds the node of name, and the name to show for it. follow says
// whether a link at the end is followed. Errors are *fs.PathError.
func (v *FS) resolve(op, name string, follow bool) (*Node, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	w := walk{v: v, stack: []*Node{v.root}}
	n, hops, err := w.to(name, follow)
	if err != nil {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: err}
	}
	if hops > 0 {
		return n, path.Base(name), nil
	}
	return n, n.ID, nil
}

// walk goes down from the root.
type walk struct {
	v     *FS
	stack []*Node // the directories from the root to here

	parsed int64
}

// to follows rest. hops counts the links it followed.
func (w *walk) to(rest string, follow bool) (n *Node, hops int, err error) {
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
		case n.Type&fs.ModeSymlink != 0 && (follow || rest != ""):
			if hops++; hops > maxHops {
				return nil, hops, fault.New(fault.Invalid, "", "more than %d symbolic links", maxHops)
			}
			target, err := w.v.link(n)
			if err != nil {
				return nil, hops, err
			}
			if target == "" || target[0] == '/' {
				return nil, hops, fs.ErrNotExist
			}
			if rest != "" {
				rest = "/" + rest
			}
			rest = target + rest
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
func (w *walk) child(name string) (*Node, error) {
	here := w.stack[len(w.stack)-1]
	if w.v.dirs.get(here.At) == nil {
		if w.parsed += min(max(here.Bytes, 1<<20), MaxDirectory); w.parsed > maxParsed {
			return nil, Damaged("a path leads through too many large directories")
		}
	}
	d, err := w.v.directory(here)
	if err != nil {
		return nil, err
	}
	i := d.find(name, w.v.fold)
	if i < 0 {
		return nil, fs.ErrNotExist
	}
	n := &d.nodes[i]
	if !n.IsDir() {
		return n, nil
	}
	if n.At == w.v.root.At {
		return nil, Damaged("the directory %q is the root again", n.ID)
	}
	if err := w.v.dirs.claim(n.At, claim{here.At, i}); err != nil {
		return nil, err
	}
	if len(w.stack) > maxDepth {
		return nil, Damaged("its directories are more than %d deep", maxDepth)
	}
	w.stack = append(w.stack, n)
	return n, nil
}
