package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/progress"
)

// helperProgram is apt's own fetcher, part of the package apt.
const helperProgram = "/usr/lib/apt/apt-helper"

// Mirror is one Debian archive and the cache of what came from it.
type Mirror struct {
	URI     string // without a slash at its end
	cache   string
	keyring string
	board   *progress.Board
	offline bool // it did not answer; only what the cache has will do
}

// New makes the cache's folders. It needs the Debian keyring on this machine.
func New(uri, cache string, board *progress.Board) (*Mirror, error) {
	m := &Mirror{URI: strings.TrimRight(uri, "/"), cache: cache, board: board}
	if rest, ok := strings.CutPrefix(m.URI, "file:"); ok {
		// apt's file: method makes symbolic links to the mirror; copy: makes files.
		m.URI = "copy:" + rest
	}
	for _, k := range Keyrings {
		if _, err := os.Stat(k); err == nil {
			m.keyring = k
			break
		}
	}
	if m.keyring == "" {
		return nil, fault.New(fault.Unavailable, "apt-get install debian-archive-keyring", "no Debian archive keyring on this machine")
	}
	for _, d := range []string{"lists", "pool"} {
		if err := os.MkdirAll(filepath.Join(cache, d), 0o755); err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "choose another folder with --cache", "making the cache")
		}
	}
	return m, nil
}

// Sum gives a file's SHA256 in hexadecimal.
func Sum(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", file, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
