package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

// TestMain also plays the server that is killed: it commits leases from
// several goroutines and prints a number only when that one is acknowledged.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SEEDBED_TEST_CHILD"); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

func child(dir string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	from, _ := strconv.Atoi(os.Getenv("SEEDBED_TEST_FROM"))
	c := NewCommitter(s)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for n := from + g; n < from+3000; n += 4 {
				if err := c.CommitLeases([]lease.Lease{given(n)}); err != nil {
					fmt.Println("commit:", err)
					os.Exit(1)
				}
				fmt.Println(n) // one write: a line is there whole or not at all
			}
		})
	}
	wg.Wait()
	time.Sleep(time.Hour) // until killed
}

func TestAnAcknowledgedLeaseOutlivesAKill(t *testing.T) {
	dir := t.TempDir()
	acked := map[int]bool{}
	for round := range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SEEDBED_TEST_CHILD="+dir, "SEEDBED_TEST_FROM="+strconv.Itoa(round*3000))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		stop := 1 + rand.IntN(60)
		for n := 0; lines.Scan(); n++ {
			if n == stop {
				// A moment at random within whatever it is doing now.
				time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
				_ = cmd.Process.Signal(syscall.SIGKILL)
			}
			k, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatalf("round %d: the child said %q", round, lines.Text())
			}
			acked[k] = true
		}
		_ = cmd.Wait()
	}
	s := open(t, dir)
	kept := map[string]bool{}
	for _, l := range must(s.Leases()) {
		kept[l.HostName] = true
	}
	for n := range acked {
		if !kept["h"+strconv.Itoa(n)] {
			t.Errorf("lease %d was acknowledged and is lost", n)
		}
	}
	if len(acked) < 100 {
		t.Errorf("only %d were acknowledged: the test tried nothing", len(acked))
	}
	t.Logf("%d acknowledged, %d kept, 20 kills", len(acked), len(kept))
}

func TestAFullDatabaseIsSaidAndServiceGoesOn(t *testing.T) {
	s := open(t, t.TempDir())
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count=%d", pages+4)); err != nil {
		t.Fatal(err)
	}
	fillUp(t, s, func() {
		if _, err := s.write.Exec("PRAGMA max_page_count=1000000"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAFullDiskIsSaidAndServiceGoesOn(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("making a small file system takes root")
	}
	if os.Getenv("SEEDBED_TEST_APART") == "" {
		// Again, in a mount namespace of its own: the host sees no mount.
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), "SEEDBED_TEST_APART=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		switch {
		case err != nil && len(out) == 0:
			t.Skipf("making a mount namespace: %v", err)
		case err != nil:
			t.Errorf("%v\n%s", err, out)
		case strings.Contains(string(out), "--- SKIP"):
			t.Skipf("%s", out)
		}
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	write(t, ballast, make([]byte, 1<<20))
	s := open(t, filepath.Join(dir, "state"))
	fillUp(t, s, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// fillUp writes until the disk is full, makes room and writes on.
func fillUp(t *testing.T, s *Store, makeRoom func()) {
	c := NewCommitter(s)
	defer c.Close()
	good := 0
	var err error
	for n := range 20000 {
		l := given(n)
		l.HostName = strings.Repeat("x", 200)
		if err = c.CommitLeases([]lease.Lease{l}); err != nil {
			break
		}
		good++
	}
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "disk is full") || fault.HintOf(err) == "" {
		t.Fatalf("after %d leases: %v", good, err)
	}
	if n := len(must(s.Leases())); n != good {
		t.Errorf("%d acknowledged, %d kept", good, n)
	}
	const many = 2000
	events := happened(many, "a", 0, install.Sighted)
	for i := range events {
		events[i].Text = strings.Repeat("x", 200)
	}
	if err := s.AppendEvents(events); err != nil {
		t.Errorf("events are held back when the disk is full, not refused: %v", err)
	}
	if err := s.events.flush(); err == nil {
		t.Error("the events found room on a full disk")
	}
	if n := len(must(s.Events(install.Query{}))); n != many {
		t.Errorf("%d of %d events are found while the disk is full", n, many)
	}
	makeRoom()
	if err := s.events.flush(); err != nil {
		t.Errorf("events after making room: %v", err)
	}
	if err := c.CommitLeases([]lease.Lease{given(30000)}); err != nil {
		t.Fatalf("after making room: %v", err)
	}
	if n := len(must(s.Leases())); n != good+1 {
		t.Errorf("%d leases, want %d", n, good+1)
	}
	if n := len(must(s.Events(install.Query{}))); n != many {
		t.Errorf("%d of %d events were written after all", n, many)
	}
}

func BenchmarkCommitter(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c := NewCommitter(s)
	defer c.Close()
	for _, callers := range []int{1, 64} {
		b.Run(strconv.Itoa(callers), func(b *testing.B) {
			b.SetParallelism(callers)
			var mu sync.Mutex
			n := 0
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					mu.Lock()
					n++
					l := given(n % 60000)
					mu.Unlock()
					if err := c.CommitLeases([]lease.Lease{l}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
