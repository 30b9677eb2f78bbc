package tree

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/fault"
)

// entry is one of a test archive: a file with text, unless Typeflag says else.
func entry(name, text string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o4755, PAXRecords: map[string]string{"SEEDBED.text": text}}
}

func link(flag byte, name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: flag, Linkname: to, Mode: 0o777}
}

// tarOf writes the entries as an archive.
func tarOf(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		text := h.PAXRecords["SEEDBED.text"]
		h.PAXRecords = nil
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	w.Close()
	return b.Bytes()
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// netboot is a small netboot archive as Debian lays it out.
func netboot(t testing.TB) []byte {
	return tarOf(t,
		tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		entry("./version.info", "Debian version:  13 (trixie)\nInstaller build: 20250803\n"),
		tar.Header{Name: "./debian-installer/amd64/", Typeflag: tar.TypeDir, Mode: 0o755},
		entry("./debian-installer/amd64/linux", strings.Repeat("kernel ", 9000)),
		entry("./debian-installer/amd64/initrd.gz", "initrd"),
		entry("./debian-installer/amd64/pxelinux.0", "pxelinux"),
		entry("./debian-installer/amd64/boot-screens/syslinux.cfg", "menu"),
		link(tar.TypeSymlink, "./debian-installer/amd64/pxelinux.cfg/default", "../boot-screens/syslinux.cfg"),
		link(tar.TypeSymlink, "./pxelinux.0", "debian-installer/amd64/pxelinux.0"),
		link(tar.TypeSymlink, "./pxelinux.cfg", "debian-installer/amd64/pxelinux.cfg"),
		link(tar.TypeLink, "./again", "./debian-installer/amd64/initrd.gz"))
}

// put writes a file into a directory of the test and gives its path.
func put(t testing.TB, dir, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// nothingIn fails when a directory holds anything.
func nothingIn(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left behind: %s", e.Name())
	}
}

// wants fails unless err is a fault of that kind that says the words.
func wants(t testing.TB, err error, kind fault.Kind, words string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v (%s), want %s with %q", err, fault.KindOf(err), kind, words)
	}
}

// isoOf is the least that the ISO reader takes: a volume of a few sectors with
// an empty root.
func isoOf() []byte {
	const sector, sectors = 2048, 24
	b := make([]byte, sectors*sector)
	both := func(p []byte, v uint32) {
		for i := range 4 {
			p[i], p[7-i] = byte(v>>(8*i)), byte(v>>(8*i))
		}
	}
	rec := func(p []byte, id byte) {
		p[0] = 34
		both(p[2:], 20)
		both(p[10:], sector)
		p[25], p[28], p[31], p[32], p[33] = 2, 1, 1, 1, id
	}
	d := b[16*sector:]
	copy(d, "\x01CD001\x01")
	both(d[80:], sectors)
	d[120], d[123], d[124], d[127] = 1, 1, 1, 1
	d[128+1], d[130] = 0x08, 0x08
	d[128], d[131] = 0, 0
	rec(d[156:], 0)
	d[881] = 1
	copy(b[17*sector:], "\xffCD001\x01")
	rec(b[20*sector:], 0)
	rec(b[20*sector+34:], 1)
	return b
}
