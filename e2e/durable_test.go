//go:build e2e

package e2e

import (
	"context"
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

	"golang.org/x/sys/unix"

	"seedbed/internal/storm"
)

// durable are settings whose leases outlive every test here, so that no
// address may ever change hands.
const durable = `
interfaces: [eth1]
authoritative: true
subnets:
  - network: 10.64.0.0/12
    pools: [10.65.0.1-10.66.255.254]
    dns: [10.64.0.1]
    lease-time: 12h
    max-lease-time: 12h
`

// witness stands at the other end of the server's cable. It believes the
// packets alone: what was acknowledged to whom.
type witness struct {
	t    *testing.T
	v    *server
	yard *space // the other end's
	card *storm.Card
	rate float64 // machines powered on a second; 0: at once

	mu   sync.Mutex
	held map[[6]byte]netip.Addr
	user map[netip.Addr][6]byte
	acks int
	bell chan struct{} // gets a token at an ACK
}

func newWitness(t *testing.T) *witness {
	t.Helper()
	need(t, "ip")
	room, yard := newSpace(t), newSpace(t)
	cable(t, room, "eth1", yard, "c1")
	room.ip(t, "addr add 10.64.0.1/12 dev eth1")
	dir := scratch(t)
	v := &server{t: t, space: room, bin: seedbed(t), dir: dir, state: filepath.Join(dir, "state"), settings: filepath.Join(dir, "seedbed.yaml")}
	v.configure(t, durable)
	w := &witness{t: t, v: v, yard: yard, held: map[[6]byte]netip.Addr{}, user: map[netip.Addr][6]byte{}, bell: make(chan struct{}, 1)}
	if err := yard.do(func() (err error) { w.card, err = storm.Open("c1"); return }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.card.Close() })
	return w
}

// acked judges one ACK.
func (w *witness) acked(mac [6]byte, addr netip.Addr) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acks++
	if old, ok := w.user[addr]; ok && old != mac {
		w.t.Errorf("%s was acknowledged to %x, and then to %x", addr, old, mac)
	}
	if old, ok := w.held[mac]; ok && old != addr {
		w.t.Errorf("%x held %s, which was acknowledged, and was given %s: the lease was lost", mac, old, addr)
	}
	w.held[mac], w.user[addr] = addr, mac
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

func (w *witness) heard() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acks
}

// quickly are timers of machines that cannot wait, for tests that cannot.
var quickly = storm.Manners{Discover: quickTimers, Request: quickTimers}

var quickTimers = storm.Timers{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}

// boot lets the machines of a seed boot until all have an address, the limit
// or ctx.
func (w *witness) boot(ctx context.Context, n int, seed uint64, manners storm.Manners, limit time.Duration) storm.Result {
	w.t.Helper()
	r, err := storm.Run(ctx, w.card, storm.Options{Machines: n, Seed: seed, Rate: w.rate, Manners: manners, Timeout: limit, Acked: w.acked})
	if err != nil && ctx.Err() == nil {
		w.t.Fatal(err)
	}
	return r
}

// everyone lets all seeds' machines boot again: each must be given what it holds.
func (w *witness) everyone(n int, seeds uint64) {
	w.t.Helper()
	for seed := range seeds {
		if r := w.boot(w.t.Context(), n, seed, quickly, 20*time.Second); !r.Good() {
			w.t.Errorf("after all: %+v", r)
		}
	}
}

