//go:build e2e

package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/disk/iso"
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

// withKickseed puts the medium's kickseed packages into an initrd.
func withKickseed(t *testing.T, file string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := scratch(t)
	var files []string
	for name, body := range udebs(t, "pool/main/k/kickseed") {
		files = append(files, write(t, dir, name, string(body)))
	}
	made, err := initrd.Install(t.Context(), old, files...)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, made, 0o644); err != nil {
		t.Fatal(err)
	}
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
