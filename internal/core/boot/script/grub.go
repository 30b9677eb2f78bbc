package script

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// grub writes a configuration for GRUB 2 started over the network (GRUB
// manual, "Network" and "Shell-like scripting").
func grub(d Told, s Server) []byte {
	var b bytes.Buffer
	b.Grow(usual)
	fmt.Fprintf(&b, "# Seedbed: %s\n", plain(d.Why))
	switch {
	case d.Target != nil:
		grubServer(&b, s)
		fmt.Fprintf(&b, "echo %s\n", grubQuote("Seedbed: "+d.Why))
		grubTarget(&b, d.Target, "")
		b.WriteString("boot\n")
	case d.Menu != nil:
		grubServer(&b, s)
		grubMenu(&b, d.Menu)
	default:
		fmt.Fprintf(&b, "echo %s\n", grubQuote("Seedbed: "+d.Machine+": booting from the local disk"))
		grubLocal(&b, "")
	}
	return b.Bytes()
}

// grubServer sets where files come from: by HTTP, where that works, they come
// faster. A GRUB before 2.12 cannot name a port, and some signed ones (Debian
// 12's) have no HTTP in them and, with Secure Boot, may load no module: they
// take TFTP. insmod does not tell: it succeeds when the module is not there.
func grubServer(b *bytes.Buffer, s Server) {
	fmt.Fprintf(b, "set seedbed=(tftp,%s)\n", s.Address)
	if s.plainHTTP() {
		fmt.Fprintf(b, "if cat (http,%s)/healthz; then\n\tset seedbed=(http,%s)\nfi\n", s.Address, s.Address)
	}
}

// localLoaders are where distributions put their first program on the ESP,
// the removable-media path last, because a stale one is the commonest.
var localLoaders = []string{
	"/EFI/debian/shimx64.efi", "/EFI/debian/grubx64.efi", "/EFI/ubuntu/shimx64.efi", "/EFI/ubuntu/grubx64.efi",
	"/EFI/redhat/shimx64.efi", "/EFI/centos/shimx64.efi", "/EFI/rocky/shimx64.efi", "/EFI/almalinux/shimx64.efi",
	"/EFI/fedora/shimx64.efi", "/EFI/oracle/shimx64.efi", "/EFI/opensuse/shim.efi", "/EFI/sles/shim.efi", "/EFI/sle/shim.efi",
	"/EFI/debian/shimaa64.efi", "/EFI/debian/grubaa64.efi", "/EFI/ubuntu/shimaa64.efi",
	"/EFI/ubuntu/grubaa64.efi", "/EFI/redhat/shimaa64.efi", "/EFI/fedora/shimaa64.efi",
	"/EFI/systemd/systemd-bootx64.efi", "/EFI/Microsoft/Boot/bootmgfw.efi", "/EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/BOOTAA64.EFI",
}

// grubLocal chains to the disk's own loader. A bare exit is not enough: GRUB
// returns success, and EDK2 then stops at its boot menu instead of going to
// the next entry (MdeModulePkg BdsEntry.c, BootBootOptions).
func grubLocal(b *bytes.Buffer, indent string) {
	fmt.Fprintf(b, "%sfor f in %s; do\n", indent, strings.Join(localLoaders, " "))
	fmt.Fprintf(b, "%s\tif search --no-floppy --set=disk --file $f; then\n", indent)
	fmt.Fprintf(b, "%s\t\tset root=$disk\n%s\t\tchainloader ($disk)$f\n%s\t\tboot\n%s\tfi\n%sdone\n%sexit 1\n",
		indent, indent, indent, indent, indent, indent)
}

// grubUser is whom GRUB's menu asks for; it has no users of its own.
const grubUser = "seedbed"

func grubMenu(b *bytes.Buffer, m *Screen) {
	checks := m.GRUBPassword != "" // it knows no crypt hash
	if m.Timeout > 0 {
		fmt.Fprintf(b, "set timeout=%d\n", (m.Timeout+time.Second-1)/time.Second)
	} else {
		b.WriteString("set timeout=-1\n")
	}
	fmt.Fprintf(b, "set default=%s\n", grubQuote(m.start(checks)))
	if m.locked() {
		// A superuser, even one without a password, also locks GRUB's command
		// line and its editor (GRUB manual, "Authentication and authorisation").
		fmt.Fprintf(b, "set superusers=%s\n", grubUser)
		if checks {
			fmt.Fprintf(b, "password_pbkdf2 %s %s\n", grubUser, grubQuote(m.GRUBPassword))
		}
	}
	fmt.Fprintf(b, "echo %s\n", grubTitle(m.Title))
	for i, e := range m.shown(checks) {
		switch {
		case e.Separator:
			fmt.Fprintf(b, "menuentry ' ' --id @%d --unrestricted {\n\ttrue\n}\n", i)
			continue
		case e.Words():
			fmt.Fprintf(b, "menuentry %s --id @%d --unrestricted {\n\ttrue\n}\n", grubTitle(e.Title), i)
			continue
		}
		fmt.Fprintf(b, "menuentry %s --id %s", grubTitle(e.line()), grubQuote(e.Label))
		if e.Key != 0 {
			fmt.Fprintf(b, " --hotkey=%c", e.Key)
		}
		if m.locked() && m.free(e) {
			b.WriteString(" --unrestricted")
		}
		b.WriteString(" {\n")
		if e.Local {
			grubLocal(b, "\t")
		} else {
			grubTarget(b, e.Target, "\t")
		}
		b.WriteString("}\n")
	}
}

func grubTarget(b *bytes.Buffer, t *Target, indent string) {
	if t.IPXE {
		// Its menu or script is the same one. Secure Boot refuses it.
		fmt.Fprintf(b, "%schainloader ${seedbed}/snponly.efi\n", indent)
		return
	}
	fmt.Fprintf(b, "%slinux ${seedbed}%s", indent, t.Kernel)
	for _, a := range t.Args {
		b.WriteString(" " + grubQuote(a))
	}
	if !t.MAC.IsZero() {
		b.WriteString(" BOOTIF=01-" + t.MAC.Hyphened())
	}
	b.WriteString("\n")
	if len(t.Initrds) > 0 {
		fmt.Fprintf(b, "%sinitrd", indent)
		for _, i := range t.Initrds {
			fmt.Fprintf(b, " ${seedbed}%s", i)
		}
		for _, n := range t.Named { // GRUB manual, "initrd": newc:NAME:FILE
			fmt.Fprintf(b, " newc:%s:${seedbed}%s", strings.TrimLeft(n.Name, "/"), n.Path)
		}
		b.WriteString("\n")
	}
}

// grubTitle is a text as one word that is no option: quotes do not keep GRUB
// from reading what begins with a hyphen as one.
func grubTitle(s string) string {
	if strings.HasPrefix(s, "-") {
		s = " " + s
	}
	return grubQuote(s)
}

// grubQuote makes one word of any text; plain words stay as they are.
func grubQuote(s string) string {
	s = plain(s)
	if s != "" && !strings.ContainsAny(s, " \t'\"\\$;&|<>{}()#*?~") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
