package proxmox

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
)

type writer struct {
	*finding.List
	in *intent.Install
	s  intent.Subject
	b  strings.Builder
}

// firstBoot is the script that the installer fetches for the new system.
const firstBoot = "first-boot.sh"

// Proxmox answers everything (wiki "Automated Installation"; proxmox/pve-installer,
// proxmox-auto-installer/src/answer.rs). Keys are written with underscores: all
// releases so far read those, the ones before 9 nothing else.
func Proxmox(in *intent.Install, s intent.Subject) (intent.Document, error) {
	w := &writer{List: finding.Check(in, s), in: in, s: s}
	can := since(s.Image.Release)
	script := w.script(can.hook)
	w.global(can.powerOff)
	w.network()
	w.disks()
	if can.webhook && s.CallbackURL != "" {
		w.table("post-installation-webhook")
		w.set("url", s.CallbackURL)
	}
	if script != "" && can.hook && s.AnswerURL != "" {
		w.table("first-boot")
		w.set("source", "from-url")
		w.set("ordering", "fully-up")
		w.set("url", s.Beside(firstBoot))
	}
	w.lost(can)
	if err := w.Err(); err != nil {
		return intent.Document{}, err
	}
	d := intent.NewDocument(intent.Proxmox)
	d.Bytes, d.Losses, d.NoCallback = []byte(w.b.String()), w.Losses(), s.CallbackURL == "" || !can.webhook
	if script != "" && can.hook {
		d.Extra[firstBoot] = []byte(script)
	}
	return d, nil
}

// abilities are what came after the first release with answers, 8.2.
type abilities struct{ webhook, hook, powerOff bool }

// since tells them from a release as proxmox-ve-8.4; one without a number has
// them all. An unknown section or key is refused by the installer as a whole.
func since(release string) abilities {
	i := strings.LastIndexByte(release, '-')
	var major, minor int
	if n, _ := fmt.Sscanf(release[i+1:], "%d.%d", &major, &minor); n == 0 {
		return abilities{true, true, true}
	}
	at := func(ma, mi int) bool { return major > ma || major == ma && minor >= mi }
	switch {
	case strings.HasPrefix(release, "proxmox-bs"): // Backup Server 3.3 and 3.4 have the installers of VE 8.3 and 8.4
		return abilities{at(3, 3), at(3, 4), at(4, 0)}
	case strings.HasPrefix(release, "proxmox-mg"):
		return abilities{at(8, 2), at(8, 2), at(9, 0)}
	}
	return abilities{at(8, 3), at(8, 4), at(9, 0)}
}

func (w *writer) table(name string) {
	if w.b.Len() > 0 {
		w.b.WriteByte('\n')
	}
	fmt.Fprintf(&w.b, "[%s]\n", name)
}

func (w *writer) set(key, value string) { fmt.Fprintf(&w.b, "%s = %s\n", key, quote(value)) }

// quote is a basic string of TOML 1.0.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (w *writer) list(key string, values []string) {
	fmt.Fprintf(&w.b, "%s = [", key)
	for i, v := range values {
		if i > 0 {
			w.b.WriteString(", ")
		}
		w.b.WriteString(quote(v))
	}
	w.b.WriteString("]\n")
}

func (w *writer) global(powerOff bool) {
	in, s := w.in, w.s
	w.table("global")
	w.set("keyboard", w.keyboard())
	w.set("country", w.country())
	name := intent.Or(in.HostNameFor(s), "proxmox")
	domain := s.Domain
	if domain == "" {
		domain = "localdomain"
		w.Lose("(domain)", "the installer wants a name with a domain, and the subnet has none: %s.%s is taken", name, domain)
	}
	w.set("fqdn", name+"."+domain)
	w.set("mailto", "root@"+name+"."+domain)
	zone := intent.Or(in.Timezone, intent.DefaultTimezone)
	if zone == "Etc/UTC" || zone == "Etc/GMT" {
		zone = "UTC" // the one zone that it takes beside those of countries
	}
	w.set("timezone", zone)
	hash := in.RootPassword
	if hash == "" {
		hash = "*" // it wants one
		w.Remark("root-password", "root has no password: its web interface takes none without one")
	}
	w.set("root_password_hashed", hash)
	if keys := s.RootKeys(in); len(keys) > 0 {
		w.list("root_ssh_keys", keys)
	}
	if in.End == "poweroff" || in.End == "halt" {
		if powerOff {
			w.set("reboot_mode", "power-off")
		} else {
			w.Lose("end", "the installer of this release can only reboot")
		}
	}
}

