package tree

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"seedbed/internal/fault"
)

// Checksum looks beside a file for its SHA-256 sum, in 64 hexadecimal digits:
// in NAME.sha256, NAME.sha256sum and their like, in SHA256SUMS, and in the
// CHECKSUM files of the Red Hat family. A list counts only by the file's own
// name in it.
func Checksum(path string) (want string, found bool) {
	dir, base := filepath.Split(path)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	for _, ext := range []string{".sha256", ".sha256sum", ".sha256.txt", ".SHA256SUM", ".SHA256", ".CHECKSUM"} {
		for _, n := range []string{base, stem} {
			if sum, ok := sumIn(filepath.Join(dir, n+ext), base, n == base); ok {
				return sum, true
			}
		}
	}
	lists := []string{"SHA256SUMS", "SHA256SUMS.txt", "SHA256SUM", "sha256sum.txt", "sha256sums.txt", "sha256sums", "CHECKSUM", "CHECKSUM.SHA256"}
	entries, err := os.ReadDir(filepath.Join(dir, "."))
	if err == nil {
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), "-CHECKSUM") {
				lists = append(lists, e.Name())
			}
		}
	}
	for _, l := range lists {
		if sum, ok := sumIn(filepath.Join(dir, l), base, false); ok {
			return sum, true
		}
	}
	return "", false
}

// sumIn finds a file's sum in a list: "HEX  name", "HEX *name" or "SHA256
// (name) = HEX"; with bare, also a HEX that stands alone.
func sumIn(list, base string, bare bool) (string, bool) {
	f, err := os.Open(list)
	if err != nil {
		return "", false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		var sum, name string
		if rest, ok := strings.CutPrefix(line, "SHA256 ("); ok {
			name, sum, _ = strings.Cut(rest, ") = ")
		} else {
			sum, name, _ = strings.Cut(line, " ")
			name = strings.TrimPrefix(strings.TrimSpace(name), "*")
		}
		sum = strings.ToLower(sum)
		if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha256.Size {
			continue
		}
		if (name == "" && bare) || (name != "" && filepath.Base(name) == base) {
			return sum, true
		}
	}
	return "", false
}

// VerifyChecksum compares a file with its SHA-256 sum in hexadecimal digits.
// The error is a *fault.Fault: Invalid when they differ, NotFound or
// Unavailable when the file cannot be read or ctx is over.
func VerifyChecksum(ctx context.Context, path, want string, tell Progress) error {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return unreadable(path, err)
	}
	h := sha256.New()
	in := &counted{ctx: ctx, r: f, total: st.Size(), what: "checking " + filepath.Base(path), tell: tell}
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, in, make([]byte, 1<<20)); err != nil {
		if errors.Is(err, ctx.Err()) {
			return fault.Wrap(err, fault.Unavailable, "", "checking %q", filepath.Base(path))
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return fault.Wrap(err, fault.Unavailable, "check the disk that holds it", "checking %q", filepath.Base(path))
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, want) {
		return fault.New(fault.Invalid, hintDownload, "checking %q: its SHA-256 sum is %s, the publisher's is %s", filepath.Base(path), got, strings.ToLower(want))
	}
	return nil
}
