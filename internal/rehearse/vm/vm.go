package vm

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

// Hardware is what a virtual machine is made of.
type Hardware struct {
	Dir      string // of its files, and of a picture while it is converted
	Firmware Firmware
	Accel    string // kvm or tcg
	Memory   int    // MiB
	CPUs     int
	Disks    []string // raw files
	Vars     string   // UEFI variables, writable; "" with BIOS
	Code     string   // UEFI code
	MACs     []string // of the network cards; the first one boots
	UUID     string

	// Kernel, when set, is started directly, without firmware's boot order:
	// only the accelerator's trial does so.
	Kernel, Append string
}

// Guest is one running virtual machine.
type Guest struct {
	cmd    *exec.Cmd
	qmp    *qmp
	dir    string
	done   chan struct{} // closed when QEMU has ended
	err    error         // valid then
	stderr *tail
}

// firstCard is the file descriptor of the first network card in the child;
// 3 is QMP's, so that no path or port is left behind whatever happens.
const firstCard = 4

// args are QEMU's.
func (h Hardware) args() []string {
	a := append(h.board(), "-nodefaults", "-no-user-config", "-name", "seedbed-rehearsal",
		"-smp", strconv.Itoa(h.CPUs), "-m", strconv.Itoa(h.Memory), "-display", "none",
		"-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
		"-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control",
		"-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
		"-no-reboot", "-rtc", "base=utc")
	if h.UUID != "" {
		a = append(a, "-uuid", h.UUID)
	}
	boot := 1
	for i, mac := range h.MACs {
		a = append(a, "-netdev", fmt.Sprintf("socket,id=net%d,fd=%d", i, firstCard+i))
		card := fmt.Sprintf("virtio-net-pci,netdev=net%d,mac=%s", i, mac)
		if i == 0 {
			card += fmt.Sprintf(",bootindex=%d", boot)
			boot++
		}
		if h.Firmware != BIOS || i > 0 {
			card += ",romfile=" // the firmware's own driver and network boot, not the card's iPXE
		}
		a = append(a, "-device", card)
	}
	for i, file := range h.Disks {
		a = append(a, "-drive", fmt.Sprintf("if=none,id=disk%d,format=raw,cache=unsafe,file=%s", i, file),
			"-device", fmt.Sprintf("virtio-blk-pci,drive=disk%d,bootindex=%d", i, boot))
		boot++
	}
	if h.Code != "" {
		a = append(a, "-drive", "if=pflash,unit=0,format=raw,readonly=on,file="+h.Code, "-drive", "if=pflash,unit=1,format=raw,file="+h.Vars)
	}
	if h.Kernel != "" {
		a = append(a, "-kernel", h.Kernel, "-append", h.Append)
	}
	return a
}

// board is the machine's type, processor and screen.
func (h Hardware) board() []string {
	machine, cpu, accel := "q35", "qemu64", "tcg,thread=multi,tb-size=512"
	screen := []string{"-vga", "std"}
	if h.Firmware == ARM64 {
		machine, cpu, screen = "virt,gic-version=3", "cortex-a57", []string{"-device", "virtio-gpu-pci"}
	}
	if h.Accel == "kvm" {
		cpu, accel = "host", "kvm"
	}
	var more []string
	switch h.Firmware {
	case SecureBoot: // its variables may be written from system management mode only
		machine += ",smm=on"
		more = []string{"-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"}
	case UEFIHTTP: // OVMF tries PXE before HTTP Boot, and would find it
		more = []string{"-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n", "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"}
	}
	return append(append([]string{"-machine", machine, "-accel", accel, "-cpu", cpu}, screen...), more...)
}

// Start runs QEMU; cards are the wires of its network cards. The machine ends
// with ctx, and with this process however that ends.
func Start(ctx context.Context, h Hardware, cards []*os.File, c *Console) (*Guest, error) {
	bin, err := findQEMU(h.Firmware)
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
	v := &Guest{dir: h.Dir, done: make(chan struct{}), stderr: &tail{}}
	v.cmd = exec.Command(bin, h.args()...)
	v.cmd.Env = append(os.Environ(), "TMPDIR="+os.TempDir())
	v.cmd.ExtraFiles = append([]*os.File{theirs}, cards...)
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
		v.Kill()
		return nil, fault.Wrap(errors.New(v.stderr.String()), fault.Unavailable, "", "starting the virtual machine")
	}
	return v, nil
}

// Done is closed when the machine has ended.
func (g *Guest) Done() <-chan struct{} { return g.done }

// Broken is closed when QEMU stopped the machine with an internal error.
func (g *Guest) Broken() <-chan struct{} { return g.qmp.broken }

// run starts QEMU and waits for it on one thread: the kernel sends the
// parent-death signal when the starting thread ends, not the process.
func (g *Guest) run(started chan<- error, stdin io.Closer, conn net.Conn) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := g.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	g.err = g.cmd.Wait()
	stdin.Close()
	conn.Close()
	close(g.done)
}

// Kill ends QEMU and waits for its end.
func (g *Guest) Kill() {
	g.cmd.Process.Kill()
	<-g.done
}

// Stop presses the power button, and ends QEMU when that takes too long.
func (g *Guest) Stop(patience time.Duration) {
	g.qmp.powerdown()
	select {
	case <-g.done:
	case <-time.After(patience):
		g.Kill()
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
