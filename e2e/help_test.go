//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain removes what all tests share, when the last one has ended.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range []string{built.dir, shared.state} {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

var built struct {
	sync.Once
	dir, path string
	err       error
}

// seedbed is the program under test: SEEDBED_BIN (relative to the root of the
// tree), or one built once for all tests as make build does.
func seedbed(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if p := os.Getenv("SEEDBED_BIN"); p != "" {
			if !filepath.IsAbs(p) {
				p = filepath.Join("..", p)
			}
			if built.path, built.err = filepath.Abs(p); built.err == nil {
				_, built.err = os.Stat(built.path)
			}
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "seedbed-bin-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "seedbed")
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built.path, "../cmd/seedbed")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the program: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// testISO is the install medium, when this machine has one.
func testISO() (string, bool) {
	p := os.Getenv("SEEDBED_TEST_ISO")
	if p == "" {
		p = filepath.Join(cache(), "debian-offline.iso")
	}
	_, err := os.Stat(p)
	return p, err == nil
}

// scratch is a directory with a short name (sockets' paths are at most 107
// bytes), gone after the test.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// write puts text into dir/name, making directories, and gives the path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// kernelText is what lies in the fake netboot tree as kernel: the head of a
// 64-bit bzImage that names its release, then a pattern that tells offsets.
func kernelText() string {
	b := make([]byte, 0x3000)
	copy(b[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(b[0x206:], 0x20f)
	binary.LittleEndian.PutUint16(b[0x20e:], 0x2000-0x200)
	b[0x236] = 0x7f
	copy(b[0x2000:], "6.12.117+deb13-amd64 (buildd@here) #1 SMP\x00")
	for i := 0; i < 100000; i++ {
		b = binary.BigEndian.AppendUint32(b, uint32(i))
	}
	return string(b)
}

// netbootTree is a small Debian netboot tree: nothing in it can be booted, but
// all of it is recognised and served. What lies in it as loaders is a trap:
// PXELINUX has to come from the host, whole with its modules.
func netbootTree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(scratch(t), "tree")
	write(t, dir, "version.info", "Debian version:  13 (trixie)\nInstaller build: 20250803+deb13u8\n")
	write(t, dir, "debian-installer/amd64/linux", kernelText())
	write(t, dir, "debian-installer/amd64/initrd.gz", "an initrd")
	write(t, dir, "debian-installer/amd64/boot-screens/ldlinux.c32", "not the host's")
	write(t, dir, "debian-installer/amd64/pxelinux.0", "not the host's")
	write(t, dir, "debian-installer/amd64/bootnetx64.efi", "a shim")
	write(t, dir, "debian-installer/amd64/grubx64.efi", "a GRUB")
	write(t, dir, "debian-installer/amd64/grub/x86_64-efi/http.mod", "a module")
	return dir
}

// space is a network namespace. It lives in one thread and is gone, with every
// program started in it, when the test or this process ends.
type space struct {
	tid  int
	work chan func()
}

// newSpace makes a namespace with its loopback up.
func newSpace(t *testing.T) *space {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make network namespaces")
	}
	s := &space{work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with us
		err := unix.Unshare(unix.CLONE_NEWNET)
		s.tid = unix.Gettid()
		ready <- err
		for f := range s.work {
			f()
		}
	}()
	if err := <-ready; err != nil {
		t.Skipf("a network namespace cannot be made here: %v", err)
	}
	t.Cleanup(func() { close(s.work) })
	s.ip(t, "link set lo up")
	return s
}

// do runs f in the namespace.
func (s *space) do(f func() error) error {
	done := make(chan error)
	s.work <- func() { done <- f() }
	return <-done
}

// ip runs lines of ip(8).
func (s *space) ip(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		s.run(t, "ip", strings.Fields(line)...)
	}
}

// run runs a program to its end and gives standard output; another exit code
// than 0 ends the test.
func (s *space) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, errs, err := s.try(t, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs)
	}
	return out
}

// try is run for programs that may fail; they are ended after a minute.
func (s *space) try(t *testing.T, name string, args ...string) (out, errs string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err = s.start(cmd); err == nil {
		err = cmd.Wait()
	}
	return o.String(), e.String(), err
}

// start starts a program that the kernel ends with the namespace's thread at
// the latest.
func (s *space) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return s.do(cmd.Start)
}

// cable joins interface ai of a with bi of b, and brings both up.
func cable(t *testing.T, a *space, ai string, b *space, bi string) {
	t.Helper()
	a.ip(t, fmt.Sprintf("link add %s type veth peer name %s netns %d", ai, bi, b.tid), "link set "+ai+" up")
	b.ip(t, "link set "+bi+" up")
}

// need skips the test when a program is not on this host (tools/setup e2e
// installs them all).
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("needs %s: run tools/setup e2e", p)
		}
	}
}

// within asks again and again until ok says yes, and ends the test at the
// deadline with what it last said.
func within(t *testing.T, limit time.Duration, ok func() (bool, string)) {
	t.Helper()
	end := time.Now().Add(limit)
	for {
		good, said := ok()
		if good {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, said)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
