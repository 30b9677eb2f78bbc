package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	reader "seedbed/internal/core/image/initrd"
	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/deb"
	"seedbed/tools/offline-medium/initrd"
	"seedbed/tools/offline-medium/medium"
	"seedbed/tools/offline-medium/udeb"
)

// bootDir is where the netboot tree holds linux, initrd.gz and the boot loaders.
const bootDir = "debian-installer/amd64"

// installer is Debian's netboot installer and what is in its initrd.
type installer struct {
	tree     string               // the unpacked netboot tree
	initrd   []byte               // its initrd.gz
	kernel   string               // such as 6.12.43+deb13-amd64
	versions map[string]string    // of the packages in the initrd
	modules  map[string]bool      // names of the modules in the initrd
	keyrings map[string][]byte    // medium.Keyrings in the initrd
	files    map[string]udeb.File // files that a recipe may want
}

// unpackInstaller puts the text installer of the netboot package below dir and
// looks into its initrd.
func unpackInstaller(ctx context.Context, pkg, release, dir string) (*installer, error) {
	prefix := "usr/lib/debian-installer/images/" + release + "/amd64/text/"
	err := deb.Each(ctx, pkg, func(h *tar.Header, body io.Reader) error {
		name, ok := strings.CutPrefix(h.Name, prefix)
		if !ok {
			return nil
		}
		return unpack(filepath.Join(dir, filepath.FromSlash(path.Clean("/"+name))), h, body)
	})
	if err != nil {
		return nil, err
	}
	in := &installer{tree: dir, versions: map[string]string{}, modules: map[string]bool{}, keyrings: map[string][]byte{}, files: map[string]udeb.File{}}
	if in.initrd, err = os.ReadFile(filepath.Join(dir, bootDir, "initrd.gz")); err != nil {
		return nil, fmt.Errorf("the netboot package is not laid out as expected: %w", err)
	}
	if err := reader.Each(bytes.NewReader(in.initrd), in.look); err != nil {
		return nil, err
	}
	if in.kernel == "" || len(in.keyrings) == 0 {
		return nil, fmt.Errorf("the installer's initrd names no kernel or holds no archive keyring")
	}
	return in, nil
}

func unpack(dst string, h *tar.Header, body io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, dst)
	case tar.TypeReg:
		f, err := os.Create(dst)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, body)
		if e := f.Close(); err == nil {
			err = e
		}
		if err == nil {
			err = os.Chtimes(dst, h.ModTime, h.ModTime)
		}
		return err
	}
	return nil
}

// look notes what one file of the initrd has to say.
func (in *installer) look(e reader.Entry, body io.Reader) error {
	switch {
	case e.Name == "var/lib/dpkg/status":
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		status, err := control.Parse(string(text))
		for _, s := range status {
			in.versions[s.Get("Package")] = s.Get("Version")
			if k := s.Get("Kernel-Version"); k != "" {
				in.kernel = k
			}
		}
		return err
	case e.Regular() && strings.Contains(e.Name, "lib/modules/") && strings.Contains(e.Name, ".ko"):
		in.modules[udeb.ModuleName(e.Name)] = true
		if in.kernel == "" {
			_, rest, _ := strings.Cut(e.Name, "lib/modules/")
			in.kernel, _, _ = strings.Cut(rest, "/")
		}
	case e.Regular() && slices.Contains(medium.Keyrings, e.Name):
		data, err := io.ReadAll(body)
		in.keyrings[e.Name] = data
		return err
	case e.Link() || e.Regular():
		return in.keep(e, body)
	}
	return nil
}

// keep remembers a file that a recipe takes from the initrd.
func (in *installer) keep(e reader.Entry, body io.Reader) error {
	f := udeb.File{Mode: e.Mode}
	if e.Link() {
		target, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		f.Target = string(target)
	}
	if !udeb.FromInitrdWants(e.Name, f.Target) {
		return nil
	}
	var err error
	if !e.Link() {
		f.Body, err = io.ReadAll(body)
	}
	in.files[e.Name] = f
	return err
}

// withKey gives the initrd with the medium's key added to its archive keyrings.
func (in *installer) withKey(key *medium.Key) ([]byte, error) {
	files := map[string][]byte{}
	for name, old := range in.keyrings {
		files[name] = slices.Concat(old, key.Public)
	}
	more, err := initrd.Archive(files)
	return initrd.Append(in.initrd, more), err
}
