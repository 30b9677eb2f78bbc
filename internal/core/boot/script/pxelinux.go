package script

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// pxelinux writes a configuration for PXELINUX 4 to 6 (Syslinux wiki,
// "Config" and "Menu").
func pxelinux(d Told) []byte {
	var b bytes.Buffer
	b.Grow(usual)
	if d.Menu != nil && d.Menu.Serial != nil { // must be the first words of the file
		fmt.Fprintf(&b, "SERIAL %d %d\n", d.Menu.Serial.Port, d.Menu.Serial.speed())
	}
	fmt.Fprintf(&b, "# Seedbed: %s\n", plain(d.Why))
	switch {
	case d.Target != nil:
		b.WriteString("DEFAULT install\nPROMPT 0\nLABEL install\n")
		pxelinuxTarget(&b, d.Target)
	case d.Menu != nil:
		pxelinuxMenu(&b, d.Menu)
	default:
		fmt.Fprintf(&b, "SAY %s: booting from the local disk\n", plain(d.Machine))
		b.WriteString("DEFAULT local\nPROMPT 0\nLABEL local\n\tLOCALBOOT 0x80\n")
	}
	return b.Bytes()
}

func pxelinuxMenu(b *bytes.Buffer, m *Screen) {
	b.WriteString("DEFAULT menu.c32\nPROMPT 0\n")
	fmt.Fprintf(b, "TIMEOUT %d\n", min(m.Timeout/(100*time.Millisecond), pxelinuxLongest))
	if m.Timeout > 0 {
		fmt.Fprintf(b, "ONTIMEOUT %s\n", m.start(m.Password != ""))
	}
	fmt.Fprintf(b, "MENU TITLE %s\n", pxelinuxText(m.Title))
	if m.locked() {
		b.WriteString("ALLOWOPTIONS 0\nNOESCAPE 1\n")
	}
	if m.Password != "" {
		fmt.Fprintf(b, "MENU MASTER PASSWD %s\n", plain(m.Password))
	}
	for i, e := range m.shown(m.Password != "") {
		switch {
		case e.Separator:
			b.WriteString("\nMENU SEPARATOR\n")
			continue
		case e.Words():
			fmt.Fprintf(b, "\nLABEL @%d\n\tMENU LABEL %s\n\tMENU DISABLE\n", i, pxelinuxText(e.Title))
			continue
		case e.Key != 0: // the letter behind ^ is the key, and shown in another colour
			fmt.Fprintf(b, "\nLABEL %s\n\tMENU LABEL ^%s\n", e.Label, pxelinuxText(e.line()))
		default:
			fmt.Fprintf(b, "\nLABEL %s\n\tMENU LABEL %s\n", e.Label, pxelinuxText(e.Title))
		}
		if e.Label == m.start(m.Password != "") {
			b.WriteString("\tMENU DEFAULT\n")
		}
		if e.Local {
			b.WriteString("\tLOCALBOOT 0x80\n")
			continue
		}
		if !m.free(e) {
			b.WriteString("\tMENU PASSWD\n")
		}
		pxelinuxTarget(b, e.Target)
	}
}

// pxelinuxLongest is the greatest time-out, in tenths of a second (Syslinux
// wiki, "Config": 35996, just under an hour).
const pxelinuxLongest = 35996

// pxelinuxText is a text without ^, which would make a hot key of what follows.
func pxelinuxText(s string) string { return strings.ReplaceAll(plain(s), "^", "_") }

func pxelinuxTarget(b *bytes.Buffer, t *Target) {
	if t.NeedsIPXE(true) {
		b.WriteString("\tPXE undionly.kpxe\n") // its menu or script is the same one
		return
	}
	fmt.Fprintf(b, "\tKERNEL %s\n", t.Kernel)
	if len(t.Initrds) > 0 {
		fmt.Fprintf(b, "\tINITRD %s\n", strings.Join(t.Initrds, ","))
	}
	// IPAPPEND 2 adds BOOTIF=01-MAC: the installer then uses the card that
	// booted, however many there are.
	b.WriteString("\tIPAPPEND 2\n")
	if len(t.Args) > 0 {
		fmt.Fprintf(b, "\tAPPEND %s\n", plain(strings.Join(t.Args, " ")))
	}
}
