package boot

import (
	"fmt"
	"strings"
	"time"
)

// pxelinux writes a configuration for PXELINUX 4 to 6 (Syslinux wiki,
// "Config" and "Menu").
func pxelinux(d Decision, p Place) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Seedbed: %s\n", plain(d.Why))
	switch d.Kind {
	case Menu:
		pxelinuxMenu(&b, d.Menu)
	case Script:
		b.WriteString("DEFAULT install\nPROMPT 0\nLABEL install\n")
		pxelinuxTarget(&b, d.Target)
	default:
		fmt.Fprintf(&b, "SAY %s: booting from the local disk\n", plain(d.Machine))
		b.WriteString("DEFAULT local\nPROMPT 0\nLABEL local\n\tLOCALBOOT 0x80\n")
	}
	return []byte(b.String())
}

func pxelinuxMenu(b *strings.Builder, m *Screen) {
	b.WriteString("DEFAULT menu.c32\nPROMPT 0\n")
	fmt.Fprintf(b, "TIMEOUT %d\n", m.Timeout/(100*time.Millisecond))
	if m.Timeout > 0 {
		fmt.Fprintf(b, "ONTIMEOUT %s\n", m.Default)
	}
	fmt.Fprintf(b, "MENU TITLE %s\n", plain(m.Title))
	if m.Password != "" {
		fmt.Fprintf(b, "MENU MASTER PASSWD %s\nALLOWOPTIONS 0\nNOESCAPE 1\n", plain(m.Password))
	}
	for _, e := range m.Entries {
		if e.Separator {
			b.WriteString("\nMENU SEPARATOR\n")
			continue
		}
		fmt.Fprintf(b, "\nLABEL %s\n\tMENU LABEL %s\n", e.Label, plain(e.Title))
		if e.Label == m.Default {
			b.WriteString("\tMENU DEFAULT\n")
		}
		if e.Local {
			b.WriteString("\tLOCALBOOT 0x80\n")
			continue
		}
		if m.Password != "" {
			b.WriteString("\tMENU PASSWD\n")
		}
		pxelinuxTarget(b, e.Target)
	}
}

func pxelinuxTarget(b *strings.Builder, t *Target) {
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
