package tree

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"seedbed/internal/fault"
)

// MaxText bounds a marker file: the largest real one, a Release file, has some
// 200 kB.
const MaxText = 1 << 20

// Tree asks questions of a tree that may be nil or hostile. What is not there
// is no error; what is there and cannot be read is kept in err.
type Tree struct {
	fsys fs.FS
	err  error
}

// New asks about fsys, which may be nil: then nothing is there.
func New(fsys fs.FS) *Tree { return &Tree{fsys: fsys} }

// Given says that there is a tree to ask.
func (t *Tree) Given() bool { return t.fsys != nil }

// Err is the first damage that was met: what is there and cannot be read.
func (t *Tree) Err() error { return t.err }

// note keeps an error that means damage rather than absence.
func (t *Tree) note(err error, reading bool) {
	var f *fault.Fault
	if t.err == nil && err != nil && (reading || errors.As(err, &f) || errors.Is(err, fs.ErrPermission)) {
		t.err = err
	}
}

// Open opens a file, nil when it is absent.
func (t *Tree) Open(name string) fs.File {
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
func (t *Tree) stat(name string) fs.FileInfo {
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

// Size is that of a regular file, false when there is none.
func (t *Tree) Size(name string) (int64, bool) {
	st := t.stat(name)
	if st == nil || !st.Mode().IsRegular() {
		return 0, false
	}
	return st.Size(), true
}

// IsFile says that a regular file is there.
func (t *Tree) IsFile(name string) bool { _, ok := t.Size(name); return ok }

// IsDir says that a directory is there.
func (t *Tree) IsDir(name string) bool { st := t.stat(name); return st != nil && st.IsDir() }

// There says that something of that name is there.
func (t *Tree) There(name string) bool { return t.stat(name) != nil }

// Head reads up to n bytes of a file from its beginning, nil when it is absent.
func (t *Tree) Head(name string, n int64) []byte {
	if !t.IsFile(name) {
		return nil
	}
	f := t.Open(name)
	if f == nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, n))
	t.note(err, true)
	return b
}

// Text is a marker file with its line ends made plain, "" when it is absent.
func (t *Tree) Text(name string) string {
	return strings.ReplaceAll(string(t.Head(name, MaxText)), "\r\n", "\n")
}

// List gives the names in a directory, none when it is absent.
func (t *Tree) List(dir string) []string {
	if !t.IsDir(dir) {
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

// Fold is name as the tree spells it: where a component is not there as it is
// written, in another case. Media for Windows and ESXi come through file
// systems that do not tell cases apart.
func (t *Tree) Fold(name string) string {
	if t.There(name) {
		return name
	}
	dir := ""
	for part := range strings.SplitSeq(name, "/") {
		next := path.Join(dir, part)
		if !t.There(next) {
			for _, n := range t.List(path.Join(dir, ".")) {
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

// Fields reads the "Key: value" lines of a Release file or of version.info.
func Fields(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text) {
		k, v, ok := strings.Cut(line, ":")
		if ok && k != "" && k[0] != ' ' && m[k] == "" {
			m[k] = strings.TrimSpace(v)
		}
	}
	return m
}

// FirstLine is the first line that is not blank.
func FirstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// Join joins a directory of a tree, "" for its root, and a name.
func Join(dir, name string) string { return path.Join(dir, name) }

// First lists a directory's files that begin with a word, the shortest name
// first: the others bear versions.
func (t *Tree) First(dir, word string) []string {
	var out []string
	for _, n := range t.List(dir) {
		if strings.HasPrefix(n, word) {
			out = append(out, path.Join(dir, n))
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(a) - len(b) })
	return out
}

// Clip shortens text of a medium that is shown to people.
func Clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// INI reads sections of key = value; keys and values are trimmed.
func INI(text string) map[string]map[string]string {
	ini := map[string]map[string]string{}
	var sec map[string]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == ';' || line[0] == '#':
		case line[0] == '[' && line[len(line)-1] == ']':
			sec = map[string]string{}
			ini[line[1:len(line)-1]] = sec
		case sec != nil:
			if k, v, ok := strings.Cut(line, "="); ok {
				sec[strings.TrimSpace(k)] = strings.TrimSpace(v)
			}
		}
	}
	return ini
}

// CPU gives the house's name of a CPU for the publishers' names.
func CPU(arch string) string {
	arch, _, _ = strings.Cut(arch, "/") // multi-arch media: "amd64/i386"
	switch arch {
	case "x86_64", "x64":
		return "amd64"
	case "aarch64", "aa64":
		return "arm64"
	case "i486", "i586", "i686", "x86":
		return "i386"
	}
	return arch
}
