package initrd

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, gz []byte) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := Each(bytes.NewReader(gz), func(e Entry, r io.Reader) error {
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

func FuzzEach(f *testing.F) {
	gz, _ := Archive(map[string][]byte{"usr/share/a": []byte("one")})
	z, _ := gzip.NewReader(bytes.NewReader(gz))
	raw, _ := io.ReadAll(z)
	f.Add(raw)
	f.Add([]byte(magic + strings.Repeat("f", 104)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(raw)
		z.Close()
		Each(&b, func(e Entry, r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
	})
}

func TestModesAreKept(t *testing.T) {
	want := map[string]File{"lib/x": {Mode: 0o040755}, "lib/x/run": {Mode: 0o100755, Body: []byte("#!/bin/sh\n")}, "plain": {Body: []byte("1")}}
	gz, err := ArchiveOf(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = Each(bytes.NewReader(gz), func(e Entry, _ io.Reader) error {
		got = append(got, fmt.Sprintf("%s %o %d", e.Name, e.Mode, e.Size))
		return nil
	})
	if d := cmp.Diff([]string{"lib/x 40755 0", "lib/x/run 100755 10", "plain 100644 1"}, got); d != "" || err != nil {
		t.Error(err, d)
	}
}
