package tree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"seedbed/internal/fault"
)

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
		got, ok := Checksum(path)
		if ok != c.found || (ok && got != sum) {
			t.Errorf("%s %q: %q, %t", c.file, c.text, got, ok)
		}
	}
	path := put(t, t.TempDir(), "x.iso", []byte("medium"))
	var done int64
	if err := VerifyChecksum(t.Context(), path, sum, func(d, _ int64, _ string) { done = d }); err != nil || done != 6 {
		t.Errorf("%v after %d bytes", err, done)
	}
	wants(t, VerifyChecksum(t.Context(), path, other, nil), fault.Invalid, "the publisher's is 000000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := VerifyChecksum(ctx, path, sum, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
