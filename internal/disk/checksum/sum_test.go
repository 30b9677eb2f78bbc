package checksum

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/fault"
)

func put(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheChecksumBesideAMediumIsFoundByItsName(t *testing.T) {
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("medium")))
	other := strings.Repeat("0", 64)
	for _, c := range []struct {
		file, text string
		found      bool
	}{
		{"SHA256SUMS", other + "  y.iso\n" + sum + "  x.iso\n", true},
		{"SHA256SUMS", sum + " *./x.iso\r\n", true},
		{"x.iso.sha256", strings.ToUpper(sum) + "\n", true},
		{"x.sha256sum", sum + "  x.iso\n", true},
		{"Fedora-43-CHECKSUM", "# x.iso: 6 bytes\nSHA256 (x.iso) = " + sum + "\n", true},
		{"SHA256SUMS", sum + "  y.iso\n", false},
		{"SHA256SUMS", sum + "\n", false},
		{"x.sha256", sum + "\n", false},
		{"SHA256SUMS", "not a sum  x.iso\n", false},
	} {
		dir := t.TempDir()
		path := put(t, dir, "x.iso", []byte("medium"))
		put(t, dir, c.file, []byte(c.text))
		got, _, ok := Find(path)
		if ok != c.found || (ok && got != sum) {
			t.Errorf("%s %q: %q, %t", c.file, c.text, got, ok)
		}
	}
	path := put(t, t.TempDir(), "x.iso", []byte("medium"))
	var done int64
	if err := Verify(t.Context(), path, sum, func(d, _ int64, _ string) { done = d }); err != nil || done != 6 {
		t.Errorf("%v after %d bytes", err, done)
	}
	if err := Verify(t.Context(), path, other, nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "the publisher's is 000000") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Verify(ctx, path, sum, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
