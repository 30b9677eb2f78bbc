package checksum

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/fault"
)

// key makes a throw-away key in a home of its own and gives that home.
func key(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("gpg is not installed: it makes the keys of this test")
	}
	home, err := os.MkdirTemp("", "k") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	gpg(t, home, "--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
	return home
}

func gpg(t *testing.T, home string, args ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "gpg", append([]string{"--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback"}, args...)...).Output()
	if err != nil {
		t.Fatalf("gpg %v: %v", args, err)
	}
	return out
}

func TestWhoSignedTheSumsIsSaid(t *testing.T) {
	trusted, stranger := key(t, "Publisher <pub@example.org>"), key(t, "Stranger <who@example.org>")
	rings := t.TempDir()
	put(t, rings, "publisher.asc", gpg(t, trusted, "--armor", "--export"))
	before := keyPlaces
	keyPlaces = []string{rings + "/*"}
	t.Cleanup(func() { keyPlaces = before })

	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("medium")))
	for _, c := range []struct {
		name   string
		sign   func(list string)
		by     string
		why    string
		broken string
	}{
		{"no signature", func(string) {}, "", "", ""},
		{"beside, in armour", func(l string) { gpg(t, trusted, "--armor", "-o", l+".sign", "--detach-sign", l) }, "Publisher", "", ""},
		{"beside, binary", func(l string) { gpg(t, trusted, "-o", l+".gpg", "--detach-sign", l) }, "Publisher", "", ""},
		{"inside the list", func(l string) {
			gpg(t, trusted, "-o", l+".x", "--clear-sign", l)
			os.Rename(l+".x", l)
		}, "Publisher", "", ""},
		{"by a key that is not here", func(l string) { gpg(t, stranger, "-o", l+".gpg", "--detach-sign", l) }, "", "no keyring of this host has the key", ""},
		{"of another list", func(l string) {
			gpg(t, trusted, "-o", l+".gpg", "--detach-sign", l)
			b, _ := os.ReadFile(l)
			os.WriteFile(l, append(b, "\n# changed\n"...), 0o644)
		}, "", "", `the signature "SHA256SUMS.gpg" of Publisher`},
		{"of another list, inside", func(l string) {
			gpg(t, trusted, "-o", l+".x", "--clear-sign", l)
			b, _ := os.ReadFile(l + ".x")
			os.WriteFile(l, []byte(strings.Replace(string(b), "  y.iso", "  z.iso", 1)), 0o644)
		}, "", "", "of Publisher"},
		{"that is no signature", func(l string) { os.WriteFile(l+".gpg", []byte("x"), 0o644) }, "", "gpgv cannot read it", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := put(t, dir, "x.iso", []byte("medium"))
			list := put(t, dir, "SHA256SUMS", []byte(sum+"  x.iso\n"+strings.Repeat("0", 64)+"  y.iso\n"))
			c.sign(list)
			r, err := Check(t.Context(), path, nil)
			if c.broken != "" {
				if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.broken) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || !r.Found || filepath.Base(r.List) != "SHA256SUMS" || !strings.HasPrefix(r.Signed.By, c.by) || (c.by == "") != (r.Signed.By == "") || !strings.Contains(r.Signed.Why, c.why) || (c.why == "") != (r.Signed.Why == "") {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	if r, err := Check(t.Context(), put(t, t.TempDir(), "x.iso", []byte("medium")), nil); err != nil || r.Found {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnArmouredKeyIsUnpackedAndAnythingElseIsNot(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\nYWJj\nZGVm\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n", "abcdef"},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nYWJj\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n", "abc"},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nYW!!\n-----END", ""}, {"YWJj", ""}, {"", ""},
	} {
		if got := string(unarmour([]byte(c.text))); got != c.want {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}
