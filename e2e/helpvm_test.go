//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// box is a virtual machine on a tap.
type box struct {
	cmd    *exec.Cmd
	dir    string
	start  time.Time // power-on
	serial *output
	errs   *output
	done   chan struct{}
	conn   net.Conn
	qmp    *json.Encoder
	said   *json.Decoder
}

// tapMAC is the virtual machine's.
const tapMAC = "52:54:00:5e:ed:02"

// powerOn starts a virtual machine whose network card is cabled to a tap of the
// namespace. Its firmware is SeaBIOS and the card's own iPXE ROM, or OVMF.
// more are further arguments of QEMU's. SEEDBED_TEST_ACCEL=kvm is for machines on which KVM is known to work.
func powerOn(t *testing.T, s *space, tap string, uefi bool, more ...string) *box {
	t.Helper()
	b := &box{dir: scratch(t), serial: newOutput(), errs: newOutput(), done: make(chan struct{})}
	accel := "tcg,thread=multi"
	if a := os.Getenv("SEEDBED_TEST_ACCEL"); a != "" {
		accel = a
	}
	args := []string{"-nodefaults", "-no-user-config", "-name", "seedbed-e2e", "-machine", "q35", "-accel", accel,
		"-smp", "1", "-m", "1024", "-display", "none", "-vga", "std", "-no-reboot",
		"-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
		"-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control",
		"-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
		"-netdev", "tap,id=n,script=no,downscript=no,ifname=" + tap}
	card := "virtio-net-pci,netdev=n,bootindex=1,mac=" + tapMAC
	if uefi {
		args = append(args, flash(t, b.dir)...)
		card += ",romfile=" // OVMF's own driver and network boot
	}
	args = append(append(args, "-device", card), more...)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := os.NewFile(uintptr(fds[0]), "qmp"), os.NewFile(uintptr(fds[1]), "qmp")
	b.conn, err = net.FileConn(mine)
	mine.Close()
	if err != nil {
		t.Fatal(err)
	}
	b.cmd = exec.Command("qemu-system-x86_64", args...)
	b.cmd.ExtraFiles = []*os.File{theirs}
	b.cmd.Stdout, b.cmd.Stderr = b.serial, b.errs
	stdin, err := b.cmd.StdinPipe() // held open: an end of file would end the serial line
	if err != nil {
		t.Fatal(err)
	}
	err = s.start(b.cmd)
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	b.start = time.Now()
	go func() { b.cmd.Wait(); stdin.Close(); close(b.done) }()
	t.Cleanup(func() {
		b.cmd.Process.Kill()
		<-b.done
		b.conn.Close()
	})
	b.qmp, b.said = json.NewEncoder(b.conn), json.NewDecoder(b.conn)
	b.do(t, "qmp_capabilities", nil)
	return b
}

// flash gives OVMF's two flash chips, the variables being a copy.
func flash(t *testing.T, dir string) []string {
	t.Helper()
	for _, f := range [][2]string{
		{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
		{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
	} {
		vars, err := os.ReadFile(f[1])
		if _, err2 := os.Stat(f[0]); err != nil || err2 != nil {
			continue
		}
		return []string{"-drive", "if=pflash,format=raw,readonly=on,file=" + f[0],
			"-drive", "if=pflash,format=raw,file=" + write(t, dir, "vars.fd", string(vars))}
	}
	t.Skip("needs UEFI firmware (OVMF): run tools/setup e2e")
	return nil
}

// do runs one command of QEMU's machine protocol.
func (b *box) do(t *testing.T, command string, args map[string]any) {
	t.Helper()
	b.conn.SetDeadline(time.Now().Add(20 * time.Second))
	msg := map[string]any{"execute": command}
	if args != nil {
		msg["arguments"] = args
	}
	if err := b.qmp.Encode(msg); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, b.errs)
	}
	for {
		var m struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
		}
		if err := b.said.Decode(&m); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, b.errs)
		}
		if m.Error != nil {
			t.Fatalf("%s: %s", command, m.Error.Desc)
		}
		if m.Return != nil {
			return
		}
	}
}

// Where a PC's screen lies in text mode: 25 rows of 80 characters, each
// followed by its colours.
const (
	textMemory = 0xb8000
	textRows   = 25
	textCols   = 80
)

// onSerial makes SeaBIOS show on the serial line what programs write to the
// screen: BIOS builds of iPXE have no serial line of their own.
var onSerial = []string{"-machine", "graphics=off"}

// screen is the text on the screen, which is in text mode with BIOS.
func (b *box) screen(t *testing.T) string {
	t.Helper()
	file := filepath.Join(b.dir, "text")
	b.do(t, "pmemsave", map[string]any{"val": textMemory, "size": textRows * textCols * 2, "filename": file})
	raw, err := os.ReadFile(file)
	if err != nil || len(raw) != textRows*textCols*2 {
		t.Fatalf("reading the screen: %d bytes, %v", len(raw), err)
	}
	var rows []string
	for r := range textRows {
		row := make([]byte, textCols)
		for c := range row {
			if row[c] = raw[(r*textCols+c)*2]; row[c] < ' ' || row[c] > '~' {
				row[c] = ' ' // frames and blanks
			}
		}
		rows = append(rows, strings.TrimRight(string(row), " "))
	}
	return strings.Join(rows, "\n")
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// console is the text that came over the serial line, colours and frames
// removed and jumps of the cursor taken for line ends.
func (b *box) console(*testing.T) string {
	text := escapes.ReplaceAllStringFunc(b.serial.String(), func(s string) string {
		if strings.HasSuffix(s, "H") {
			return "\n"
		}
		return ""
	})
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r > '~') {
			return ' '
		}
		return r
	}, text)
}

// shows waits until look shows all the words, and logs what it shows then.
func (b *box) shows(t *testing.T, look func(*testing.T) string, limit time.Duration, words ...string) {
	t.Helper()
	within(t, limit, func() (bool, string) {
		select {
		case <-b.done:
			t.Fatalf("the virtual machine ended:\n%s", b.errs)
		default:
		}
		text := look(t)
		for _, w := range givenUp {
			if strings.Contains(text, w) {
				t.Fatalf("after %s the machine has given up:\n%s", time.Since(b.start).Round(time.Second), tail(text, 40))
			}
		}
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false, fmt.Sprintf("no %q on the screen:\n%s", w, tail(text, 40))
			}
		}
		t.Logf("after %s:\n%s", time.Since(b.start).Round(time.Second), tail(blankLines.ReplaceAllString(text, "\n"), 25))
		return true, ""
	})
}

// givenUp are the last words of firmware and loaders that did not get through.
var givenUp = []string{"No more network devices", "No bootable device", "Could not boot", "Failed to load", "Unable to locate configuration",
	"UEFI Interactive Shell", "PXE-E", "Nothing to boot"}

var blankLines = regexp.MustCompile(`\n\s*\n`)
