package script

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/golden"
)

var (
	mac1   = machine.MAC{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}
	server = Server{Address: netip.MustParseAddr("192.0.2.150"), HTTPPort: 80}
)

var languages = []Language{PXELINUX, IPXE, GRUB}

func target() *Target {
	return &Target{Kernel: "/boot/debian-13/linux", Initrds: []string{"/boot/debian-13/initrd.gz"}, MAC: mac1,
		Args: []string{"auto=true", "url=http://192.0.2.150/answer/TOKEN/preseed.cfg", "---", "vga=normal"}}
}

func menu() Told {
	return Told{Machine: "node1", Why: "no profile: the menu is shown", Menu: &Screen{
		Title: "PXE", Timeout: 10 * time.Second, Default: LocalLabel, Entries: []Entry{
			{Label: LocalLabel, Title: "Boot from local disk", Local: true}, {Separator: true},
			{Label: "debian", Title: "debian: Debian 13 (automatic: erases the disk)", Target: target()},
			{Label: "manual", Title: "it's $HOME & more", Target: &Target{Kernel: "/boot/debian-13/linux", Initrds: []string{"/boot/debian-13/initrd.gz"}}},
		}}}
}

// grubHash is the form of grub-mkpasswd-pbkdf2's.
const grubHash = "grub.pbkdf2.sha512.10000.5A4C54.0F4E4D"

// full is a menu with everything in it.
func full() Told {
	d := menu()
	d.Menu.Entries[0].Key, d.Menu.Entries[2].Key, d.Menu.Entries[3].Key = 'l', 'd', '2'
	e := d.Menu.Entries
	d.Menu.Entries = append([]Entry{e[0], {Separator: true}, {Title: "Installers ^ & co"}}, e[2:]...)
	d.Menu.Serial = &Serial{Port: 1}
	return d
}

// Each golden file holds one decision as the three loaders are told it.
func TestThreeLanguagesSayTheSame(t *testing.T) {
	locked, hashed, waits := menu(), full(), menu()
	locked.Menu.Password, locked.Menu.Timeout = "$6$salt$hash", 0
	hashed.Menu.Password, hashed.Menu.GRUBPassword = "$6$salt$hash", grubHash
	waits.Menu.Password, waits.Menu.Default = "$6$salt$hash", "debian"
	for name, d := range map[string]Told{
		"install":  {Machine: "node1", Why: "attempt 1 is waiting", Target: target()},
		"local":    {Machine: "node1", Why: "attempt 1 has installed it"},
		"ignore":   {Machine: "node1", Why: "unknown-machines is ignore"},
		"menu":     menu(),
		"full":     full(),
		"locked":   locked,
		"hashed":   hashed,
		"timesout": waits,
	} {
		var b strings.Builder
		for _, l := range languages {
			fmt.Fprintf(&b, "==> %s\n%s", l, Text(l, d, server))
		}
		golden.Check(t, name+".golden", b.String())
	}
}

// What needs the password is never told to a loader that cannot ask for it.
func TestLockedEntriesAreNotToldToWhoCannotAsk(t *testing.T) {
	for _, c := range []struct {
		crypt, grub string
		open        []Language // that may show what is locked
	}{
		{"", "", languages}, {"$6$salt$hash", "", []Language{PXELINUX}}, {"$6$salt$hash", grubHash, []Language{PXELINUX, GRUB}}, {"", grubHash, []Language{GRUB}},
	} {
		d := full()
		d.Menu.Password, d.Menu.GRUBPassword = c.crypt, c.grub
		for _, l := range languages {
			s := string(Text(l, d, server))
			if shown := strings.Contains(s, "/boot/debian-13/linux"); shown != slices.Contains(c.open, l) {
				t.Errorf("%s with %q and %q: shown is %v", l, c.crypt, c.grub, shown)
			}
			if asks := strings.Contains(s, "\nlogin || goto menu\nchain http://${username:uristring}:${password:uristring}@"); l == IPXE && asks != (c.crypt != "") {
				t.Errorf("iPXE with %q asks for a password: %v", c.crypt, asks)
			}
			if d.Menu.locked() && l == GRUB && !strings.Contains(s, "set superusers=") {
				t.Error("GRUB's command line and editor are open")
			}
			if d.Menu.locked() && l == PXELINUX && !strings.Contains(s, "NOESCAPE 1\n") {
				t.Error("PXELINUX's command line is open")
			}
		}
	}
}

