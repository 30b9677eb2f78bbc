package initrd

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	reader "seedbed/internal/core/image/initrd"
)

func read(t *testing.T, gz []byte) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := reader.Each(bytes.NewReader(gz), func(e reader.Entry, r io.Reader) error {
		if !e.Regular() || e.Link() {
			t.Errorf("%s: mode %o", e.Name, e.Mode)
		}
		b, err := io.ReadAll(r)
		got[e.Name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestArchiveReadsBack(t *testing.T) {
	want := map[string][]byte{"usr/share/a": []byte("one"), "b": {}, "usr/c": []byte("four")}
	gz, err := Archive(want)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, gz)
	if d := cmp.Diff(map[string]string{"usr/share/a": "one", "b": "", "usr/c": "four"}, got); d != "" {
		t.Error(d)
	}
	if _, err := Archive(map[string][]byte{"../x": nil}); err == nil {
		t.Error("a name that leads out passed")
	}
}

func TestCpioReadsTheArchive(t *testing.T) {
	if _, err := exec.LookPath("cpio"); err != nil {
		t.Skip("cpio is not on this machine")
	}
	gz, err := Archive(map[string][]byte{"usr/share/a": []byte("one"), "b": []byte("12345")})
	if err != nil {
		t.Fatal(err)
	}
	z, _ := gzip.NewReader(bytes.NewReader(gz))
	cmd := exec.Command("cpio", "--quiet", "-itv")
	cmd.Stdin = z
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "-rw-r--r--   1 root     root") != 2 {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestAppendStartsAtAMultipleOfFour(t *testing.T) {
	for n := range 5 {
		out := Append(make([]byte, n), []byte("x"))
		if (len(out)-1)%4 != 0 || out[len(out)-1] != 'x' {
			t.Errorf("%d bytes: %v", n, out)
		}
	}
}

func TestModesAreKept(t *testing.T) {
	want := map[string]File{"lib/x": {Mode: 0o040755}, "lib/x/run": {Mode: 0o100755, Body: []byte("#!/bin/sh\n")}, "plain": {Body: []byte("1")}}
	gz, err := ArchiveOf(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = reader.Each(bytes.NewReader(gz), func(e reader.Entry, _ io.Reader) error {
		got = append(got, fmt.Sprintf("%s %o %d", e.Name, e.Mode, e.Size))
		return nil
	})
	if d := cmp.Diff([]string{"lib/x 40755 0", "lib/x/run 100755 10", "plain 100644 1"}, got); d != "" || err != nil {
		t.Error(err, d)
	}
}

// A package in an initrd has its files below usr, keeps their modes, and
// stands in the list of packages.
func TestInstall(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("dpkg-deb is not on this machine")
	}
	root := filepath.Join(t.TempDir(), "p")
	for name, text := range map[string]string{"DEBIAN/control": "Package: tool-udeb\nVersion: 1\nArchitecture: all\nMaintainer: x <x@mirror.example>\nDescription: x\n",
		"DEBIAN/templates": "Template: tool/ask\nType: string\nDescription: x\n", "lib/tool/run": "#!/bin/sh\n", "usr/share/tool": "1"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), map[bool]os.FileMode{true: 0o755, false: 0o644}[name == "lib/tool/run"]); err != nil {
			t.Fatal(err)
		}
	}
	udeb := root + ".udeb"
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", root, udeb).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	old, err := Archive(map[string][]byte{"var/lib/dpkg/status": []byte("Package: a\nStatus: install ok installed\n\n")})
	if err != nil {
		t.Fatal(err)
	}
	made, err := Install(t.Context(), old, udeb)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	added := made[(len(old)+3)&^3:]
	if err := reader.Each(bytes.NewReader(added), func(e reader.Entry, r io.Reader) error {
		b, err := io.ReadAll(r)
		got[e.Name] = fmt.Sprintf("%o %s", e.Mode, b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"usr/lib/tool": "40755 ", "usr/lib/tool/run": "100755 #!/bin/sh\n", "usr": "40755 ", "usr/share": "40755 ", "usr/share/tool": "100644 1",
		"var/lib/dpkg/info/tool-udeb.templates": "100644 Template: tool/ask\nType: string\nDescription: x\n",
		"var/lib/dpkg/status": "100644 Package: a\nStatus: install ok installed\n\nPackage: tool-udeb\nStatus: install ok unpacked\nVersion: 1\nArchitecture: all\n" +
			"Maintainer: x <x@mirror.example>\nDescription: x\n\n"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := Install(t.Context(), added[:0], udeb); err == nil {
		t.Error("no initrd passed for one")
	}
}
