package deb

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seedbed/tools/offline-medium/control"
)

func TestArSurvivesARoundTrip(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(arMagic)
	want := map[string]string{"debian-binary": "2.0\n", "odd": "abc", "empty": ""}
	for _, n := range []string{"debian-binary", "odd", "empty"} {
		if err := writeMember(&b, n, []byte(want[n])); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	err := eachMember(&b, func(m member) error {
		x, err := io.ReadAll(m.r)
		got[m.name] = string(x)
		return err
	})
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestArRefusesOtherFiles(t *testing.T) {
	for _, bad := range []string{"", "PK\x03\x04", arMagic + "short", arMagic + strings.Repeat("x", 60)} {
		if err := eachMember(strings.NewReader(bad), func(member) error { return nil }); err == nil {
			t.Errorf("%.20q passed", bad)
		}
	}
}

func FuzzEachMember(f *testing.F) {
	f.Add([]byte(arMagic))
	f.Add([]byte(arMagic + "debian-binary/  0           0     0     100644  4         `\n2.0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		eachMember(bytes.NewReader(data), func(m member) error {
			_, err := io.Copy(io.Discard, m.r)
			return err
		})
	})
}

func make1(t *testing.T, dst string) {
	t.Helper()
	w := NewWriter()
	if err := w.Add("usr/bin/tool", 0o100755, "", 5, strings.NewReader("tool\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Add("usr/bin/alias", 0o777, "tool", 0, nil); err != nil {
		t.Fatal(err)
	}
	ctl := control.Stanza{{Name: "Package", Value: "p"}, {Name: "Version", Value: "1"}, {Name: "Architecture", Value: "all"},
		{Name: "Maintainer", Value: "x <x@example.com>"}, {Name: "Description", Value: "d"}}
	if err := w.Close(dst, ctl); err != nil {
		t.Fatal(err)
	}
}

func TestThePackageMadeIsTheSameEachTime(t *testing.T) {
	dir := t.TempDir()
	make1(t, filepath.Join(dir, "a"))
	make1(t, filepath.Join(dir, "b"))
	a, _ := os.ReadFile(filepath.Join(dir, "a"))
	b, _ := os.ReadFile(filepath.Join(dir, "b"))
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d and %d bytes differ", len(a), len(b))
	}
}

func TestDpkgReadsWhatIsMadeAndRepacked(t *testing.T) {
	for _, p := range []string{"dpkg-deb", "xz"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(p, "is not on this machine")
		}
	}
	dir := t.TempDir()
	made := filepath.Join(dir, "made.deb")
	make1(t, made)
	if out, err := exec.Command("dpkg-deb", "-f", made, "Package").CombinedOutput(); err != nil || string(out) != "p\n" {
		t.Fatalf("%v: %s", err, out)
	}
	xz, tree := filepath.Join(dir, "xz.deb"), filepath.Join(dir, "tree")
	if out, err := exec.Command("dpkg-deb", "-R", made, tree).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "-Zxz", "-b", tree, xz).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	again := filepath.Join(dir, "again.deb")
	if err := Repack(context.Background(), xz, again); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(again)
	if bytes.Contains(raw, []byte(".tar.xz")) || !bytes.Contains(raw, []byte("data.tar.gz")) {
		t.Error("the repacked package is not gzip")
	}
	got := map[string]string{}
	err := Each(context.Background(), again, func(h *tar.Header, r io.Reader) error {
		body, err := io.ReadAll(r)
		got[h.Name] = string(body) + h.Linkname
		return err
	})
	want := map[string]string{".": "", "usr": "", "usr/bin": "", "usr/bin/tool": "tool\n", "usr/bin/alias": "tool"}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
}
