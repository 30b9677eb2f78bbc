package initrd

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	reader "seedbed/internal/core/image/initrd"
	"seedbed/tools/offline-medium/deb"
)

// status is where debian-installer lists the packages that it holds, and info
// what they ask.
const (
	status = "var/lib/dpkg/status"
	info   = "var/lib/dpkg/info/"
)

// Install gives an initrd of debian-installer with some udeb files in it, as if
// it had been made with them: their files, their templates and their entries
// in the list of packages. It needs the program dpkg-deb.
func Install(ctx context.Context, initrd []byte, udebs ...string) ([]byte, error) {
	var list []byte
	err := reader.Each(bytes.NewReader(initrd), func(e reader.Entry, r io.Reader) (err error) {
		if e.Name == status {
			list, err = io.ReadAll(r)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the initrd has no %s: it is none of debian-installer", status)
	}
	files := map[string]File{}
	for _, udeb := range udebs {
		if err := deb.Each(ctx, udeb, func(h *tar.Header, r io.Reader) error { return unpack(files, h, r) }); err != nil {
			return nil, err
		}
		entry, name, templates, err := describe(ctx, udeb)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", udeb, err)
		}
		list = append(bytes.TrimRight(list, "\n"), "\n\n"+entry...)
		if templates != nil {
			files[info+name+".templates"] = File{Body: templates}
		}
	}
	files[status] = File{Body: append(list, '\n')}
	more, err := ArchiveOf(files)
	return Append(initrd, more), err
}

// unpack notes one file of a package. The initrd's lib is a link to usr/lib.
func unpack(into map[string]File, h *tar.Header, r io.Reader) (err error) {
	name := h.Name
	if name == "." || name == "lib" {
		return nil
	}
	if strings.HasPrefix(name, "lib/") {
		name = "usr/" + name
	}
	f := File{Mode: uint32(h.Mode) & 0o7777}
	switch h.Typeflag {
	case tar.TypeDir:
		f.Mode |= kindFolder
	case tar.TypeSymlink:
		f.Mode, f.Body = kindLink|0o777, []byte(h.Linkname)
	case tar.TypeReg:
		f.Mode |= kindFile
		f.Body, err = io.ReadAll(r)
	default:
		return fmt.Errorf("%s is neither a file nor a folder nor a link", h.Name)
	}
	into[name] = f
	return err
}

// describe gives a package's entry for the list, its name, and its templates,
// nil without any.
func describe(ctx context.Context, udeb string) (entry, name string, templates []byte, err error) {
	dir, err := os.MkdirTemp("", "udeb-")
	if err != nil {
		return "", "", nil, err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.CommandContext(ctx, "dpkg-deb", "--control", udeb, dir).CombinedOutput(); err != nil {
		return "", "", nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	control, err := os.ReadFile(filepath.Join(dir, "control"))
	if err != nil {
		return "", "", nil, err
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(string(control)), "\n")
	name, ok := strings.CutPrefix(first, "Package: ")
	if !ok {
		return "", "", nil, errors.New("its control file does not begin with its name")
	}
	templates, err = os.ReadFile(filepath.Join(dir, "templates"))
	if errors.Is(err, fs.ErrNotExist) {
		templates, err = nil, nil
	}
	return first + "\nStatus: install ok unpacked\n" + rest + "\n", name, templates, err
}