// keyboards are the installer's layouts by their XKB names (answer.rs,
// KeyboardLayout).
var keyboards = map[string]string{
	"de": "de", "ch": "de-ch", "ch(fr)": "fr-ch", "dk": "dk", "gb": "en-gb", "us": "en-us", "es": "es", "fi": "fi", "fr": "fr", "be": "fr-be", "ca": "fr-ca",
	"hu": "hu", "is": "is", "it": "it", "jp": "jp", "lt": "lt", "mk": "mk", "nl": "nl", "no": "no", "pl": "pl", "pt": "pt", "br": "pt-br", "se": "se", "si": "si", "tr": "tr",
}

func (w *writer) keyboard() string {
	layout := intent.Or(w.in.Keyboard, intent.DefaultKeyboard)
	if k, ok := keyboards[layout+"("+w.in.Variant+")"]; ok {
		return k
	}
	if w.in.Variant != "" {
		w.Lose("keyboard.variant", "the installer has no variants of layouts")
	}
	if k, ok := keyboards[layout]; ok {
		return k
	}
	w.Lose("keyboard", "the installer has no layout %q: it takes en-us", layout)
	return "en-us"
}

// country is the locale's; the system itself speaks American English.
func (w *writer) country() string {
	locale := intent.Or(w.in.Locale, intent.DefaultLocale)
	if w.in.Locale != "" && w.in.Locale != intent.DefaultLocale {
		w.Lose("locale", "only its country is taken: the system has en_US.UTF-8")
	}
	_, land, _ := strings.Cut(locale, "_")
	land, _, _ = strings.Cut(land, ".")
	land, _, _ = strings.Cut(land, "@")
	if len(land) != 2 {
		return "us"
	}
	return strings.ToLower(land)
}

// script is what runs in the new system when it boots for the first time.
func (w *writer) script(can bool) string {
	in := w.in
	work := finish.Work{Make: in.Users, Keys: true, Services: in.Services, Servers: in.NTPServers}
	if in.LocalClock {
		work.More = append(work.More, `printf '0.0 0 0.0\n0\nLOCAL\n' >/etc/adjtime`)
	}
	end := finish.End{Accounts: work.Script(), Post: in.Post, Why: "/root/seedbed-why"}
	switch {
	case end.Accounts == "" && end.Post == "":
		return ""
	case !can:
		w.Lose("post", "the installer of this release runs no script: users, services and post are left out")
		return ""
	}
	w.Remark("post", "it runs when the new system boots for the first time; so are users made and services switched")
	return "#!/bin/sh\n" + end.Script("")
}

func (w *writer) lost(can abilities) {
	in := w.in
	lose := func(there bool, field, why string) {
		if there {
			w.Lose(field, "%s", why)
		}
	}
	sudo := false
	for _, u := range in.Users {
		sudo = sudo || u.Sudo
	}
	lose(sudo, "users", "the system has no sudo: rules for it are left out")
	lose(len(in.Packages)+len(in.Groups) > 0, "packages", "the installer takes no more packages: install them in post")
	lose(len(in.Excluded) > 0, "excluded-packages", "the system is copied whole")
	lose(len(in.Repositories) > 0, "repositories", "write them in post")
	lose(in.Mirror.URL != "" || in.Mirror.Proxy != "", "mirror", "all packages are on the medium")
	lose(in.Firewall != nil, "firewall", "it is the cluster's own: see pve-firewall")
	lose(in.SELinux != "", "selinux", "the system has none")
	lose(len(in.KernelArgs) > 0, "kernel-args", "the installer takes none: write them in post")
	if w.s.CallbackURL != "" && !can.webhook {
		w.Lose("(end)", "the installer of this release does not report its end: without the disk before the network in its boot order, the machine is installed again")
	}
}
