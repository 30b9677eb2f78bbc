package udeb

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/deb"
)

// File is a file of the initrd that a udeb may be made of: contents, or the
// target of a symbolic link.
type File struct {
	Mode   uint32
	Body   []byte
	Target string
}

// FromPackages makes the udeb of a stanza from the files of normal packages
// that its recipe names, and gives its stanza with the version of the first.
func FromPackages(ctx context.Context, r Recipe, s, first control.Stanza, debs []string, dst func(control.Stanza) string) (control.Stanza, error) {
	w := deb.NewWriter()
	for _, d := range debs {
		err := deb.Each(ctx, d, func(h *tar.Header, body io.Reader) error {
			name := merged(h.Name)
			if h.Typeflag == tar.TypeReg && r.Files.MatchString(name) {
				return w.Add(name, h.Mode, "", h.Size, body)
			}
			if h.Typeflag == tar.TypeSymlink && r.Files.MatchString(name) {
				return w.Add(name, 0o777, h.Linkname, 0, nil)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return finish(w, s, first.Get("Version"), dst)
}

// FromInitrd makes the udeb of a stanza from files of the initrd, as version of
// the package that is unpacked there.
func FromInitrd(r Recipe, s control.Stanza, version string, initrd map[string]File, dst func(control.Stanza) string) (control.Stanza, error) {
	w := deb.NewWriter()
	for _, name := range slices.Sorted(maps.Keys(initrd)) {
		f := initrd[name]
		if !r.Takes(name, f.Target) {
			continue
		}
		if err := w.Add(merged(name), int64(f.Mode), f.Target, int64(len(f.Body)), bytes.NewReader(f.Body)); err != nil {
			return nil, err
		}
	}
	return finish(w, s, version, dst)
}

// Takes says whether a file of the initrd, or a link to target, belongs to the udeb.
func (r Recipe) Takes(name, target string) bool {
	return r.Files.MatchString(merged(name)) || r.Links != "" && target != "" && path.Base(target) == r.Links
}

func finish(w *deb.Writer, s control.Stanza, version string, dst func(control.Stanza) string) (control.Stanza, error) {
	if w.Files() == 0 {
		return nil, fmt.Errorf("rebuilding %s: its recipe found no files", s.Get("Package"))
	}
	dir := path.Dir(s.Get("Filename"))
	s = s.With("Version", version).Without("Source")
	s = s.With("Filename", dir+"/"+s.FileName("udeb"))
	return s, w.Close(dst(s), s.Control())
}

// merged puts a path below usr/, where the installer has had everything since
// Debian 13; /etc stays.
func merged(name string) string {
	if strings.HasPrefix(name, "usr/") || strings.HasPrefix(name, "etc/") {
		return name
	}
	return "usr/" + name
}
