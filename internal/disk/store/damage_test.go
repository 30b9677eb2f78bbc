package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

// copyState copies the database's files, as a killed server leaves them or one
// that stopped.
func copyState(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "state")
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"seedbed.db", "seedbed.db-wal", "seedbed.db-shm", "tally", "lock"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// wornState is a database with leases in its table, in the log in its file,
// and in the log in its WAL: as killed, and as stopped.
func wornState(t *testing.T) (killed, stopped string, want []lease.Lease) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	commit := func(from, to int) {
		for n := from; n < to; n++ {
			l := given(n)
			want = append(want, l)
			if err := s.CommitLeases([]lease.Lease{l}); err != nil {
				t.Fatal(err)
			}
		}
	}
	commit(1, 120)
	must(s.fold(0))
	commit(120, 150)
	if _, err := s.write.Exec("PRAGMA wal_checkpoint(RESTART)"); err != nil {
		t.Fatal(err)
	}
	commit(150, 170)
	killed = copyState(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return killed, copyState(t, dir), want
}

// fate opens a state and says what became of it: "refused", "missing" (said,
// and rebuilt with care) or "whole". Anything else is a lease that is lost, or
// altered, unseen.
func fate(t *testing.T, dir string, want []lease.Lease) string {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		if !strings.Contains(fmt.Sprint(err), "database") && !strings.Contains(fmt.Sprint(err), "seedbed.db") {
			t.Errorf("refused by %v", err)
		}
		return "refused"
	}
	defer s.Close()
	got, err := s.Leases()
	if err != nil {
		return "refused"
	}
	if _, missing := s.Rebuilding(); missing {
		if s.Missing() == "" {
			t.Error("it does not say why")
		}
		return "missing"
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d of %d leases are gone, unseen", len(want)-len(got), len(want))
	}
	for i := range got {
		if got[i].Address != want[i].Address || got[i].MAC != want[i].MAC || !got[i].Expires.Equal(want[i].Expires) || got[i].State != want[i].State {
			return fmt.Sprintf("%v became %v, unseen", want[i], got[i])
		}
	}
	return "whole"
}

func TestAWornStateIsWhole(t *testing.T) {
	killed, stopped, want := wornState(t)
	if got := fate(t, killed, want); got != "whole" {
		t.Error("killed: ", got)
	}
	if got := fate(t, stopped, want); got != "whole" {
		t.Error("stopped: ", got)
	}
}

func TestNoLeaseIsLostUnseen(t *testing.T) {
	killed, stopped, want := wornState(t)
	harmed := 0
	flip := func(mask byte) func([]byte, int) []byte {
		return func(b []byte, at int) []byte { b[at] ^= mask; return b }
	}
	for _, c := range []struct {
		name, state, file string
		harm              func([]byte, int) []byte
		step              int
	}{
		{"a bit of the database of a killed server", killed, "seedbed.db", flip(1), 131},
		{"a byte of it", killed, "seedbed.db", flip(0xff), 131},
		{"a bit of a stopped server's", stopped, "seedbed.db", flip(1), 131},
		{"a byte of that", stopped, "seedbed.db", flip(0xff), 131},
		{"a bit of the WAL", killed, "seedbed.db-wal", flip(1), 509},
		{"a byte of it", killed, "seedbed.db-wal", flip(0xff), 509},
		{"the database is cut off", stopped, "seedbed.db", func(b []byte, at int) []byte { return b[:at] }, 2048},
		{"and with a WAL", killed, "seedbed.db", func(b []byte, at int) []byte { return b[:at] }, 2048},
		{"the WAL is cut off", killed, "seedbed.db-wal", func(b []byte, at int) []byte { return b[:at] }, 1030},
		{"a page of zeros", stopped, "seedbed.db", func(b []byte, at int) []byte { clear(b[at : at+4096]); return b }, 4096},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole, err := os.ReadFile(filepath.Join(c.state, c.file))
			if err != nil {
				t.Fatal(err)
			}
			fates := map[string]int{}
			step := c.step
			if os.Getenv("SEEDBED_KILLS") == "" {
				step *= 16 // thousands take minutes
			}
			for at := 0; at < len(whole); at += step {
				dir := copyState(t, c.state)
				if err := os.WriteFile(filepath.Join(dir, c.file), c.harm(append([]byte(nil), whole...), at), 0o600); err != nil {
					t.Fatal(err)
				}
				got := fate(t, dir, want)
				fates[got]++
				if strings.Contains(got, "unseen") {
					t.Errorf("at %d of %d: %s", at, len(whole), got)
				}
			}
			t.Logf("%v", fates)
			if harmed += fates["refused"] + fates["missing"]; len(fates) == 0 {
				t.Error("nothing was tried")
			}
		})
	}
	if harmed < 20 {
		t.Errorf("only %d harms were noticed", harmed)
	}
}

