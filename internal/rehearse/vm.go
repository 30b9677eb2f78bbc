package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// hardware is what a virtual machine is made of.
type hardware struct {
	Firmware Firmware
	Accel    string // kvm or tcg
	Memory   int    // MiB
	CPUs     int
	Disk     string // a raw file
	Vars     string // UEFI variables, writable; "" with BIOS
	Code     string // UEFI code
	MAC      string
	UUID     string

	// Kernel, when set, is started directly, without firmware's boot order:
	// only the accelerator's trial does so.
	Kernel, Append string
}

// vm is one running virtual machine.
type vm struct {
	cmd     *exec.Cmd
	qmp     *qmp
	console *console
	done    chan struct{} // closed when QEMU has ended
	err     error         // valid then
	stderr  *tail
}

func findQEMU() (string, error) {
	for _, name := range []string{"qemu-system-x86_64", "qemu-kvm", "/usr/libexec/qemu-kvm"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", fault.New(fault.Unavailable, "install it: apt-get install qemu-system-x86 (Debian, Ubuntu) or qemu-kvm (Fedora)", "QEMU is not on this host")
}

// args are QEMU's. The network is file descriptor 3 and QMP is 4 in the child,
// so that no path or port is left behind whatever happens.
func (h hardware) args(net bool) []string {
	cpu := "qemu64"
	accel := "tcg,thread=multi,tb-size=512"
	if h.Accel == "kvm" {
		cpu, accel = "host", "kvm"
	}
	a := []string{"-nodefaults", "-no-user-config", "-name", "seedbed-rehearsal", "-machine", "q35", "-accel", accel, "-cpu", cpu,
		"-smp", strconv.Itoa(h.CPUs), "-m", strconv.Itoa(h.Memory), "-display", "none", "-vga", "std",
		"-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
		"-chardev", "socket,id=qmp,fd=4", "-mon", "chardev=qmp,mode=control",
		"-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
		"-no-reboot", "-rtc", "base=utc"}
	if h.UUID != "" {
		a = append(a, "-uuid", h.UUID)
	}
	if net {
		a = append(a, "-netdev", "socket,id=net,fd=3")
		card := "virtio-net-pci,netdev=net,bootindex=1,mac=" + h.MAC
		if h.Firmware != BIOS {
			card += ",romfile=" // the firmware's own driver and network boot, not the card's iPXE
		}
		a = append(a, "-device", card)
	}
	if h.Disk != "" {
		a = append(a, "-drive", "if=none,id=disk,format=raw,cache=unsafe,file="+h.Disk, "-device", "virtio-blk-pci,drive=disk,bootindex=2")
	}
	if h.Code != "" {
		a = append(a, "-drive", "if=pflash,format=raw,readonly=on,file="+h.Code, "-drive", "if=pflash,format=raw,file="+h.Vars)
	}
	if h.Kernel != "" {
		a = append(a, "-kernel", h.Kernel, "-append", h.Append)
	}
	return a
}

// start runs QEMU with the network on file netFile (nil: none). The machine
// ends with ctx, and with this process however that ends.
func start(ctx context.Context, h hardware, netFile *os.File, c *console) (*vm, error) {
	bin, err := findQEMU()
	if err != nil {
		return nil, err
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making QEMU's control socket: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "qmp")
	defer theirs.Close()
	mine := os.NewFile(uintptr(fds[0]), "qmp")
	conn, err := net.FileConn(mine)
	mine.Close()
	if err != nil {
		return nil, fmt.Errorf("making QEMU's control socket: %w", err)
	}
	spare, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer spare.Close()
	if netFile == nil {
		netFile = spare
	}
	v := &vm{console: c, done: make(chan struct{}), stderr: &tail{}}
	v.cmd = exec.Command(bin, h.args(netFile != spare)...)
	v.cmd.Env = append(os.Environ(), "TMPDIR="+os.TempDir())
	v.cmd.ExtraFiles = []*os.File{netFile, theirs}
	v.cmd.Stdout, v.cmd.Stderr = c, v.stderr
	stdin, err := v.cmd.StdinPipe() // held open: an end of file would end the serial line
	if err != nil {
		return nil, err
	}
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go v.run(started, stdin, conn)
	if err := <-started; err != nil {
		conn.Close()
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(bin), err)
	}
	context.AfterFunc(ctx, func() { v.cmd.Process.Kill() })
	if v.qmp, err = newQMP(conn); err != nil {
		v.kill()
		return nil, fault.Wrap(errors.New(v.stderr.String()), fault.Unavailable, "", "starting the virtual machine")
	}
	return v, nil
}

// run starts QEMU and waits for it on one thread: the kernel sends the
// parent-death signal when the starting thread ends, not the process.
func (v *vm) run(started chan<- error, stdin io.Closer, conn net.Conn) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := v.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	v.err = v.cmd.Wait()
	stdin.Close()
	conn.Close()
	close(v.done)
}

// kill ends QEMU and waits for its end.
func (v *vm) kill() {
	v.cmd.Process.Kill()
	<-v.done
}

// stop presses the power button, and ends QEMU when that takes too long.
func (v *vm) stop(patience time.Duration) {
	v.qmp.powerdown()
	select {
	case <-v.done:
	case <-time.After(patience):
		v.kill()
	}
}

// tail keeps the last 4 KiB written to it.
type tail struct{ b []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if over := len(t.b) - 4096; over > 0 {
		t.b = t.b[over:]
	}
	return len(b), nil
}

func (t *tail) String() string { return strings.TrimSpace(string(t.b)) }
