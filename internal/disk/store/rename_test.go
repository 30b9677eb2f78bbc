package store

import (
	"testing"
	"time"

	"seedbed/internal/core/install"
)

// An attempt that went with its machine to a new name is there after a
// restart: a machine without one would be installed again.
func TestAnAttemptIsKeptUnderItsMachinesNewName(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := install.NewLedger(nil, s)
	a, err := l.Arm("node1", "debian", "debian-13", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Observe(install.Event{At: time.Now(), Machine: "node1", Attempt: a.ID, Step: install.Installed}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Rename(map[string]string{"node1": "web1"}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Attempts()
	if err != nil {
		t.Fatal(err)
	}
	if _, should, why := install.NewLedger(all, s).ShouldInstall("web1"); should || why != "attempt 1 has installed it" {
		t.Errorf("after a restart: %v, %s; kept: %+v", should, why, all)
	}
}
