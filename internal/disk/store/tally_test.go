package store

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/core/lease"
)

// transactions gives where each transaction of a WAL ends, in bytes.
func transactions(t *testing.T, wal []byte) (ends []int) {
	t.Helper()
	w := wal0(t, wal)
	for at := walHeader; at+frameHeader+w.page <= len(wal); at += frameHeader + w.page {
		frame := wal[at:]
		if [8]byte(frame[8:16]) == w.salt && binary.BigEndian.Uint32(frame[4:]) != 0 {
			ends = append(ends, at+frameHeader+w.page)
		}
	}
	return ends
}

func wal0(t *testing.T, b []byte) wal {
	t.Helper()
	w := wal{from: bytes.NewReader(b)}
	if err := w.begin(); err != nil || w.page == 0 {
		t.Fatal("no WAL: ", err)
	}
	return w
}

// TestAWALCutBetweenTransactionsIsMissed: what is left of it is whole, and its
// index, which would tell, is gone too.
func TestAWALCutBetweenTransactionsIsMissed(t *testing.T) {
	killed, _, want := wornState(t)
	whole, err := os.ReadFile(filepath.Join(killed, "seedbed.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	ends := transactions(t, whole)
	if len(ends) < 10 {
		t.Fatalf("%d transactions", len(ends))
	}
	for i, end := range append([]int{walHeader}, ends...) {
		dir := copyState(t, killed)
		os.Remove(filepath.Join(dir, "seedbed.db-shm"))
		if err := os.Truncate(filepath.Join(dir, "seedbed.db-wal"), int64(end)); err != nil {
			t.Fatal(err)
		}
		wanted := "missing"
		if i == len(ends) {
			wanted = "whole"
		}
		if got := fate(t, dir, want); got != wanted {
			t.Errorf("after %d of %d transactions: %s, want %s", i, len(ends), got, wanted)
		}
		if wanted == "missing" {
			if got := fate(t, dir, want); got != wanted {
				t.Errorf("at the next start: %s", got)
			}
		}
	}
}

// TestAnOlderDatabasePutBackIsMissed: a backup is whole, and lacks the leases
// that were acknowledged since, whether the log was emptied meanwhile or not.
func TestAnOlderDatabasePutBackIsMissed(t *testing.T) {
	for _, folded := range []bool{false, true} {
		dir := t.TempDir()
		s := open(t, dir)
		give := func(n int) {
			t.Helper()
			if err := s.CommitLeases([]lease.Lease{given(n)}); err != nil {
				t.Fatal(err)
			}
			if folded {
				must(s.fold(0))
			}
		}
		give(1)
		give(2)
		again := func() {
			t.Helper()
			s.Close()
			s = must(Open(dir))
		}
		again()
		if _, missing := s.Rebuilding(); missing {
			t.Fatal("nothing is missing: ", s.Missing())
		}
		s.Close()
		backup, err := os.ReadFile(filepath.Join(dir, "seedbed.db"))
		if err != nil {
			t.Fatal(err)
		}
		s = must(Open(dir))
		give(3)
		s.Close()
		if err := os.WriteFile(filepath.Join(dir, "seedbed.db"), backup, 0o600); err != nil {
			t.Fatal(err)
		}
		s = must(Open(dir))
		if _, missing := s.Rebuilding(); !missing || !strings.Contains(s.Missing(), "by 1 commits") {
			t.Errorf("folded %t: an older database, and nothing is missing: %q", folded, s.Missing())
		}
		if err := s.Rebuilt(); err != nil {
			t.Fatal(err)
		}
		again()
		if _, missing := s.Rebuilding(); missing {
			t.Error("said again after `leases --rebuilt`: ", s.Missing())
		}
		s.Close()
	}
}

// TestATallyThatCannotBeReadSaysNothing: it only ever adds to what is known.
func TestATallyThatCannotBeReadSaysNothing(t *testing.T) {
	killed, _, want := wornState(t)
	for _, text := range []string{"", "x", "00000000000000099999 00000000\n", strings.Repeat("9", 200)} {
		dir := copyState(t, killed)
		if err := os.WriteFile(filepath.Join(dir, tallyName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := fate(t, dir, want); got != "whole" {
			t.Errorf("%q: %s", text, got)
		}
	}
}
