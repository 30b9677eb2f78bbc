package checksum

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"seedbed/internal/fault"
)

// Signature is what is known of who signed a file.
type Signature struct {
	File string // the signature, or the signed list itself; "" when there is none
	By   string // who signed it, when a key of this host says so
	Why  string // why that is not known: no gpgv, or no such key here
}

// signature looks for the signature of a list or medium, inside it or beside
// it, and has gpgv check it. The error is a fault of kind Invalid when it is
// wrong; that it cannot be checked is told in Why.
func signature(ctx context.Context, path string) (Signature, error) {
	args := signedBy(path)
	if args == nil {
		return Signature{}, nil
	}
	s := Signature{File: args[0]}
	gpgv, err := exec.LookPath("gpgv")
	if err != nil {
		s.Why = "gpgv is not installed"
		return s, nil
	}
	temp, err := os.MkdirTemp("", "seedbed-keys-")
	if err != nil {
		return s, fault.Wrap(err, fault.Unavailable, "", "checking a signature")
	}
	defer os.RemoveAll(temp)
	argv := []string{"--status-fd", "1", "--homedir", temp}
	for _, k := range keyrings(temp) {
		argv = append(argv, "--keyring", k)
	}
	cmd := exec.CommandContext(ctx, gpgv, append(append(argv, "--"), args...)...)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return s, fault.Wrap(ctx.Err(), fault.Unavailable, "", "checking a signature")
	}
	return s, s.read(out, err)
}

// read takes gpgv's status lines (GnuPG, doc/DETAILS). Of several signatures
// one good one will do, as long as none is wrong.
func (s *Signature) read(status []byte, failed error) error {
	key := ""
	for line := range strings.Lines(string(status)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "[GNUPG:]" {
			continue
		}
		who := strings.Join(words[3:], " ")
		switch words[1] {
		case "GOODSIG":
			s.By = who
		case "BADSIG":
			return fault.New(fault.Invalid, HintDownload, "the signature %q of %s is wrong", filepath.Base(s.File), who)
		case "EXPKEYSIG", "EXPSIG", "REVKEYSIG":
			s.Why = "it or its key is no longer valid: " + who
		case "NO_PUBKEY":
			key = words[2]
		}
	}
	switch {
	case s.By != "" || s.Why != "":
	case key != "":
		s.Why = "no keyring of this host has the key " + key
	case failed != nil:
		s.Why = "gpgv cannot read it"
	}
	return nil
}

// signedBy is what gpgv is told for a file: a signature beside it and the
// file, or the file alone when it holds its own; nil when there is none.
func signedBy(path string) []string {
	for _, ext := range []string{".gpg", ".sign", ".asc", ".sig"} {
		if st, err := os.Stat(path + ext); err == nil && st.Mode().IsRegular() {
			return []string{path + ext, path}
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 64)
	n, err := f.Read(head)
	if err == nil && bytes.HasPrefix(head[:n], []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		return []string{path}
	}
	return nil
}

// keyPlaces are where distributions put publishers' keys.
var keyPlaces = []string{"/usr/share/keyrings/*.gpg", "/usr/share/keyrings/*.asc", "/etc/apt/trusted.gpg.d/*", "/etc/apt/keyrings/*",
	"/etc/pki/rpm-gpg/*", "/usr/share/distribution-gpg-keys/*/*", "/usr/lib/rpm/gnupg/keys/*", "/etc/seedbed/keys/*"}

const maxKeyFile = 8 << 20

// keyrings lists the host's keyrings; those in ASCII armour, which gpgv does not
// read, are unpacked into one file in temp.
func keyrings(temp string) []string {
	var out []string
	var unpacked bytes.Buffer
	for _, pattern := range keyPlaces {
		files, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern, and ours are constants
		}
		for _, f := range files {
			st, err := os.Stat(f)
			if err != nil || !st.Mode().IsRegular() || st.Size() > maxKeyFile {
				continue
			}
			b, err := os.ReadFile(f)
			switch {
			case err != nil || strings.Contains(filepath.Base(f), "removed"):
			case bytes.Contains(b, []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----")):
				unpacked.Write(unarmour(b))
			case len(b) > 0 && b[0]&0x80 != 0: // a packet's tag, RFC 9580 4.2
				out = append(out, f)
			}
		}
	}
	if unpacked.Len() > 0 {
		f := filepath.Join(temp, "unpacked.gpg")
		if err := os.WriteFile(f, unpacked.Bytes(), 0o600); err == nil {
			out = append(out, f)
		}
	}
	return out
}

// unarmour decodes the first key block of a file (RFC 9580, 6.2): header
// lines, a blank one, base64, a checksum.
func unarmour(b []byte) []byte {
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(b), "\r\n", "\n"), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
	body, _, ok := strings.Cut(rest, "-----END")
	if _, after, headers := strings.Cut(body, "\n\n"); headers {
		body = after
	}
	var text strings.Builder
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '=' && !strings.Contains(line, ": ") {
			text.WriteString(line)
		}
	}
	raw, err := base64.StdEncoding.DecodeString(text.String())
	if !ok || err != nil {
		return nil
	}
	return raw
}
