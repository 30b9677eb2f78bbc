package store

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// crowded is the n-th of millions.
func crowded(n int) lease.Lease {
	l := lease.Lease{Subnet: netip.MustParsePrefix("10.0.0.0/8"), State: lease.Active, Start: t0, Expires: t0.Add(time.Hour), MAC: machine.MAC{2, 0xfe}}
	binary.BigEndian.PutUint32(l.MAC[2:], uint32(n)*2654435761)
	l.ClientID = append([]byte{1}, l.MAC[:]...)
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 10<<24+uint32(n))
	l.Address = netip.AddrFrom4(a)
	return l
}

// crowdIn commits n leases from the first on, in entries of that many.
func crowdIn(t *testing.T, s *Store, first, n, entry int) {
	t.Helper()
	for i := first; i < first+n; i += entry {
		var some []lease.Lease
		for k := range entry {
			some = append(some, crowded(i+k))
		}
		if err := s.CommitLeases(some); err != nil {
			t.Fatal(err)
		}
	}
}

// underLoad is what many commits cost.
type underLoad struct {
	commits, folds     int // folds: commits with at least one between them and the one before
	took, longest, cpu time.Duration
	writes             int // system calls
}

// load commits that many rounds of 64 leases, one after the other, as the
// reader of a port does, and more for up to ten seconds until so many parts of
// the log have been moved.
func load(t *testing.T, s *Store, rounds, folds int) (u underLoad) {
	t.Helper()
	c := NewCommitter(s)
	defer c.Close()
	var next time.Time
	c.before = func() {
		if c.nextFold != next {
			if time.Now().Before(next) {
				t.Errorf("a part of the log was moved before it may be")
			}
			u.folds, next = u.folds+1, c.nextFold
		}
	}
	cpu, writes := spent(), writeCalls()
	begun := time.Now()
	for i := 0; i < rounds || u.folds < folds && time.Since(begun) < 10*time.Second; i++ {
		u.commits++
		at := time.Now()
		var done sync.WaitGroup
		c.Together(func() {
			for k := range 64 {
				done.Add(1)
				if !c.StartCommit([]lease.Lease{crowded(i*64 + k)}, func(err error) {
					if err != nil {
						t.Error(err)
					}
					done.Done()
				}) {
					t.Error("no place to wait")
					done.Done()
				}
			}
		})
		done.Wait()
		u.longest = max(u.longest, time.Since(at))
	}
	u.took, u.cpu = time.Since(begun), spent()-cpu
	u.writes = writeCalls() - writes
	return u
}

// writeCalls is how many write and pwrite64 this process has made; 0: unknown.
func writeCalls() (n int) {
	b, _ := os.ReadFile("/proc/self/io")
	if _, after, ok := strings.Cut(string(b), "syscw: "); ok {
		_, _ = fmt.Sscan(after, &n)
	}
	return n
}

func spent() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// TestAFullLogIsMovedOnUnderLoad: however many commits come, the next part of
// the log is due soon, not once they have ended.
func TestAFullLogIsMovedOnUnderLoad(t *testing.T) {
	s := open(t, t.TempDir())
	c := newCommitter(s) // its clock does not run
	crowdIn(t, s, 0, 2048, 64)
	c.logged = logFull + 2048
	if due := c.work(); due > foldPace {
		t.Errorf("after commits a part of the log is due in %v", due)
	}
	c.last = time.Now()
	due := c.tidy()
	if c.logged != logFull+2048-foldOnce {
		t.Errorf("%d leases were moved, want %d", logFull+2048-c.logged, foldOnce)
	}
	if due > time.Until(c.nextFold)+time.Second || due <= 0 {
		t.Errorf("the next part is due in %v", due)
	}
	for range 100 {
		c.work()
		c.last = time.Now()
		c.nextFold = c.last.Add(time.Hour)
		c.tidy()
	}
	if c.logged != logFull+2048-foldOnce {
		t.Errorf("%d leases were moved before they were due", logFull+2048-foldOnce-c.logged)
	}
}

// TestAFullLogHoldsNobodyUp: with more leases in the log than it should hold,
// commits go on, and parts of the log are not moved more often than one in
// foldPace. SEEDBED_LEASES is how many leases the table has; it then takes minutes.
func TestAFullLogHoldsNobodyUp(t *testing.T) {
	rounds, table := 400, 0
	if n, err := strconv.Atoi(os.Getenv("SEEDBED_LEASES")); err == nil {
		rounds, table = 2000, n
	}
	s := open(t, t.TempDir())
	crowdIn(t, s, 0, table, 8192)
	for table > 0 {
		if n := must(s.fold(100_000)); n == 0 {
			break
		}
	}
	empty := load(t, s, rounds, 0)
	// The oldest are moved first: entries of the size of a round.
	crowdIn(t, s, 0, rounds*64, 64)
	crowdIn(t, s, 0, logFull, 8192)
	full := load(t, s, rounds, 1)
	for _, u := range []underLoad{empty, full} {
		per := u.cpu / time.Duration(u.commits*64)
		t.Logf("%+v: %v and %.2f writes a lease", u, per, float64(u.writes)/float64(u.commits*64))
	}
	if full.folds == 0 {
		t.Error("the log is full, and nothing was moved")
	}
	if most := int(full.took/foldPace) + 1; full.folds > most {
		t.Errorf("%d parts of the log were moved in %v, more than one in %v", full.folds, full.took, foldPace)
	}
}
