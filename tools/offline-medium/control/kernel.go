package control

import (
	"path"
	"strings"
)

// fileFields are those that speak of one package file, not of the package.
var fileFields = []string{"Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512"}

// ForKernel keeps, of an installer index, all that has no Kernel-Version and the
// module udebs of one kernel. When the index has none for that kernel, those of
// the newest kernel that it lists are renamed to it: from names that kernel, and
// the renamed stanzas have a Filename but neither Size nor SHA256, because no
// such file is known; they must be built. image is the stanza of that kernel's
// linux-image package, whose Version and Source the renamed ones take over.
func ForKernel(stanzas []Stanza, kernel string, image Stanza) (out []Stanza, from string) {
	newest, found := "", false
	for _, s := range stanzas {
		switch k := s.Get("Kernel-Version"); {
		case k == "":
		case k == kernel:
			found = true
		case Compare(k, newest) > 0:
			newest = k
		}
	}
	for _, s := range stanzas {
		switch k := s.Get("Kernel-Version"); {
		case k == "" || k == kernel:
			out = append(out, s)
		case k == newest && !found && image != nil:
			out, from = append(out, rename(s, newest, kernel, image)), newest
		}
	}
	return out, from
}

func rename(s Stanza, from, to string, image Stanza) Stanza {
	dir := path.Dir(s.Get("Filename"))
	out := s.Without(append(fileFields, "Source", "Version")...)
	for i := range out {
		out[i].Value = strings.ReplaceAll(out[i].Value, from, to)
	}
	if src := image.Get("Source"); src != "" {
		out = out.With("Source", src)
	}
	out = out.With("Version", image.Get("Version"))
	return out.With("Filename", dir+"/"+out.FileName("udeb"))
}

// FileName is the name an archive gives the package's file: name, version
// without its epoch, architecture.
func (s Stanza) FileName(ext string) string {
	v := s.Get("Version")
	if _, rest, ok := strings.Cut(v, ":"); ok {
		v = rest
	}
	return s.Get("Package") + "_" + v + "_" + s.Get("Architecture") + "." + ext
}

// Control gives the stanza as the control file inside a package holds it:
// without what only an index knows, and with the first line of its description.
func (s Stanza) Control() Stanza {
	out := s.Without(append(fileFields, "Description-md5", "Installed-Size", "Tag", "Task", "Status")...)
	first, _, _ := strings.Cut(out.Get("Description"), "\n")
	if first == "" {
		first = out.Get("Package")
	}
	return out.With("Description", first)
}
