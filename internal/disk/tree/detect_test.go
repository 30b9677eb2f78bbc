package tree

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/fault"
)

func TestAMediumIsToldByItsContent(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "d/x", []byte("x"))
	for name, c := range map[string]struct {
		b    []byte
		want Kind
	}{
		"an-iso.tar.gz":  {isoOf(), ISO},
		"a-tarball.iso":  {netboot(t), Tarball},
		"a-gz.iso":       {gz(netboot(t)), Tarball},
		"a-package.iso":  {[]byte("!<arch>\ndebian-binary   1"), Package},
		"a-v7.bin":       {v7(t), Tarball},
		"a-tar.xz.thing": {[]byte("\xfd7zXZ\x00\x00\x04"), Tarball},
	} {
		if got, err := Detect(put(t, dir, name, c.b)); got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if got, err := Detect(filepath.Join(dir, "d")); got != Dir || err != nil {
		t.Errorf("a directory: %q, %v", got, err)
	}
}

// v7 is an archive of before "ustar": only the checksum tells.
func v7(t *testing.T) []byte {
	b := tarOf(t, tar.Header{Name: "f", Typeflag: tar.TypeReg, Format: tar.FormatUSTAR})
	for i := 257; i < 265; i++ {
		b[i] = 0
	}
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b[:512] {
		sum += int(c)
	}
	copy(b[148:], []byte{byte('0' + sum>>15&7), byte('0' + sum>>12&7), byte('0' + sum>>9&7), byte('0' + sum>>6&7), byte('0' + sum>>3&7), byte('0' + sum&7), 0, ' '})
	return b
}

func TestWhatIsNoMediumIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "hollow"), 0o755); err != nil {
		t.Fatal(err)
	}
	pad := func(s string) []byte { return append([]byte(s), make([]byte, 40_000)...) }
	for name, c := range map[string]struct {
		b     []byte
		words string
	}{
		"empty.iso":    {nil, "empty"},
		"disk.iso":     {pad("QFI\xfb\x00\x00\x00\x03"), "qcow2"},
		"zip.iso":      {pad("PK\x03\x04"), "zip"},
		"page.iso":     {pad("<!DOCTYPE html><html>"), "web page"},
		"cut.tar.gz":   {gz(netboot(t))[:14], "truncated"},
		"hello.gz":     {gz(bytes.Repeat([]byte("hello world\n"), 90)), "no tar archive"},
		"cut.iso":      {isoOf()[:40_000], "truncated"},
		"tiny.iso":     {[]byte("x"), "ISO"},
		"half-way.iso": {make([]byte, 50_000), "zero"},
	} {
		_, err := Detect(put(t, dir, name, c.b))
		wants(t, err, fault.Invalid, c.words)
		if err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
		if fault.HintOf(err) == "" {
			t.Errorf("%s: no hint: %v", name, err)
		}
	}
	_, err := Detect(filepath.Join(dir, "none.iso"))
	wants(t, err, fault.NotFound, "none.iso")
	_, err = Detect(filepath.Join(dir, "hollow"))
	wants(t, err, fault.Invalid, "the directory is empty")
	_, err = Detect("/dev/null")
	wants(t, err, fault.Invalid, "neither a file nor a directory")
}
