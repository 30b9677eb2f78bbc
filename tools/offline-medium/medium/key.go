package medium

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Key signs one medium. Its secret half lives as long as the build.
type Key struct {
	Public []byte // OpenPGP, binary
	Armor  []byte // the same, as text
	home   string
	at     time.Time
}

// NewKey makes a key in a folder of its own. Its dates are at, and not now, so
// that a machine whose clock lags behind the build does not find the medium's
// signature to come from the future. Close must be called.
func NewKey(ctx context.Context, at time.Time) (*Key, error) {
	// Not below the cache: gpg-agent's socket has a path of at most 107 bytes.
	home, err := os.MkdirTemp("", "offline-medium-key-")
	if err != nil {
		return nil, err
	}
	k := &Key{home: home, at: at}
	_, err = k.gpg(ctx, nil, "--passphrase", "", "--quick-gen-key", "Seedbed offline medium (made for one medium) <offline-medium@localhost>", "ed25519", "sign", "never")
	if err == nil {
		k.Public, err = k.gpg(ctx, nil, "--export")
	}
	if err == nil {
		k.Armor, err = k.gpg(ctx, nil, "--armor", "--export")
	}
	if err != nil {
		k.Close()
		return nil, fmt.Errorf("making the medium's key: %w", err)
	}
	return k, nil
}

// Sign gives the signature beside a text (Release.gpg) and around it (InRelease).
func (k *Key) Sign(ctx context.Context, text []byte) (detached, clear []byte, err error) {
	if detached, err = k.gpg(ctx, text, "--digest-algo", "SHA512", "--armor", "--detach-sign"); err == nil {
		clear, err = k.gpg(ctx, text, "--digest-algo", "SHA512", "--clearsign")
	}
	if err != nil {
		err = fmt.Errorf("signing the Release file: %w", err)
	}
	return detached, clear, err
}

// Close forgets the key.
func (k *Key) Close() {
	exec.Command("gpgconf", "--homedir", k.home, "--kill", "all").Run()
	os.RemoveAll(k.home)
}

func (k *Key) gpg(ctx context.Context, in []byte, args ...string) ([]byte, error) {
	base := []string{"--homedir", k.home, "--batch", "--no-tty", "--quiet", "--no-options", "--pinentry-mode", "loopback",
		"--faked-system-time", k.at.UTC().Format("20060102T150405") + "!"}
	cmd := exec.CommandContext(ctx, "gpg", append(base, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("gpg: %w: %.400s", err, strings.TrimSpace(errs.String()))
	}
	return out, nil
}
