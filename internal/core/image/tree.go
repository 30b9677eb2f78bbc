package image

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"seedbed/internal/fault"
)

// maxText bounds a marker file: the largest real one, a Release file, has some
// 200 kB.
const maxText = 1 << 20

// tree asks questions of a tree that may be nil or hostile. What is not there
// is no error; what is there and cannot be read is kept in err.
type tree struct {
	fsys fs.FS
	err  error
}

// note keeps an error that means damage rather than absence.
func (t *tree) note(err error, reading bool) {
	var f *fault.Fault
	if t.err == nil && err != nil && (reading || errors.As(err, &f) || errors.Is(err, fs.ErrPermission)) {
		t.err = err
	}
}

func (t *tree) open(name string) fs.File {
	if t.fsys == nil || !fs.ValidPath(name) {
		return nil
	}
	f, err := t.fsys.Open(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.note(err, false)
		}
		return nil
	}
	return f
}

// stat follows symbolic links.
func (t *tree) stat(name string) fs.FileInfo {
	if t.fsys == nil || !fs.ValidPath(name) {
		return nil
	}
	st, err := fs.Stat(t.fsys, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.note(err, false)
		}
		return nil
	}
	return st
}

// size is that of a regular file, false when there is none.
func (t *tree) size(name string) (int64, bool) {
	st := t.stat(name)
	if st == nil || !st.Mode().IsRegular() {
		return 0, false
	}
	return st.Size(), true
}

func (t *tree) isFile(name string) bool { _, ok := t.size(name); return ok }

func (t *tree) isDir(name string) bool { st := t.stat(name); return st != nil && st.IsDir() }

func (t *tree) there(name string) bool { return t.stat(name) != nil }

// head reads up to n bytes of a file from its beginning, nil when it is absent.
func (t *tree) head(name string, n int64) []byte {
	if !t.isFile(name) {
		return nil
	}
	f := t.open(name)
	if f == nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, n))
	t.note(err, true)
	return b
}

// text is a marker file with its line ends made plain, "" when it is absent.
func (t *tree) text(name string) string {
	return strings.ReplaceAll(string(t.head(name, maxText)), "\r\n", "\n")
}

// list gives the names in a directory, none when it is absent.
func (t *tree) list(dir string) []string {
	if !t.isDir(dir) {
		return nil
	}
	entries, err := fs.ReadDir(t.fsys, dir)
	t.note(err, true)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// fold is name as the tree spells it: where a component is not there as it is
// written, in another case. Media for Windows and ESXi come through file
// systems that do not tell cases apart.
func (t *tree) fold(name string) string {
	if t.there(name) {
		return name
	}
	dir := ""
	for part := range strings.SplitSeq(name, "/") {
		next := path.Join(dir, part)
		if !t.there(next) {
			for _, n := range t.list(path.Join(dir, ".")) {
				if strings.EqualFold(n, part) {
					next = path.Join(dir, n)
					break
				}
			}
		}
		dir = next
	}
	return dir
}

// fields reads the "Key: value" lines of a Release file or of version.info.
func fields(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text) {
		k, v, ok := strings.Cut(line, ":")
		if ok && k != "" && k[0] != ' ' && m[k] == "" {
			m[k] = strings.TrimSpace(v)
		}
	}
	return m
}

// firstLine is the first line that is not blank.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// under joins a directory of a tree, "" for its root, and a name.
func under(dir, name string) string { return path.Join(dir, name) }