func TestOtherPortIsInEveryAddress(t *testing.T) {
	p := server
	p.HTTPPort = 8080
	d := Told{Machine: "node1", Target: target()}
	if s := string(Text(IPXE, d, p)); !strings.Contains(s, "kernel http://192.0.2.150:8080/boot/debian-13/linux ") {
		t.Error(s)
	}
	// GRUB before 2.12 cannot name a port: it takes the same paths by TFTP.
	if s := string(Text(GRUB, d, p)); strings.Contains(s, "(http,") || !strings.Contains(s, "set seedbed=(tftp,192.0.2.150)\n") {
		t.Error(s)
	}
}

// hostile are texts that would be commands if a line did not hold them.
var hostile = []string{
	"a\nexit", "a\r\nLABEL x\n\tKERNEL evil", "x' ; reboot ; '", `x" ; reboot`, "${net0/mac}", "$(reboot)", "a || exit", "a && exit",
	"--hotkey=x", "-e", "a\\", "a\x00b", "}\nmenuentry evil {", "日本語", "\x1b[2J", "`reboot`", "#", ";", "||", strings.Repeat("long ", 200),
}

func TestHostileTextsStayInTheirLine(t *testing.T) {
	calm := map[Language]int{}
	with := func(text string) Told {
		d := full()
		d.Why, d.Machine, d.Menu.Title = text, text, text
		d.Menu.Entries[2].Title, d.Menu.Entries[3].Title = text, text
		return d
	}
	for _, l := range languages {
		calm[l] = strings.Count(string(Text(l, with("calm"), server)), "\n")
	}
	for _, text := range hostile {
		for _, l := range languages {
			s := string(Text(l, with(text), server))
			if n := strings.Count(s, "\n"); n != calm[l] || strings.ContainsAny(s, "\r\x00\x1b") {
				t.Errorf("%s: %q makes %d lines of %d:\n%s", l, text, n, calm[l], s)
			}
			switch l {
			case IPXE:
				for line := range strings.Lines(s) {
					words := strings.HasPrefix(line, "menu ") || strings.HasPrefix(line, "item ") || strings.HasPrefix(line, "echo ")
					if words && strings.ContainsAny(line, "$;|&") {
						t.Errorf("%q is read by iPXE as more than words", line)
					}
				}
			case GRUB:
				for line := range strings.Lines(s) {
					if w := grubWords(line); len(w) > 0 && (w[0] == "menuentry" && (w[2] != "--id" || w[1][0] == '-' || w[3][0] == '-' || w[len(w)-1] != "{" || len(w) > 6) || w[0] == "echo" && len(w) != 2) {
						t.Errorf("%q is %d words for GRUB: %q", line, len(w), w)
					}
				}
			}
		}
	}
}

func TestHostileKernelArgumentsStayInTheirLine(t *testing.T) {
	for _, text := range hostile {
		d := Told{Machine: "node1", Target: target()}
		d.Target.Args = []string{"calm"}
		calm := map[Language]int{}
		for _, l := range languages {
			calm[l] = strings.Count(string(Text(l, d, server)), "\n")
		}
		d.Target.Args = []string{text}
		for _, l := range languages {
			s := string(Text(l, d, server))
			if n := strings.Count(s, "\n"); n != calm[l] {
				t.Errorf("%s: argument %q makes %d lines of %d:\n%s", l, text, n, calm[l], s)
			}
		}
		for line := range strings.Lines(string(Text(GRUB, d, server))) {
			if w := grubWords(line); len(w) > 0 && w[0] == "linux" && len(w) != 4 {
				t.Errorf("argument %q is %d words for GRUB: %q", text, len(w)-3, w)
			}
		}
		for line := range strings.Lines(string(Text(IPXE, d, server))) {
			line = strings.ReplaceAll(line, " BOOTIF=01-${netX/mac:hexhyp} || exit 1", "")
			if strings.HasPrefix(line, "kernel ") && (strings.Contains(line, "${") || slices.Contains(strings.Fields(line), "||") && text != "a || exit") {
				t.Errorf("argument %q is a command for iPXE: %q", text, line)
			}
		}
	}
}

// grubWords splits a line as GRUB's shell does, quotes only.
func grubWords(line string) []string {
	var out []string
	word, in, quoted := "", false, false
	line = strings.TrimRight(line, "\n")
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\'':
			quoted = false
		case quoted:
			word += string(c)
		case c == '\'':
			quoted, in = true, true
		case c == '\\' && i+1 < len(line):
			i++
			word, in = word+string(line[i]), true
		case c == ' ' || c == '\t' || c == ';' || c == '&' || c == '|':
			if in {
				out = append(out, word)
			}
			word, in = "", false
			if c != ' ' && c != '\t' {
				out = append(out, string(c))
			}
		default:
			word, in = word+string(c), true
		}
	}
	if quoted {
		out = append(out, "an open quote")
	}
	if in {
		out = append(out, word)
	}
	return out
}