// stormAndKill starts a server, lets machines boot, and ends with the server
// dead: by itself, which it gives as true, or killed when enough have been
// acknowledged, when all have, or when the time is up.
func (w *witness) stormAndKill(n int, seed uint64, acks int, wait time.Duration) (died bool) {
	w.t.Helper()
	w.v.launch(w.t, "--force")
	ctx, stop := context.WithCancel(w.t.Context())
	over := make(chan storm.Result, 1)
	select {
	case <-w.v.done: // it died while starting, as it was meant to
		stop()
		return true
	case <-w.serving():
	}
	want := w.heard() + acks
	go func() { over <- w.boot(ctx, n, seed, quickly, 3*time.Second) }()
	late := time.After(wait)
	for waiting := true; waiting; {
		select {
		case <-w.v.done:
			waiting, died = false, true
		case <-late:
			waiting = false
		case r := <-over:
			waiting = false
			over <- r
		case <-w.bell:
			waiting = acks == 0 || w.heard() < want
		}
	}
	w.v.crashAll()
	time.Sleep(20 * time.Millisecond) // what had left the server before is heard
	stop()
	<-over
	return died
}

// serving is closed once the server says that it serves, or has ended.
func (w *witness) serving() <-chan struct{} {
	ready := make(chan struct{})
	log, done := w.v.log, w.v.done
	go func() {
		defer close(ready)
		for {
			text, grew := log.look()
			if strings.Contains(text, "msg=serving") {
				return
			}
			select {
			case <-grew:
			case <-done:
				return
			}
		}
	}()
	return ready
}

