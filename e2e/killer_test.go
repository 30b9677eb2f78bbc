//go:build e2e && amd64

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
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

// killAtEachCall kills the server at the 1st, 2nd, 3rd ... such call of the
// whole process, from its start with what the last one left, through a storm,
// until the log of leases has been moved into the database. step 1: at each.
func killAtEachCall(t *testing.T, step int) {
	w := newWitness(t)
	const machines = 20
	w.rate = 400 // many commits, not one
	// Idle for longer than the log waits before it is moved on.
	const idle = 2500 * time.Millisecond
	run := func(at int, seed uint64) *killer {
		k := &killer{t: t, v: w.v, at: at}
		k.launch("--force")
		select {
		case <-w.v.done:
			return k
		case <-w.serving():
		}
		over := make(chan storm.Result, 1)
		go func() { over <- w.boot(t.Context(), machines, seed, quickly, time.Second) }()
		<-over
		select {
		case <-w.v.done:
		case <-time.After(idle):
			w.v.crash()
		}
		return k
	}
	whole := run(0, 0)
	calls := int(whole.count.Load())
	t.Logf("a whole run makes %d calls: %v", calls, whole.kinds)
	if calls < 20 || whole.kinds["fdatasync"]+whole.kinds["fsync"] < 5 {
		t.Fatal("too few: nothing is traced")
	}
	killed, total := map[string]int{}, 0
	for at := 1; at <= calls; at += step {
		k := run(at, uint64(at%10))
		if k.last != "" {
			killed[k.last]++
			total++
		}
		if t.Failed() {
			t.Fatalf("killed at call %d, %s", at, k.last)
		}
	}
	w.rate = 0
	w.v.serve(t, "--force")
	w.everyone(machines, min(10, uint64(calls)))
	w.v.crash()
	t.Logf("%d kills, each at another call of %d: %v; %d ACKs heard, %d machines, %d addresses", total, calls, killed, w.heard(), len(w.held), len(w.user))
	if total*step < calls/2 {
		t.Errorf("only %d kills came", total)
	}
}

func TestShortKilledAtEachWriteAndSync(t *testing.T) { killAtEachCall(t, 12) }
func TestKilledAtEachWriteAndSync(t *testing.T)      { killAtEachCall(t, 1) }
