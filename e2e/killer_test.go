//go:build e2e && amd64

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/storm"
)

// fileCalls change a file of the server's state, or wait for the disk.
var fileCalls = map[uint64]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync",
	unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_FALLOCATE: "fallocate", unix.SYS_UNLINK: "unlink", unix.SYS_UNLINKAT: "unlinkat",
	unix.SYS_RENAME: "rename", unix.SYS_RENAMEAT: "renameat", unix.SYS_RENAMEAT2: "renameat2",
}

// killer is a debugger that counts such calls over all threads of a server
// (strace counts each thread's own), and kills it as it makes the one with the
// number at, before it takes effect. at 0 only counts.
type killer struct {
	t     *testing.T
	v     *server
	at    int
	count atomic.Int64
	kinds map[string]int // by call; read once the server has ended
	last  string         // the call that it was killed at
}

// launch is server.launch below the killer. The kernel lets only the thread
// that started a tracee trace it.
func (k *killer) launch(flags ...string) {
	k.t.Helper()
	k.kinds = map[string]int{}
	v := k.v
	v.log, v.done = newOutput(), make(chan struct{})
	v.cmd = exec.Command(v.bin, append([]string{"--state", v.state, "-c", v.settings, "serve"}, flags...)...)
	v.cmd.Stderr = v.log
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	cmd, done := v.cmd, v.done
	go func() {
		runtime.LockOSThread() // never unlocked: it ends in another namespace
		ns, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", v.space.tid))
		if err == nil {
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
			ns.Close()
		}
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err != nil {
			return
		}
		k.trace(cmd.Process.Pid)
		_ = cmd.Wait() // it was waited for; the rest of its output is read
		close(done)
	}()
	if err := <-started; err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { _ = cmd.Process.Kill(); <-done })
}

const noThread = 0x20000000 // __WNOTHREAD: this thread's children only

func (k *killer) trace(pid int) {
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, unix.WALL, nil); err != nil {
		return
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
		k.t.Error(err)
	}
	_ = unix.PtraceSyscall(pid, 0)
	inside := map[int]bool{}
	known := map[int]bool{pid: true}
	for {
		tid, err := unix.Wait4(-1, &status, unix.WALL|noThread, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return // all have ended
		case status.Exited() || status.Signaled():
			delete(inside, tid)
			continue
		case !status.Stopped():
			continue
		}
		signal := 0
		switch stop := status.StopSignal(); {
		case stop == unix.SIGTRAP|0x80:
			if inside[tid] = !inside[tid]; inside[tid] {
				k.enter(pid, tid)
			}
		case stop == unix.SIGTRAP: // a clone
		case stop == unix.SIGSTOP && !known[tid]: // a new thread
		default:
			signal = int(stop)
		}
		known[tid] = true
		_ = unix.PtraceSyscall(tid, signal)
	}
}

// enter judges one call before it takes effect.
func (k *killer) enter(pid, tid int) {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &regs) != nil {
		return
	}
	name, ok := fileCalls[regs.Orig_rax]
	if !ok {
		return
	}
	if name == "write" {
		file, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, regs.Rdi))
		if !strings.HasPrefix(file, k.v.state) {
			return
		}
	}
	k.kinds[name]++
	if n := k.count.Add(1); int(n) == k.at {
		k.last = name
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// killRun starts a server below a killer, with what the last one left, lets
// machines boot, and waits until the log of leases has been moved into the
// database, or the server is dead.
func (w *witness) killRun(at int, seed uint64) *killer {
	k := &killer{t: w.t, v: w.v, at: at}
	k.launch("--force")
	select {
	case <-w.v.done:
		return k
	case <-w.serving():
	}
	ctx, stop := context.WithCancel(w.t.Context())
	over := make(chan storm.Result, 1)
	go func() { over <- w.boot(ctx, killMachines, seed, quickly, time.Second) }()
	dead := false
	select {
	case <-over:
		over <- storm.Result{}
	case <-w.v.done:
		dead = true
		time.Sleep(20 * time.Millisecond) // what had left the server before is heard
	}
	stop()
	<-over
	if dead {
		return k
	}
	select {
	case <-w.v.done:
	case <-time.After(killIdle):
		w.v.crash()
	}
	return k
}

const (
	killMachines = 20
	killIdle     = 2500 * time.Millisecond // longer than the log waits before it is moved on
)

// killAtEachCall kills servers at their 1st, 2nd, 3rd ... such call of the
// whole process, from the start through a storm and the idle time after it.
// Each number counts twice: for a first start, which makes the database, and
// for the next one, with what the first has left; then a server that lives
// tells what became of the leases. step 1: at each call from the first on. Two servers at once,
// each in a room with a state of its own, take number after number, until no
// start comes so far.
func killAtEachCall(t *testing.T, first, step int) {
	var turn sync.Mutex
	next, total, highest, rebuilt := first, 0, 0, 0
	killed := map[string]int{}
	number := func() int {
		turn.Lock()
		defer turn.Unlock()
		defer func() { next += step }()
		return next
	}
	note := func(at int, k *killer) {
		turn.Lock()
		defer turn.Unlock()
		killed[k.last]++
		total, highest = total+1, max(highest, at)
	}
	t.Run("rooms", func(t *testing.T) {
		for range 2 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				w := newWitness(t)
				w.rate = 400 // many commits, not one
				acks := 0
				for missed := 0; missed < 3; {
					at := number()
					w.forget()
					missed++
					for range 2 {
						if k := w.killRun(at, 1); k.last != "" {
							note(at, k)
							missed = 0
						}
					}
					w.v.serve(t, "--force")
					w.everyone(killMachines, 2)
					w.v.crash()
					if strings.Contains(w.v.log.String(), "records of leases are missing") {
						turn.Lock()
						rebuilt++
						turn.Unlock()
					}
					if acks += w.heard(); t.Failed() {
						t.Fatalf("killed at call %d", at)
					}
				}
				t.Logf("%d ACKs heard", acks)
			})
		}
	})
	t.Logf("%d kills, up to the %dth call: %v; %d times the state was then rebuilt, as before its first start was over", total, highest, killed, rebuilt)
	if highest < 120 || total*step < 200 || killed["fsync"]+killed["fdatasync"] == 0 || killed["pwrite64"] == 0 {
		t.Error("these are too few")
	}
}

// forget begins anew: no state, and nothing acknowledged.
func (w *witness) forget() {
	w.t.Helper()
	if err := os.RemoveAll(w.v.state); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.held)
	clear(w.user)
	w.acks = 0
}

func TestShortKilledAtEachWriteAndSync(t *testing.T) { killAtEachCall(t, 1, 12) }

func TestKilledAtEachWriteAndSync(t *testing.T) {
	t.Run("odd", func(t *testing.T) { killAtEachCall(t, 1, 2) })
	t.Run("even", func(t *testing.T) { killAtEachCall(t, 2, 2) })
}
