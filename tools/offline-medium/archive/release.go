package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/control"
)

// Keyrings are the places of the Debian archive's keys, the likelier first. The
// package debian-archive-keyring brings them, on Ubuntu too.
var Keyrings = []string{
	"/usr/share/keyrings/debian-archive-keyring.pgp",
	"/usr/share/keyrings/debian-archive-keyring.gpg",
}

// sum is a file as a Release lists it.
type sum struct {
	sha256 string
	size   int64
}

// Release is what a suite's signed Release file says.
type Release struct {
	control.Stanza
	sums map[string]sum // by path below dists/SUITE/
}

var sumLine = regexp.MustCompile(`(?m)^ ([0-9a-f]{64}) +([0-9]+) +(\S+)$`)

// parseRelease reads the text of a Release file.
func parseRelease(text string) (Release, error) {
	stanzas, err := control.Parse(text)
	if err != nil || len(stanzas) == 0 {
		return Release{}, fmt.Errorf("reading the Release file: %w", errors.Join(err, errors.New("no fields")))
	}
	r := Release{Stanza: stanzas[0].Without("MD5Sum", "SHA1", "SHA256"), sums: map[string]sum{}}
	for _, m := range sumLine.FindAllStringSubmatch(stanzas[0].Get("SHA256"), -1) {
		size, err := strconv.ParseInt(m[2], 10, 64)
		if err == nil {
			r.sums[m[3]] = sum{m[1], size}
		}
	}
	return r, nil
}

// verify gives the signed text of an InRelease file, and an error unless a key
// of the keyring made a good signature on it.
func verify(ctx context.Context, keyring, file string) (string, error) {
	out := file + ".text"
	os.Remove(out) // gpgv does not write over a file
	defer os.Remove(out)
	cmd := exec.CommandContext(ctx, "gpgv", "--keyring", keyring, "--status-fd", "1", "--output", out, file)
	var status, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &status, &errs
	err := cmd.Run()
	// A Release bears several signatures, and the keyring of an older system knows
	// only some of the keys: gpgv's exit code then says no though one is good.
	if s := status.String(); !strings.Contains(s, "[GNUPG:] VALIDSIG ") || strings.Contains(s, "[GNUPG:] BADSIG ") {
		return "", fault.Wrap(errors.Join(err, errors.New(strings.TrimSpace(errs.String()))), fault.Invalid,
			"check the mirror and the clock; on an old system update the package debian-archive-keyring",
			"verifying the signature of %s with %s", filepath.Base(file), keyring)
	}
	text, err := os.ReadFile(out)
	return string(text), err
}

// Release fetches and verifies the suite's InRelease. Without a network it uses
// the one of the last run, and says so.
func (m *Mirror) Release(ctx context.Context, suite string) (Release, error) {
	last := filepath.Join(m.cache, "lists", suite+"_InRelease")
	fresh := last + ".new"
	defer os.Remove(fresh)
	file := fresh
	if err := m.fetchOne(ctx, Item{Path: "dists/" + suite + "/InRelease", Dest: fresh}); err != nil {
		if _, e := os.Stat(last); e != nil || ctx.Err() != nil || errors.Is(err, errGone) {
			return Release{}, fault.Wrap(err, fault.Unavailable, "is the mirror "+m.URI+" reachable, and does it have this suite?",
				"fetching the Release file of %s", suite)
		}
		m.board.Warn("the mirror does not answer; going on with the index of the last run (%v)", err)
		file, m.offline = last, true
	}
	text, err := verify(ctx, m.keyring, file)
	if err != nil {
		return Release{}, err
	}
	r, err := parseRelease(text)
	if err == nil && file == fresh {
		err = os.Rename(fresh, last)
	}
	return r, err
}