// crashAll is crash for a server that may run below strace.
func (v *server) crashAll() {
	pid := strconv.Itoa(v.cmd.Process.Pid)
	below, _ := os.ReadFile(filepath.Join("/proc", pid, "task", pid, "children"))
	for _, child := range strings.Fields(string(below)) {
		if n, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
	v.crash()
}

func (w *witness) killAtRandom(times int) {
	const machines, seeds = 40, 50
	luck := rand.New(rand.NewPCG(uint64(times), 3))
	for i := range times {
		acks, wait := 1+luck.IntN(machines), time.Minute
		if i%2 == 1 {
			acks, wait = 0, time.Duration(luck.IntN(60_000))*time.Microsecond
		}
		w.stormAndKill(machines, uint64(i%seeds), acks, wait)
		if w.t.Failed() {
			w.t.Fatalf("after %d kills", i+1)
		}
	}
	w.v.serve(w.t, "--force")
	w.everyone(machines, min(seeds, uint64(times)))
	w.v.crash()
	w.t.Logf("%d kills, %d ACKs heard, %d machines, %d addresses", times, w.heard(), len(w.held), len(w.user))
}

// TestShortKilledServerKeepsItsWord: killed at random, again and again, the
// server loses no lease that it acknowledged, and gives no address twice.
func TestShortKilledServerKeepsItsWord(t *testing.T) { newWitness(t).killAtRandom(25) }

// TestKilledAThousandTimes is the long form. SEEDBED_KILLS is another number,
// for a part of it; each number has its own luck.
func TestKilledAThousandTimes(t *testing.T) {
	times := 1000
	if n, err := strconv.Atoi(os.Getenv("SEEDBED_KILLS")); err == nil {
		times = n
	}
	newWitness(t).killAtRandom(times)
}

// TestShortLeasesOnAFullDisk: no ACK without room for its lease, one line that says so,
// and ACKs again within 5 s once there is room, by the same process.
func TestShortLeasesOnAFullDisk(t *testing.T) {
	w := newWitness(t)
	if err := os.MkdirAll(w.v.state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", w.v.state, "tmpfs", 0, "size=6m"); err != nil {
		t.Skip("needs to mount a tmpfs: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(w.v.state, unix.MNT_DETACH) })
	w.v.serve(t, "--force")
	w.boot(t.Context(), 20, 1, quickly, 5*time.Second)
	big := filepath.Join(w.v.state, "big")
	fill := func() {
		f, err := os.OpenFile(big, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for size := 1 << 20; size > 0; size /= 2 {
			for err == nil {
				_, err = f.Write(make([]byte, size))
			}
			err = nil
		}
	}
	// What the database has set aside may still take some.
	full := false
	for seed := uint64(2); seed < 60 && !full; seed++ {
		fill()
		full = w.boot(t.Context(), 200, seed, quickly, 2*time.Second).Acknowledged == 0
	}
	if !full {
		t.Fatal("ACKs still come from a full disk")
	}
	if n := strings.Count(w.v.log.String(), "a lease could not be written"); n != 1 || !strings.Contains(w.v.log.String(), "the disk is full") {
		t.Errorf("%d lines of errors, want one that says that the disk is full:\n%s", n, tail(w.v.log.String(), 10))
	}
	if err := os.Remove(big); err != nil {
		t.Fatal(err)
	}
	if r := w.boot(t.Context(), 50, 99, quickly, 5*time.Second); !r.Good() {
		t.Errorf("5 s after there is room: %+v", r)
	}
	w.restartAndAskAll()
}

// restartAndAskAll kills the server, and lets every machine that was
// acknowledged boot at the next one.
func (w *witness) restartAndAskAll() {
	w.t.Helper()
	w.v.crash()
	w.v.serve(w.t, "--force")
	seeds := map[uint64]int{}
	for mac := range w.held {
		seeds[uint64(mac[1])] = max(seeds[uint64(mac[1])], int(mac[4])<<8|int(mac[5]))
	}
	for seed, n := range seeds {
		if r := w.boot(w.t.Context(), n, seed, quickly, 10*time.Second); !r.Good() {
			w.t.Errorf("after a restart: %+v", r)
		}
	}
	w.t.Logf("%d ACKs heard, %d machines, %d addresses", w.heard(), len(w.held), len(w.user))
}

// disturb lets strace change the outcome of the server's calls, until the
// function it gives is called.
func (w *witness) disturb(inject string) (end func()) {
	w.t.Helper()
	need(w.t, "strace")
	out := newOutput()
	cmd := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,write,pwrite64", "-e", "inject="+inject, "-p", strconv.Itoa(w.v.cmd.Process.Pid))
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	within(w.t, 10*time.Second, func() (bool, string) { return strings.Contains(out.String(), "attached"), out.String() })
	return sync.OnceFunc(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
}

// TestShortDiskErrors: while every sync fails, nobody is acknowledged; once
// the disk is well, all are within 5 s, by the same process.
func TestShortDiskErrors(t *testing.T) { diskErrors(t, "fsync,fdatasync:error=EIO") }

// TestShortWriteErrors: the same while every write to a file at an offset
// fails, which are the database's and the log of leases'.
func TestShortWriteErrors(t *testing.T) { diskErrors(t, "pwrite64:error=EIO") }

func diskErrors(t *testing.T, inject string) {
	w := newWitness(t)
	w.v.serve(t, "--force")
	w.boot(t.Context(), 20, 1, quickly, 5*time.Second)
	end := w.disturb(inject)
	defer end()
	if r := w.boot(t.Context(), 50, 2, quickly, 3*time.Second); r.Acknowledged != 0 {
		t.Errorf("while the disk gives errors: %+v", r)
	}
	if n := strings.Count(w.v.log.String(), "a lease could not be written"); n != 1 || !strings.Contains(w.v.log.String(), "the disk gave an error") {
		t.Errorf("%d lines of errors, want one that says that the disk gave one:\n%s", n, tail(w.v.log.String(), 10))
	}
	end()
	if r := w.boot(t.Context(), 50, 2, quickly, 5*time.Second); !r.Good() {
		t.Errorf("5 s after the disk is well: %+v", r)
	}
	w.restartAndAskAll()
}

// TestShortSlowDisk: with two seconds a sync, no ACK comes before its sync
// has ended, and all come before a ROM sends its last try, 28 s after its first
// (PXE 2.1: 4 + 8 + 16 s).
func TestShortSlowDisk(t *testing.T) {
	w := newWitness(t)
	w.v.serve(t, "--force")
	end := w.disturb("fsync,fdatasync:delay_enter=2s")
	defer end()
	if r := w.boot(t.Context(), 200, 1, storm.EDK2, 32*time.Second); !r.Good() || r.Median < 6000 || r.Restarts > 0 {
		t.Errorf("%+v", r)
	}
	end()
	w.restartAndAskAll()
}
