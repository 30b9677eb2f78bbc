//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/disk/iso"
	"seedbed/tools/offline-medium/deb"
	"seedbed/tools/offline-medium/initrd"
)

// TestKickseed: a Kickstart file installs Debian hands-free, read by kickseed
// in an initrd that has it.
func TestKickseed(t *testing.T) {
	state := scratch(t)
	tree := filepath.Join(state, "netboot-tree")
	if err := extract(medium(t), "install/netboot", tree); err != nil {
		t.Fatal(err)
	}
	withKickseed(t, filepath.Join(tree, "debian-installer", "amd64", "initrd.gz"))
	if out, err := exec.Command(seedbed(t), "--state", state, "import", medium(t), "--netboot", tree, "--name", "medium").CombinedOutput(); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	text, err := os.ReadFile("testdata/ks.cfg")
	if err != nil {
		t.Fatal(err)
	}
	dir := scratch(t)
	write(t, dir, "ks.cfg", string(text))
	write(t, dir, "password", "water the bed\n")
	file := write(t, dir, "seedbed.yaml", strings.NewReplacer("own.cfg", "ks.cfg", "    kernel-args: [locale=en_US.UTF-8, keymap=us]\n", "").Replace(ownSettings))
	b, _ := rehearseFrom(t, state, file, 0)
	opsGotIn(t, b)
	if !b.saw(1, "answered", "ks.cfg") {
		t.Error("the Kickstart file was not asked for")
	}
}

// withKickseed puts the medium's kickseed packages into an initrd, as if they
// had been in it from the start: their files, and their entries in the list of
// installed packages.
func withKickseed(t *testing.T, file string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	more := map[string]initrd.File{}
	var status []byte
	err = initrd.Each(bytes.NewReader(old), func(e initrd.Entry, r io.Reader) (err error) {
		if e.Name == "var/lib/dpkg/status" {
			status, err = io.ReadAll(r)
		}
		return err
	})
	if err != nil || len(status) == 0 {
		t.Fatalf("reading the initrd: %v", err)
	}
	for name, body := range udebs(t, "pool/main/k/kickseed") {
		dir := scratch(t)
		pkg := write(t, dir, name, string(body))
		if err := deb.Each(t.Context(), pkg, func(h *tar.Header, r io.Reader) error { return unpacked(more, h, r) }); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("dpkg-deb", "-e", pkg, filepath.Join(dir, "control")).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		pkgName, _, _ := strings.Cut(name, "_")
		control, err := os.ReadFile(filepath.Join(dir, "control", "control"))
		if err != nil {
			t.Fatal(err)
		}
		status = append(status, "\n"+strings.Replace(string(control), "\n", "\nStatus: install ok unpacked\n", 1)...)
		if templates, err := os.ReadFile(filepath.Join(dir, "control", "templates")); err == nil {
			more["var/lib/dpkg/info/"+pkgName+".templates"] = initrd.File{Body: templates}
		}
	}
	more["var/lib/dpkg/status"] = initrd.File{Body: status}
	add, err := initrd.ArchiveOf(more)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, initrd.Append(old, add), 0o644); err != nil {
		t.Fatal(err)
	}
}

// unpacked notes a file of a package. The initrd's lib is a link to usr/lib.
func unpacked(into map[string]initrd.File, h *tar.Header, r io.Reader) error {
	name := path.Clean(h.Name)
	if name == "." || name == "lib" {
		return nil
	}
	if strings.HasPrefix(name, "lib/") {
		name = "usr/" + name
	}
	f := initrd.File{Mode: uint32(h.Mode) & 0o777}
	switch h.Typeflag {
	case tar.TypeDir:
		f.Mode |= 0o040000
	default:
		f.Mode |= 0o100000
		var err error
		if f.Body, err = io.ReadAll(r); err != nil {
			return err
		}
	}
	into[name] = f
	return nil
}

// udebs reads the packages of one folder of the medium.
func udebs(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	img, err := iso.Open(medium(t))
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	found, err := fs.Glob(img, dir+"/*.udeb")
	if err != nil || len(found) < 2 {
		t.Fatalf("no kickseed on the medium: %v %v", found, err)
	}
	all := map[string][]byte{}
	for _, name := range found {
		if all[path.Base(name)], err = fs.ReadFile(img, name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
