package loader

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Set is the loaders of a host. It is not changed after Find and is safe for
// concurrent use.
type Set struct {
	files   map[string]string // client's name -> path
	vendor  vendor
	id      string // of os-release
	version string
	mixed   bool
}

// Missing is a loader that this host lacks.
type Missing struct {
	Name    string `json:"name"`    // as clients ask for it
	Package string `json:"package"` // of this host's distribution
	What    string `json:"what"`    // what it is for
}

// Find looks for loaders below each root in turn, "/" when none is given; what
// an earlier root has wins. It reads directories and a few kilobytes of two
// files, and takes what cannot be read for absent.
func Find(roots ...string) *Set {
	if len(roots) == 0 {
		roots = []string{"/"}
	}
	s := &Set{files: map[string]string{}}
	for i, root := range roots {
		if i == 0 {
			s.vendor, s.id = vendorOf(root)
		}
		s.syslinux(root)
		for _, kits := range secure {
			s.secure(root, kits)
		}
		for name, paths := range ipxe {
			s.take(name, root, paths...)
		}
	}
	s.version, s.mixed = s.syslinuxVersion()
	return s
}

// take keeps the first path that is a file, unless the name is there already.
func (s *Set) take(name, root string, paths ...string) bool {
	if _, ok := s.files[name]; ok {
		return false
	}
	for _, p := range paths {
		p = filepath.Join(root, p)
		if isFile(p) {
			s.files[name] = p
			return true
		}
	}
	return false
}

// isFile follows symbolic links: Debian's ipxe.efi is one, to /boot.
func isFile(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular() && st.Size() > 0
}

// syslinux takes the first kit that is whole, core and modules; failing that,
// the core alone, so that Missing can name the modules' package.
func (s *Set) syslinux(root string) {
	if _, ok := s.files["pxelinux.0"]; ok {
		return
	}
	var best map[string]string
	for _, k := range syslinux {
		found := k.files(root)
		_, whole := found["ldlinux.c32"]
		if !whole && found["pxelinux.0"] != "" && found["menu.c32"] != "" {
			whole = !strings.HasPrefix(readVersion(found["pxelinux.0"]), "6") // syslinux 4 has no ldlinux.c32
		}
		switch {
		case found["pxelinux.0"] == "":
		case whole:
			maps.Copy(s.files, found)
			return
		case best == nil:
			best = found
		}
	}
	maps.Copy(s.files, best)
}

// files lists what a kit's directories hold; the first directory wins.
func (k kit) files(root string) map[string]string {
	found := map[string]string{}
	for _, d := range k.dirs {
		for _, pattern := range k.names {
			matches, err := filepath.Glob(filepath.Join(root, d, pattern))
			if err != nil {
				continue // only a malformed pattern, and ours are constants
			}
			for _, p := range matches {
				if n := filepath.Base(p); found[n] == "" && isFile(p) {
					found[n] = p
				}
			}
		}
	}
	return found
}

// secure takes the first kit whose shim and GRUB are both there, else the
// first whose GRUB or shim is.
func (s *Set) secure(root string, kits []kit) {
	if _, ok := s.files[kits[0].lead]; ok {
		return
	}
	var best map[string]string
	for _, k := range kits {
		one := Set{files: map[string]string{}}
		for name, paths := range k.as {
			one.take(name, root, paths...)
		}
		grub := "grub" + strings.TrimPrefix(k.lead, "shim")
		if one.files[k.lead] != "" && one.files[grub] != "" {
			best = one.files
			break
		}
		if best == nil && len(one.files) > 0 {
			best = one.files
		}
	}
	maps.Copy(s.files, best)
}

// Has says whether a loader is there.
func (s *Set) Has(name string) bool { _, ok := s.files[name]; return ok }

// Names gives all names that Open knows, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.files)) }

// Path is where a loader lies on this host, "" when it is not there.
func (s *Set) Path(name string) string { return s.files[name] }

