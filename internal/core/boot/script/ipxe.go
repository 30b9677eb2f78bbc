package script

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"
)

// ipxe writes an iPXE script (ipxe.org/scripting, /cmd).
func ipxe(d Told, s Server) []byte {
	var b bytes.Buffer
	b.Grow(usual)
	fmt.Fprintf(&b, "#!ipxe\n# Seedbed: %s\n", plain(d.Why))
	switch {
	case d.Target != nil:
		fmt.Fprintf(&b, "echo Seedbed: %s\n", ipxeText(d.Why))
		ipxeTarget(&b, d.Target, s)
	case d.Menu != nil:
		ipxeMenu(&b, d.Menu, s)
	default:
		fmt.Fprintf(&b, "echo Seedbed: %s: booting from the local disk\n", ipxeText(d.Machine))
		ipxeLocal(&b)
	}
	return b.Bytes()
}

// ipxeLocal starts the first disk. On BIOS it is booted by its number; on
// UEFI, leaving with an error sends the firmware to its next boot entry.
func ipxeLocal(b *bytes.Buffer) {
	b.WriteString("iseq ${platform} efi || sanboot --no-describe --drive 0x80 ||\nexit 1\n")
}

func ipxeMenu(b *bytes.Buffer, m *Screen, s Server) {
	asks := m.Password != "" // the server checks it
	entries, start := m.shown(asks), m.start(asks)
	// No profile can be named menu, so that no entry's label is this one. "--"
	// ends the options: a text may begin with a hyphen.
	fmt.Fprintf(b, ":menu\nmenu -- %s\n", ipxeText(m.Title))
	for _, e := range entries {
		switch {
		case e.Separator:
			b.WriteString("item --gap\n")
		case e.Words():
			fmt.Fprintf(b, "item --gap -- %s\n", ipxeText(e.Title))
		case e.Key != 0:
			fmt.Fprintf(b, "item --key %c %s %s\n", e.Key, e.Label, ipxeText(e.line()))
		default:
			fmt.Fprintf(b, "item %s %s\n", e.Label, ipxeText(e.Title))
		}
	}
	b.WriteString("choose ")
	if m.Timeout > 0 {
		fmt.Fprintf(b, "--timeout %d ", m.Timeout/time.Millisecond)
	}
	fmt.Fprintf(b, "--default %s target || goto local\ngoto ${target}\n", start)
	for _, e := range entries {
		if e.Separator || e.Words() {
			continue
		}
		fmt.Fprintf(b, "\n:%s\n", e.Label)
		if e.Local {
			ipxeLocal(b)
			continue
		}
		if m.free(e) {
			ipxeTarget(b, e.Target, s)
		} else {
			ipxeLocked(b, e, s)
		}
		b.WriteString("goto menu\n")
	}
}

// ipxeUser stands in the form that iPXE's login shows; any name will do.
const ipxeUser = "seedbed"

// LockedPath is where an entry that needs the menu's password is fetched, by
// HTTP with Basic authentication (RFC 7617). mac is as in 01-00-0c-….
func LockedPath(mac, label string) string { return "/boot/locked/01-" + mac + "/" + label + ".ipxe" }

// ipxeLocked asks for the password and lets the server check it: iPXE knows no
// hashes. What the entry starts is told only to who knows it. (ipxe.org/cmd/login;
// uristring keeps what is typed from being read as part of the address.)
func ipxeLocked(b *bytes.Buffer, e Entry, s Server) {
	url := s.URL(LockedPath("${netX/mac:hexhyp}", e.Label))
	url = strings.Replace(url, "://", "://${username:uristring}:${password:uristring}@", 1)
	fmt.Fprintf(b, "set username %s\nclear password ||\nlogin || goto menu\nchain %s ||\n", ipxeUser, url)
	b.WriteString("clear password ||\necho Not started: was the password right?\nsleep 3 ||\n")
}

func ipxeTarget(b *bytes.Buffer, t *Target, s Server) {
	args := make([]string, 0, len(t.Args)+2)
	for _, i := range t.Initrds {
		args = append(args, "initrd="+path.Base(i)) // EFI kernels find their initrd by this name
	}
	args = append(args, t.Args...)
	if !t.Bare {
		args = append(args, "BOOTIF=01-${netX/mac:hexhyp}")
	}
	kernel := s.URL(t.Kernel)
	if t.BIOSKernel != "" {
		fmt.Fprintf(b, "iseq ${platform} efi && set kernel %s || set kernel %s\n", kernel, s.URL(t.BIOSKernel))
		kernel = "${kernel}"
	}
	fmt.Fprintf(b, "%s || exit 1\n", strings.TrimSpace("kernel "+kernel+" "+ipxeArgs(args)))
	for _, i := range t.Initrds {
		fmt.Fprintf(b, "initrd --name %s %s || exit 1\n", path.Base(i), s.URL(i))
	}
	for _, n := range t.Named {
		fmt.Fprintf(b, "initrd %s %s || exit 1\n", s.URL((&url.URL{Path: n.Path}).EscapedPath()), n.Name)
	}
	b.WriteString("boot || exit 1\n")
}

// ipxeArgs joins kernel arguments. iPXE has no way to quote: what it would
// read as its own is changed or left out, and the settings' reader refuses it
// before (the likes of CVE-2026-46447).
func ipxeArgs(args []string) string {
	var out []string
	for _, a := range args {
		a = plain(a)
		if a == "||" || a == "&&" || a == ";" || a == "#" {
			continue
		}
		if a != "BOOTIF=01-${netX/mac:hexhyp}" {
			a = strings.ReplaceAll(a, "${", "_{")
		}
		out = append(out, a)
	}
	return strings.Join(out, " ")
}

// ipxeText keeps client- and user-given words from being read as commands:
// iPXE expands ${…} and splits on ; and on the operators || and &&.
func ipxeText(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '$', '{', '}', ';', '|', '&', '"', '\'', '\\':
			return '_'
		}
		return r
	}, plain(s))
}
