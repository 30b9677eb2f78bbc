//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// pseudo is a terminal of our own: what a program draws, and keys for it.
type pseudo struct {
	t       *testing.T
	ptm, tt *os.File
	mu      sync.Mutex
	b       bytes.Buffer
}

func newPseudo(t *testing.T, width, height uint16) *pseudo {
	t.Helper()
	ptm, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	n, err := unix.IoctlGetInt(int(ptm.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(ptm.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	tt, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	p := &pseudo{t: t, ptm: ptm, tt: tt}
	p.resize(width, height)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := ptm.Read(buf)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.b.Write(buf[:n])
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() { tt.Close(); ptm.Close() })
	return p
}

func (p *pseudo) resize(width, height uint16) {
	p.t.Helper()
	if err := unix.IoctlSetWinsize(int(p.ptm.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		p.t.Fatal(err)
	}
}

// drawn forgets what was drawn so far, and gives the next whole screen.
func (p *pseudo) drawn() []string {
	p.t.Helper()
	p.mu.Lock()
	p.b.Reset()
	p.mu.Unlock()
	var text string
	within(p.t, 10*time.Second, func() (bool, string) {
		p.mu.Lock()
		text = p.b.String()
		p.mu.Unlock()
		from := strings.Index(text, "\x1b[H")
		if from < 0 {
			return false, fmt.Sprintf("%q", text)
		}
		to := strings.Index(text[from:], "\x1b[J")
		if to < 0 {
			return false, fmt.Sprintf("%q", text)
		}
		text = text[from+3 : from+to]
		return true, ""
	})
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\x1b[K", ""), "\r", "") // the terminal adds one to each line's end
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

var control = regexp.MustCompile(`[\x00-\x1f\x7f]`)

// TestShortWatchOnATerminal: 200 machines on wide, narrow and changing
// terminals; Ctrl-C gives the terminal back.
func TestShortWatchOnATerminal(t *testing.T) {
	room, _ := classicNet(t)
	settings := again + "  - {name: a-name-that-is-longer-than-any-column-of-a-table, mac: \"02:00:00:00:01:00\", profile: debian}\n"
	for i := range 198 {
		settings += fmt.Sprintf("  - {name: m%03d, mac: \"02:00:00:00:00:%02x\", profile: debian}\n", i, i)
	}
	v := newServer(t, room, netbootTree(t), settings)
	v.serve(t, "--force")
	for _, name := range []string{"node1", "m007", "a-name-that-is-longer-than-any-column-of-a-table"} {
		v.cli(t, "install", name)
	}
	p := newPseudo(t, 80, 24)
	before, err := unix.IoctlGetTermios(int(p.tt.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(v.bin, "--state", v.state, "watch")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.tt, p.tt, p.tt
	if err := room.do(func() error {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
		return cmd.Start()
	}); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	for _, size := range []struct{ width, height uint16 }{{80, 24}, {40, 10}, {200, 60}, {20, 3}, {80, 24}} {
		start := time.Now()
		p.resize(size.width, size.height)
		var lines []string
		within(t, 5*time.Second, func() (bool, string) {
			lines = p.drawn()
			return len(lines) == int(size.height)-1, fmt.Sprintf("%d lines of %d: %q", len(lines), size.height, lines)
		})
		t.Logf("%dx%d: drawn %s after the change", size.width, size.height, time.Since(start).Round(10*time.Millisecond))
		for _, l := range lines {
			if n := utf8.RuneCountInString(l); n > int(size.width) || control.MatchString(l) {
				t.Errorf("%dx%d: %d cells in %q", size.width, size.height, n, l)
			}
		}
		text := strings.Join(lines, "\n")
		if !strings.Contains(text, "200 machines") || size.height >= 10 && !(strings.Contains(text, "node1") && strings.Contains(text, "more")) {
			t.Errorf("%dx%d:\n%s", size.width, size.height, text)
		}
	}
	p.mu.Lock()
	p.b.Reset()
	p.mu.Unlock()
	p.ptm.Write([]byte{3}) // Ctrl-C, as the terminal passes it on
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after Ctrl-C: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Ctrl-C does not end it")
	}
	within(t, 5*time.Second, func() (bool, string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return strings.HasSuffix(p.b.String(), "\x1b[?25h\x1b[?1049l"), fmt.Sprintf("%q", p.b.String())
	})
	after, err := unix.IoctlGetTermios(int(p.tt.Fd()), unix.TCGETS)
	if err != nil || *after != *before {
		t.Errorf("the terminal is not as before: %+v, %+v, %v", before, after, err)
	}
}