// Open opens a loader by the name clients ask for, as pxelinux.0, without any
// directory. The file is an *os.File. The error is an *fs.PathError around
// fs.ErrNotExist when there is no such loader, or when its package was removed
// since Find.
func (s *Set) Open(name string) (fs.File, error) {
	p, ok := s.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := os.OpenFile(p, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		var st fs.FileInfo
		if st, err = f.Stat(); err == nil && !st.Mode().IsRegular() {
			err = fs.ErrNotExist
		}
		if err == nil {
			return f, nil
		}
		f.Close()
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the host's path is nobody's business on the network
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

// Missing lists the loaders that a complete server has and this host lacks,
// with the package of the host's own distribution that brings each.
func (s *Set) Missing() []Missing {
	var out []Missing
	for _, w := range wanted {
		if s.Has(w.name) || slices.ContainsFunc(instead[w.name], s.Has) {
			continue
		}
		if w.name == "ldlinux.c32" && s.version != "" && !strings.HasPrefix(s.version, "6") ||
			w.name == "libutil.c32" && strings.HasPrefix(s.version, "4") {
			continue
		}
		out = append(out, Missing{Name: w.name, Package: w.packages[s.vendor], What: w.what})
	}
	return out
}

// Syslinux gives the version of pxelinux.0, as 6.04, "" when there is none or
// it does not say. Mixed is true when pxelinux.0 and ldlinux.c32 come from
// different versions or only one of them is there: machines then stop before
// the menu.
func (s *Set) Syslinux() (version string, mixed bool) { return s.version, s.mixed }

func (s *Set) syslinuxVersion() (string, bool) {
	core := s.files["pxelinux.0"]
	if core == "" {
		return "", s.files["ldlinux.c32"] != ""
	}
	v := readVersion(core)
	module := s.files["ldlinux.c32"]
	if module == "" {
		return v, v == "" || strings.HasPrefix(v, "6")
	}
	if !strings.HasPrefix(v, "6") && v != "" {
		return v, true // syslinux 4 and 5 with a module of 6
	}
	m := readVersion(module)
	return v, v != "" && m != "" && v != m
}

// readVersion finds the version a part of syslinux carries: the core says
// "PXELINUX 6.04 ", a module "SYSLINUX 6.04 " when it says it at all.
func readVersion(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return ""
	}
	for rest := b; ; {
		i := bytes.Index(rest, []byte("LINUX "))
		if i < 0 {
			return ""
		}
		rest = rest[i+len("LINUX "):]
		n := 0
		for n < len(rest) && n < 8 && (rest[n] == '.' || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		if n > 2 && bytes.IndexByte(rest[:n], '.') > 0 {
			return string(rest[:n])
		}
	}
}

// Publisher is who signed the host's shim and GRUB, in the words of images'
// releases: debian, ubuntu, rocky, opensuse-leap.
func (s *Set) Publisher() string { return s.id }

// vendorOf reads os-release (5): ID and ID_LIKE name the family, ID alone the
// publisher.
func vendorOf(root string) (v vendor, id string) {
	v = debian
	known := false
	for _, p := range []string{"etc/os-release", "usr/lib/os-release"} {
		b, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			k, val, _ := strings.Cut(strings.TrimSpace(line), "=")
			if k != "ID" && k != "ID_LIKE" {
				continue
			}
			if k == "ID" {
				id = strings.Trim(val, `"'`)
			}
			for w := range strings.FieldsSeq(strings.Trim(val, `"'`)) {
				family, ok := familyOf(w)
				if ok && !known {
					v, known = family, true
				}
			}
		}
		return v, id
	}
	return v, id
}

// familyOf tells a word of ID or ID_LIKE.
func familyOf(word string) (vendor, bool) {
	switch {
	case word == "debian" || word == "ubuntu":
		return debian, true
	case word == "fedora" || word == "rhel" || word == "centos":
		return fedora, true
	case strings.Contains(word, "suse") || word == "sles":
		return suse, true
	}
	return debian, false
}
