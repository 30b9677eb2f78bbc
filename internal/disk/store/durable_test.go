package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/netip"
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
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// TestMain also plays the server that is killed: a Book over the store gives
// addresses to machines that ask at once, and a line "ADDRESS MAC" is printed
// only when that one is acknowledged.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SEEDBED_TEST_CHILD"); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

const (
	playedAtOnce  = 8    // machines
	playedInRound = 4000 // at most
)

type starter struct {
	*Store
	c *Committer
}

func (s starter) CommitLeases(l []lease.Lease) error { return s.c.CommitLeases(l) }
func (s starter) StartCommit(l []lease.Lease, then func(error)) bool {
	return s.c.StartCommit(l, then)
}

func child(dir string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "open:", err) // the disk may be made to fail
		os.Exit(1)
	}
	old, err := s.Leases()
	if err != nil {
		fmt.Fprintln(os.Stderr, "leases:", err)
		os.Exit(1)
	}
	round, _ := strconv.Atoi(os.Getenv("SEEDBED_TEST_ROUND"))
	c := newCommitter(s)
	number := 0
	at := func(when string) func() {
		n, _ := strconv.Atoi(os.Getenv("SEEDBED_TEST_KILL_" + when))
		return func() {
			if when == "BEFORE" {
				number++
			}
			if n > 0 && number == n {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	}
	c.before, c.after = at("BEFORE"), at("AFTER")
	go c.run()
	book := lease.New(lease.Config{Store: starter{s, c}, Subnets: []lease.Subnet{{Network: netip.MustParsePrefix("10.0.0.0/14"),
		Pools: []lease.Range{{First: netip.MustParseAddr("10.0.0.1"), Last: netip.MustParseAddr("10.3.255.254")}}}}}, old)
	var wg sync.WaitGroup
	for g := range playedAtOnce {
		wg.Go(func() {
			for n := g; n < playedInRound; n += playedAtOnce {
				mac := machine.MAC{2, 0, byte(round >> 8), byte(round), byte(n >> 8), byte(n)}
				// Leases that outlast the test.
				a := lease.Ask{At: t0, Link: netip.MustParseAddr("10.0.0.1"), MAC: mac}
				a.Requested = book.Offer(a).Lease.Address
				said := make(chan lease.Verdict, 1)
				book.RequestThen(a, lease.Selecting, func(v lease.Verdict, _ bool) { said <- v })
				if v := <-said; v.Word == lease.Ack {
					fmt.Println(v.Lease.Address, mac) // one write: a line is there whole or not at all
				} else if v.Err == nil {
					fmt.Println("refused:", v.Why)
					os.Exit(1)
				}
			}
		})
	}
	wg.Wait()
	time.Sleep(time.Hour) // until killed
}

// killed is what the children of a test were heard to acknowledge.
type killed struct {
	dir   string
	round int
	acked map[string]string // MAC by address
}

// play starts a child, by that command line if there is one, and kills it
// after about so many acknowledgements, if it has not ended by then.
func (k *killed) play(t *testing.T, acks int, by []string, env ...string) {
	t.Helper()
	line := append(by, os.Args[0])
	cmd := exec.Command(line[0], line[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	k.round++
	cmd.Env = append(os.Environ(), append(env, "SEEDBED_TEST_CHILD="+k.dir, "SEEDBED_TEST_ROUND="+strconv.Itoa(k.round))...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A child whose disk has gone acknowledges nothing more.
	last := time.AfterFunc(5*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer last.Stop()
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == acks {
			// A moment at random within whatever it is doing now.
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		addr, mac, _ := strings.Cut(lines.Text(), " ")
		if _, err := netip.ParseAddr(addr); err != nil {
			t.Fatalf("round %d: the child said %q", k.round, lines.Text())
		}
		if other, taken := k.acked[addr]; taken && other != mac {
			t.Errorf("round %d: %s was acknowledged to %s and to %s", k.round, addr, other, mac)
		}
		k.acked[addr] = mac
	}
	_ = cmd.Wait()
}

// check finds all that was acknowledged on the disk.
func (k *killed) check(t *testing.T, what string) {
	t.Helper()
	s := open(t, k.dir)
	kept := map[string]string{}
	for _, l := range must(s.Leases()) {
		kept[l.Address.String()] = l.MAC.String()
	}
	for addr, mac := range k.acked {
		if kept[addr] != mac {
			t.Errorf("%s was acknowledged to %s, and the disk says %q", addr, mac, kept[addr])
		}
	}
	t.Logf("%s: %d rounds, %d acknowledged, %d kept", what, k.round, len(k.acked), len(kept))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// kills is how many times to kill: few, unless SEEDBED_KILLS says how many.
func kills(few int) int {
	if n, err := strconv.Atoi(os.Getenv("SEEDBED_KILLS")); err == nil {
		return n
	}
	return few
}

func TestAnAcknowledgedLeaseOutlivesAKill(t *testing.T) {
	k := killed{dir: t.TempDir(), acked: map[string]string{}}
	for range kills(20) {
		k.play(t, 1+rand.IntN(150), nil)
	}
	k.check(t, "killed at random")
	if len(k.acked) < 100 {
		t.Errorf("only %d were acknowledged: the test tried nothing", len(k.acked))
	}
}

func TestAKillBeforeAndAfterEachCommit(t *testing.T) {
	k := killed{dir: t.TempDir(), acked: map[string]string{}}
	for n := 1; n <= min(kills(6), 60); n++ {
		for _, when := range []string{"BEFORE", "AFTER"} {
			k.play(t, -1, nil, "SEEDBED_TEST_KILL_"+when+"="+strconv.Itoa(n))
		}
	}
	k.check(t, "killed before and after each commit")
}

// TestEachWriteAndEachSyncFails takes strace, and minutes.
func TestEachWriteAndEachSyncFails(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil || os.Getenv("SEEDBED_KILLS") == "" {
		t.Skip("it takes strace, and SEEDBED_KILLS set")
	}
	k := killed{dir: t.TempDir(), acked: map[string]string{}}
	for _, call := range []string{"pwrite64", "fsync", "fdatasync"} {
		for _, fate := range []string{"signal=SIGKILL", "error=EIO", "error=ENOSPC"} {
			for n := 1; n <= min(kills(0), 20); n++ {
				when := strconv.Itoa(n)
				if fate != "signal=SIGKILL" && n%2 == 0 {
					when += "+" // from then on always
				}
				k.play(t, 60, []string{strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + call + ":" + fate + ":when=" + when})
			}
			k.check(t, call+" "+fate)
		}
	}
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
