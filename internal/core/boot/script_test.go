package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var languages = []Language{PXELINUX, IPXE, GRUB}

func target() *Target {
	return &Target{Kernel: "/boot/debian-13/linux", Initrds: []string{"/boot/debian-13/initrd.gz"}, MAC: mac1,
		Args: []string{"auto=true", "url=http://192.0.2.150/answer/TOKEN/preseed.cfg", "---", "vga=normal"}}
}

func menu() Decision {
	return Decision{Kind: Menu, Machine: "node1", Why: "no profile: the menu is shown", Menu: &Screen{
		Title: "PXE", Timeout: 10 * time.Second, Default: LocalLabel, Entries: []Entry{
			{Label: LocalLabel, Title: "Boot from local disk", Local: true}, {Separator: true},
			{Label: "debian", Title: "debian: Debian 13 (automatic: erases the disk)", Target: target()},
			{Label: "manual", Title: "it's $HOME & more", Target: &Target{Kernel: "/boot/debian-13/linux", Initrds: []string{"/boot/debian-13/initrd.gz"}}},
		}}}
}

// Each golden file holds one decision as the three loaders are told it.
func TestThreeLanguagesSayTheSame(t *testing.T) {
	locked := menu()
	locked.Menu.Password, locked.Menu.Timeout = "$6$salt$hash", 0
	for name, d := range map[string]Decision{
		"install": {Kind: Script, Machine: "node1", Profile: "debian", Why: "attempt 1 is waiting", Target: target()},
		"local":   {Kind: LocalDisk, Machine: "node1", Why: "attempt 1 has installed it"},
		"ignore":  {Kind: Ignore, Machine: "node1", Why: "unknown-machines is ignore"},
		"menu":    menu(),
		"locked":  locked,
	} {
		var b strings.Builder
		for _, l := range languages {
			fmt.Fprintf(&b, "==> %s\n%s", l, Text(l, d, place))
		}
		golden(t, name+".golden", b.String())
	}
}

func TestOtherPortIsInEveryAddress(t *testing.T) {
	p := place
	p.HTTPPort = 8080
	d := Decision{Kind: Script, Machine: "node1", Target: target()}
	if s := string(Text(IPXE, d, p)); !strings.Contains(s, "kernel http://192.0.2.150:8080/boot/debian-13/linux ") {
		t.Error(s)
	}
	// GRUB before 2.12 cannot name a port: it takes the same paths by TFTP.
	if s := string(Text(GRUB, d, p)); !strings.Contains(s, "linux (tftp,192.0.2.150)/boot/debian-13/linux ") {
		t.Error(s)
	}
}

// hostile are texts that would be commands if a line did not hold them.
var hostile = []string{
	"a\nexit", "a\r\nLABEL x\n\tKERNEL evil", "x' ; reboot ; '", `x" ; reboot`, "${net0/mac}", "$(reboot)", "a || exit", "a && exit",
	"a\\", "a\x00b", "}\nmenuentry evil {", "日本語", "\x1b[2J", "`reboot`", "#", ";", "||", strings.Repeat("long ", 200),
}

func TestHostileTextsStayInTheirLine(t *testing.T) {
	calm := map[Language]int{}
	with := func(text string) Decision {
		d := menu()
		d.Why, d.Machine, d.Menu.Title = text, text, text
		d.Menu.Entries[2].Title = text
		return d
	}
	for _, l := range languages {
		calm[l] = strings.Count(string(Text(l, with("calm"), place)), "\n")
	}
	for _, text := range hostile {
		for _, l := range languages {
			s := string(Text(l, with(text), place))
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
					if w := grubWords(line); len(w) > 0 && (w[0] == "menuentry" && len(w) != 5 || w[0] == "echo" && len(w) != 2) {
						t.Errorf("%q is %d words for GRUB: %q", line, len(w), w)
					}
				}
			}
		}
	}
}

func TestHostileKernelArgumentsStayInTheirLine(t *testing.T) {
	for _, text := range hostile {
		d := Decision{Kind: Script, Machine: "node1", Target: target()}
		d.Target.Args = []string{"calm"}
		calm := map[Language]int{}
		for _, l := range languages {
			calm[l] = strings.Count(string(Text(l, d, place)), "\n")
		}
		d.Target.Args = []string{text}
		for _, l := range languages {
			s := string(Text(l, d, place))
			if n := strings.Count(s, "\n"); n != calm[l] {
				t.Errorf("%s: argument %q makes %d lines of %d:\n%s", l, text, n, calm[l], s)
			}
		}
		for line := range strings.Lines(string(Text(GRUB, d, place))) {
			if w := grubWords(line); len(w) > 0 && w[0] == "linux" && len(w) != 4 {
				t.Errorf("argument %q is %d words for GRUB: %q", text, len(w)-3, w)
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
