package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal's side of the person before it.
type terminal struct {
	*os.File
	mu   sync.Mutex
	seen strings.Builder
	at   int // what was waited for lies before it
}

// openTerminal gives both sides of a new pseudo-terminal.
func openTerminal(t *testing.T) (*terminal, *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	term := &terminal{File: person}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := person.Read(b)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.seen.Write(b[:n])
			term.mu.Unlock()
		}
	}()
	return term, program
}

// screen is all that the terminal showed.
func (p *terminal) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.ReplaceAll(p.seen.String(), "\r\n", "\n")
}

// wait waits until the terminal shows a text, and gives what came before it.
func (p *terminal) wait(t *testing.T, text string) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		screen := p.screen()
		if i := strings.Index(screen[p.at:], text); i >= 0 {
			before := screen[p.at : p.at+i]
			p.at += i + len(text)
			return before
		}
	}
	t.Fatalf("the terminal never showed %q:\n%s", text, p.screen())
	return ""
}

// The dialogue at a terminal: the file of the kind grows with each answer, as
// the lines that the answer changed, and the password is not shown.
func TestDialogueAtATerminal(t *testing.T) {
	person, program := openTerminal(t)
	file := filepath.Join(t.TempDir(), "preseed.cfg")
	c := exec.Command("seedbed", "generate", "preseed", "--interactive", "--for", "debian-12", "-o", file)
	c.Stdin, c.Stdout, c.Stderr = program, program, program
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	whole := person.wait(t, "Locale [")
	if !strings.Contains(whole, "\n    d-i debian-installer/locale select en_US.UTF-8\n") {
		t.Errorf("the file is not shown at first:\n%s", whole)
	}
	for _, step := range []struct{ prompt, answer, shows string }{
		{"Locale", "de_DE.UTF-8", "\n  - d-i debian-installer/locale select en_US.UTF-8\n  + d-i debian-installer/locale select de_DE.UTF-8\n"},
		{"Keyboard", "", "\n  (the file stays as it is)\n"},
		{"Time zone", "Europe/Berlin", "\n  + d-i time/zone select Europe/Berlin\n"},
		{"Host name", "web1.example.org", "\n  + d-i netcfg/get_hostname string web1\n"},
		{"Disk", "/dev/vda", "\n  + d-i partman-auto/disk string /dev/vda\n"},
		{"Mirror", "http://deb.example.org/debian", "\n  + d-i mirror/http/hostname string deb.example.org\n"},
		{"Packages", "rsync", "\n  + d-i pkgsel/include string rsync\n"},
		{"SSH key", "", "\n  (the file stays as it is)\n"},
		{"End", "poweroff", "\n  + d-i debian-installer/exit/poweroff boolean true\n"},
		{"Root password", "good-and-long-one", "(a hash)"},
	} {
		if step.prompt != "Locale" {
			person.wait(t, "\n"+step.prompt+" [")
		}
		person.wait(t, "] ")
		if step.prompt == "Root password" {
			hidden(t, program)
		}
		fmt.Fprintln(person, step.answer)
		person.wait(t, step.shows)
	}
	person.wait(t, "Save it as ["+file+"] ")
	fmt.Fprintln(person)
	if err := c.Wait(); err != nil {
		t.Errorf("the dialogue ended with %v:\n%s", err, person.screen())
	}
	screen := person.screen()
	if strings.Contains(screen, "good-and-long-one") || strings.Contains(screen, "+ d-i passwd/root-password-crypted password $6$") {
		t.Errorf("the terminal shows the password or its hash:\n%s", screen)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"d-i time/zone select Europe/Berlin\n", "d-i passwd/root-password-crypted password $6$"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the file lacks %q:\n%s", want, b)
		}
	}
}

// hidden waits until the terminal no longer echoes what is typed.
func hidden(t *testing.T, program *os.File) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		settings, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if settings.Lflag&unix.ECHO == 0 {
			return
		}
	}
	t.Fatal("the terminal still shows what is typed at the password's prompt")
}
