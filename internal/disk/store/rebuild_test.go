package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestALostDatabaseIsNotTakenForAFirstStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	start := func() (missing bool) {
		t.Helper()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		since, missing := s.Rebuilding()
		if missing && time.Since(since).Abs() > time.Minute {
			t.Errorf("since %s", since)
		}
		return missing
	}
	if start() || start() {
		t.Error("a first start, and a second, miss nothing")
	}
	for _, name := range []string{"seedbed.db", "seedbed.db-wal", "seedbed.db-shm"} {
		os.Remove(filepath.Join(dir, name))
	}
	if !start() || !start() {
		t.Error("the database is gone, and nobody noticed, or forgot it at the next start")
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Rebuilt(); err != nil {
		t.Error(err)
	}
	if _, missing := s.Rebuilding(); missing {
		t.Error("rebuilt, and yet not")
	}
	if err := s.Rebuild(); err != nil {
		t.Error(err)
	}
	r, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, missing := r.Rebuilding(); !missing {
		t.Error("somebody said that records are missing, and a reader does not know")
	}
}
