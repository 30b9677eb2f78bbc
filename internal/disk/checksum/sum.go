package checksum

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

// Result is what is known of a file.
type Result struct {
	Found  bool      // a sum lay beside it, and the file has it
	List   string    // the file with the sum; "" when there is none
	Signed Signature // of the list, else of the file itself
}

// Check compares a file with the sum beside it, and the sum's signature with
// the keys of this host. Nothing beside it is no error: Found is false then.
// The error is a *fault.Fault: Invalid when the file is another one or a
// signature is wrong; else see Verify.
func Check(ctx context.Context, path string, tell Progress) (Result, error) {
	want, list, found := Find(path)
	r := Result{Found: found, List: list}
	var err error
	signed := path
	if found {
		signed = list
	}
	if r.Signed, err = signature(ctx, signed); err != nil || !found {
		return r, err
	}
	return r, Verify(ctx, path, want, tell)
}

// HintDownload is what to do about a file that is not the publisher's.
const HintDownload = "the file is incomplete or not the publisher's: download it again and compare its checksum"

// Progress is told how far the reading is: bytes done, bytes in all, and what
// is being done. It must not block.
type Progress func(done, total int64, what string)

// watched tells the progress of a file being read, and stops when the context
// does.
type watched struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
	what        string
	tell        Progress
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	if w.done += int64(n); w.tell != nil {
		w.tell(w.done, w.total, w.what)
	}
	return n, err
}

func unreadable(err error, path string) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	kind := fault.Unavailable
	if errors.Is(err, fs.ErrNotExist) {
		kind = fault.NotFound
	}
	return fault.Wrap(err, kind, "check the path, and the disk that holds the file", "checking %q", filepath.Base(path))
}

// Find looks beside a file for its SHA-256 sum, in 64 hexadecimal digits:
// in NAME.sha256, NAME.sha256sum and their like, in SHA256SUMS, and in the
// CHECKSUM files of the Red Hat family. A list counts only by the file's own
// name in it. list is the file that has it.
func Find(path string) (want, list string, found bool) {
	dir, base := filepath.Split(path)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	for _, ext := range []string{".sha256", ".sha256sum", ".sha256.txt", ".SHA256SUM", ".SHA256", ".CHECKSUM"} {
		for _, n := range []string{base, stem} {
			if sum, ok := sumIn(filepath.Join(dir, n+ext), base, n == base); ok {
				return sum, filepath.Join(dir, n+ext), true
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
			return sum, filepath.Join(dir, l), true
		}
	}
	return "", "", false
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
	// Of a list that holds its signature only what is signed counts.
	body := string(text)
	if strings.HasPrefix(body, "-----BEGIN PGP SIGNED MESSAGE-----") {
		body, _, _ = strings.Cut(body, "-----BEGIN PGP SIGNATURE-----")
	}
	for line := range strings.Lines(body) {
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

// Verify compares a file with its SHA-256 sum in hexadecimal digits.
// The error is a *fault.Fault: Invalid when they differ, NotFound or
// Unavailable when the file cannot be read or ctx is over.
func Verify(ctx context.Context, path, want string, tell Progress) error {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(err, path)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return unreadable(err, path)
	}
	h := sha256.New()
	in := &watched{ctx: ctx, r: f, total: st.Size(), what: "checking " + filepath.Base(path), tell: tell}
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, in, make([]byte, 1<<20)); err != nil {
		if errors.Is(err, ctx.Err()) {
			return fault.Wrap(err, fault.Unavailable, "", "checking %q", filepath.Base(path))
		}
		return unreadable(err, path)
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, want) {
		return fault.New(fault.Invalid, HintDownload, "checking %q: its SHA-256 sum is %s, the publisher's is %s", filepath.Base(path), got, strings.ToLower(want))
	}
	return nil
}
