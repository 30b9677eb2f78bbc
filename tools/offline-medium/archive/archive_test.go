package archive

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seedbed/tools/offline-medium/control"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	f := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const deb822 = `# comment
Types: deb deb-src
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

func TestFindMirror(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"deb822, security is not the archive": {map[string]string{"sources.list.d/debian.sources": deb822}, "http://mirror.example/debian"},
		"one line": {map[string]string{"sources.list": "# deb http://no.example/debian trixie main\ndeb-src http://no.example/debian trixie main\n" +
			"deb [arch=amd64 signed-by=/x] http://a.example/debian trixie main # c\n"}, "http://a.example/debian"},
		"the archive with the suite wins": {map[string]string{"sources.list": "deb http://old.example/debian bookworm main\ndeb http://new.example/debian trixie contrib main\n"},
			"http://new.example/debian"},
		"a mirror list": {map[string]string{"sources.list": "deb mirror+file:/etc/apt/mirrors/debian.list trixie main\n",
			"mirrors/debian.list": "# first\nhttps://m.example/debian\thigh\nhttps://n.example/debian\n"}, "https://m.example/debian"},
		"Ubuntu alone":     {map[string]string{"sources.list": "deb http://ubuntu.example/ubuntu noble main\n"}, ""},
		"disabled, cdrom":  {map[string]string{"sources.list": "deb cdrom:[Debian]/ trixie main\n", "sources.list.d/x.sources": "Enabled: no\n" + strings.SplitN(deb822, "\n\n", 2)[1]}, ""},
		"other components": {map[string]string{"sources.list": "deb http://x.example/debian trixie contrib\n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for f, text := range c.files {
				write(t, root, "etc/apt/"+f, text)
			}
			got, err := FindMirror(root, "trixie")
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestParseRelease(t *testing.T) {
	h := strings.Repeat("ab", 32)
	r, err := parseRelease("Origin: Debian\nVersion: 13.8\nMD5Sum:\n 00 1 main/x\nSHA256:\n " + h + " 123 main/binary-amd64/Packages.xz\n short 1 y\n")
	if err != nil {
		t.Fatal(err)
	}
	if r.Get("Version") != "13.8" || r.Get("SHA256") != "" {
		t.Errorf("fields %v", r.Stanza)
	}
	if d := cmp.Diff(map[string]sum{"main/binary-amd64/Packages.xz": {h, 123}}, r.sums, cmp.AllowUnexported(sum{})); d != "" {
		t.Error(d)
	}
	if _, err := parseRelease(""); err == nil {
		t.Error("an empty Release passed")
	}
}

func TestAnswersTellsGoneFromLost(t *testing.T) {
	got := answers(`W: something
E: Failed to fetch http://m.example/debian/pool/a_1.udeb  404  Not Found [IP: 192.0.2.1 80]
E: Failed to fetch http://m.example/debian/pool/b_1.deb  Hash Sum mismatch
   Hashes of expected file:
Error: Failed to fetch http://m.example/pool/c%2bd.deb  Could not connect to m.example:80 (192.0.2.1)
E: Failed to fetch copy:/srv/debian/pool/e.deb  Failed to stat - stat (2: No such file or directory)
E: Download Failed
`)
	if !errors.Is(got["a_1.udeb"], errGone) || !errors.Is(got["e.deb"], errGone) {
		t.Errorf("404: %v", got)
	}
	if !errors.Is(got["b_1.deb"], errDiffers) {
		t.Errorf("mismatch: %v", got)
	}
	if e := got["c+d.deb"]; e == nil || errors.Is(e, errGone) || errors.Is(e, errDiffers) {
		t.Errorf("lost connection: %v", e)
	}
}

func TestBatchesPutLargeFilesFirstAndAlone(t *testing.T) {
	items := []Item{{Path: "s1", Size: 10}, {Path: "big", Size: batchBytes + 1}, {Path: "mid", Size: batchBytes - 15}}
	for range 2 * batchFiles {
		items = append(items, Item{Path: "s", Size: 10})
	}
	var got [][]string
	n := 0
	for _, b := range batches(items) {
		var paths []string
		for _, it := range b {
			paths = append(paths, it.Path)
		}
		got, n = append(got, paths), n+len(b)
		if len(b) > batchFiles {
			t.Errorf("a batch of %d", len(b))
		}
	}
	if n != len(items) || len(got[0]) != 1 || got[0][0] != "big" || got[1][0] != "mid" || len(got[1]) != 2 {
		t.Errorf("%d of %d items in %v", n, len(items), got)
	}
}

func TestSettleTakesOnlyTheListedFile(t *testing.T) {
	dir := t.TempDir()
	it := Item{Path: "p", Dest: filepath.Join(dir, "f"), SHA256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}
	write(t, dir, "f.part", "fo")
	if err := settle(it, errors.New("cut")); err == nil || errors.Is(err, errDiffers) {
		t.Errorf("a file cut short: %v", err)
	}
	if _, err := os.Stat(it.Dest + ".part"); err != nil {
		t.Error("the part to resume is gone")
	}
	if err := settle(it, nil); !errors.Is(err, errDiffers) {
		t.Errorf("a wrong file: %v", err)
	}
	write(t, dir, "f.part", "foo")
	if err := settle(it, nil); err != nil {
		t.Errorf("the right file: %v", err)
	}
	if _, err := os.Stat(it.Dest); err != nil {
		t.Error(err)
	}
}

func TestIndexEntriesMayNotLeaveThePool(t *testing.T) {
	good := control.Stanza{{Name: "Package", Value: "a"}, {Name: "Filename", Value: "pool/a.deb"}, {Name: "SHA256", Value: strings.Repeat("0a", 32)}}
	if err := check([]control.Stanza{good}); err != nil {
		t.Error(err)
	}
	for _, bad := range []control.Stanza{good.With("Filename", "pool/../../x"), good.With("Filename", "/etc/x"), good.Without("Filename"), good.With("SHA256", "../x")} {
		if check([]control.Stanza{bad}) == nil {
			t.Errorf("passed: %v", bad)
		}
	}
}