func TestWhatIsGoneIsSaid(t *testing.T) {
	killed, stopped, want := wornState(t)
	for _, c := range []struct {
		name, state string
		harm        func(dir string) error
		want        string
	}{
		{"the WAL of a killed server", killed, func(dir string) error { return os.Remove(filepath.Join(dir, "seedbed.db-wal")) }, "missing"},
		{"it is empty", killed, func(dir string) error { return os.Truncate(filepath.Join(dir, "seedbed.db-wal"), 0) }, "missing"},
		{"its header alone is left", killed, func(dir string) error { return os.Truncate(filepath.Join(dir, "seedbed.db-wal"), walHeader) }, "missing"},
		{"the database of one", killed, func(dir string) error { return os.Remove(filepath.Join(dir, "seedbed.db")) }, "refused"},
		{"an empty file", stopped, func(dir string) error { return os.Truncate(filepath.Join(dir, "seedbed.db"), 0) }, "refused"},
		{"the database of one that stopped", stopped, func(dir string) error { return os.Remove(filepath.Join(dir, "seedbed.db")) }, "missing"},
		{"a directory", stopped, func(dir string) error {
			path := filepath.Join(dir, "seedbed.db")
			_ = os.Remove(path)
			return os.Mkdir(path, 0o700)
		}, "refused"},
		{"the index of the WAL", killed, func(dir string) error { return os.Remove(filepath.Join(dir, "seedbed.db-shm")) }, "whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyState(t, c.state)
			if err := c.harm(dir); err != nil {
				t.Fatal(err)
			}
			if got := fate(t, dir, want); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if c.want == "missing" { // it is remembered
				if got := fate(t, dir, want); got != "missing" {
					t.Errorf("at the next start: %s", got)
				}
			}
		})
	}
}

// TestADatabaseOfAnOlderSeedbed: who only looks is told to start the server
// once, and that carries over all that is in it.
func TestADatabaseOfAnOlderSeedbed(t *testing.T) {
	_, dir, want := wornState(t)
	db := must(sql.Open("sqlite", address(filepath.Join(dir, "seedbed.db"), "rw", 64)))
	if _, err := db.Exec("DROP TABLE lease_sum; PRAGMA user_version=3"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err := OpenReadOnly(dir)
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "older seedbed (schema 3") || !strings.Contains(fault.HintOf(err), "start it again with this program") {
		t.Errorf("%v; hint %q", err, fault.HintOf(err))
	}
	if got := fate(t, dir, want); got != "whole" {
		t.Error(got)
	}
	r, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := must(r.Leases()); len(got) != len(want) {
		t.Errorf("%d leases, want %d", len(got), len(want))
	}
}

// TestAServerStartsOnAFullDisk: who serves files needs no room, and once there
// is some, leases are kept as before.
func TestAServerStartsOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("needs to mount a tmpfs: ", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	s := open(t, dir)
	want := []lease.Lease{given(1)}
	if err := s.CommitLeases(want); err != nil {
		t.Fatal(err)
	}
	// Killed: its WAL and index are there, so opening takes no new files.
	killed := copyState(t, dir)
	s.Close()
	for _, name := range []string{"seedbed.db", "seedbed.db-wal", "seedbed.db-shm"} {
		b, err := os.ReadFile(filepath.Join(killed, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, 4<<20), 0o600); err == nil {
		t.Fatal("there is still room")
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := must(s.Leases()); len(got) != 1 {
		t.Errorf("%d leases", len(got))
	}
	if err := s.CommitLeases([]lease.Lease{given(2)}); err == nil {
		t.Log("what the WAL has set aside took one more")
	}
	if err := os.Remove(big); err != nil {
		t.Fatal(err)
	}
	if err := s.CommitLeases([]lease.Lease{given(3)}); err != nil {
		t.Error(err)
	}
	if _, missing := s.Rebuilding(); missing {
		t.Error("it says that records are missing")
	}
	again := copyState(t, dir) // killed once more
	r, err := Open(again)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := must(r.Leases()); len(got) < 2 {
		t.Errorf("%d leases after another kill", len(got))
	}
}
