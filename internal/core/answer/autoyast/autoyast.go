package autoyast

import (
	"fmt"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
)

type writer struct {
	*finding.List
	in   *intent.Install
	s    intent.Subject
	v    int // SLES's number
	pick strings.Builder
}

// AutoYaST answers everything that YaST asks in an unattended installation:
// without general/mode/confirm it stops at its summary, without the signature
// handling at an unknown key, and without time-outs at every report.
func AutoYaST(in *intent.Install, s intent.Subject) (intent.Document, error) {
	w := &writer{List: finding.Check(in, s), in: in, s: s, v: intent.Version(s.Image.Release)}
	if w.v == 0 || w.v > 40 { // openSUSE 42 was Leap on SLES 12
		w.v = map[bool]int{true: 12, false: 15}[w.v > 40]
	}
	sections := []node{w.general(), report(), w.localise("language"), w.localise("keyboard"), w.localise("timezone"), w.networking()}
	sections = append(sections, w.users(), w.partitioning(), w.software())
	sections = append(sections, w.rest()...)
	sections = append(sections, w.scripts())
	if err := w.Err(); err != nil {
		return intent.Document{}, err
	}
	d := intent.NewDocument(intent.AutoYaST)
	head := "Answers for AutoYaST, made by Seedbed: machine " + s.HostName + ", profile " + s.Profile + ", image " + s.Image.Name
	d.Bytes = document(finding.Comment(head), sections)
	d.NoCallback = s.CallbackURL == ""
	d.Losses = w.Losses()
	return d, nil
}

func (w *writer) general() node {
	mode := group("mode", boolean("confirm", false), boolean("second_stage", false))
	switch w.in.End {
	case "poweroff", "halt":
		mode.add(boolean("halt", true))
		if w.in.End == "halt" {
			w.Remark("end", "AutoYaST powers the machine off")
		}
	}
	// With false it does not ask either: what cannot be verified is refused.
	take := w.in.Mirror.Trusted || w.in.Mirror.URL == "" && !w.s.Image.Signed
	for _, r := range w.in.Repositories {
		take = take || r.Trusted
	}
	signatures := group("signature-handling")
	for _, n := range []string{"accept_unsigned_file", "accept_file_without_checksum", "accept_verification_failed", "accept_unknown_gpg_key"} {
		signatures.add(boolean(n, take))
	}
	signatures.add(boolean("accept_non_trusted_gpg_key", true), boolean("import_gpg_key", true))
	return group("general", mode, signatures)
}

// report keeps every message for ten seconds only: with a time-out of 0 they
// wait for a person.
func report() node {
	r := node{name: "report"}
	for _, kind := range []string{"errors", "messages", "warnings", "yesno_messages"} {
		r.add(group(kind, boolean("log", true), boolean("show", true), integer("timeout", 10)))
	}
	return r
}

// keymaps are YaST's names of the layouts that most people have; the others are
// given as they are.
var keymaps = map[string]string{
	"us": "english-us", "gb": "english-uk", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portugese",
	"br": "portugese-br", "ch": "german-ch", "se": "swedish", "no": "norwegian", "dk": "danish", "fi": "finnish", "nl": "dutch",
	"pl": "polish", "cz": "czech", "hu": "hungarian", "ru": "russian", "jp": "japanese", "kr": "korean", "tr": "turkish",
}

func (w *writer) localise(what string) node {
	in := w.in
	switch what {
	case "language":
		locale, _, _ := strings.Cut(intent.Or(in.Locale, intent.DefaultLocale), ".")
		return group("language", text("language", locale))
	case "keyboard":
		layout := intent.Or(in.Keyboard, intent.DefaultKeyboard)
		if in.Variant != "" {
			w.Lose("keyboard.variant", "YaST's keymaps are not XKB's: the layout's own is taken")
		}
		return group("keyboard", text("keymap", intent.Or(keymaps[layout], layout)))
	}
	clock := "UTC"
	if in.LocalClock {
		clock = "localtime"
	}
	return group("timezone", text("hwclock", clock), text("timezone", intent.Or(in.Timezone, intent.DefaultTimezone)))
}

func (w *writer) users() node {
	all := list("users")
	account := func(name, full, password string, uid int, shell string, keys []string) {
		u := group("user", text("username", name), boolean("encrypted", true), text("user_password", intent.Or(password, "*")))
		if full != "" {
			u.add(text("fullname", full))
		}
		if uid != 0 {
			u.add(text("uid", fmt.Sprint(uid)))
		}
		if shell != "" {
			u.add(text("shell", shell))
		}
		if w.v >= 15 && len(keys) > 0 {
			u.add(texts("authorized_keys", "listentry", keys))
		}
		all.add(u)
	}
	account("root", "", w.in.RootPassword, 0, "", w.s.RootKeys(w.in))
	for _, u := range w.in.Users {
		account(u.Name, intent.Or(u.FullName, u.Name), u.Password, u.UID, intent.Or(u.Shell, "/bin/bash"), u.SSHKeys)
	}
	return all
}

var rpmName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)

func (w *writer) software() node {
	in := w.in
	n := group("software", boolean("do_online_update", false), boolean("install_recommended", true))
	if w.v >= 15 && !strings.Contains(w.s.Image.Release, "suse") && !strings.Contains(w.s.Image.Release, "leap") {
		n.add(texts("products", "product", []string{"SLES"}))
	}
	patterns := []string{"base"}
	if w.v < 15 {
		patterns = []string{"Minimal"}
	}
	n.add(texts("patterns", "pattern", append(patterns, in.Groups...)))
	packages := append([]string{"curl"}, in.Packages...)
	for i, p := range in.Packages {
		if !rpmName.MatchString(p) {
			w.Bad(fmt.Sprintf("packages[%d]", i), "write the package's name alone", "%s is not the name of a package in RPM", finding.Shown(p))
		}
	}
	keys, sudo := len(w.s.RootKeys(in)) > 0, false
	for _, u := range in.Users {
		keys, sudo = keys || len(u.SSHKeys) > 0, sudo || u.Sudo
	}
	if keys {
		packages = append(packages, "openssh")
	}
	if sudo {
		packages = append(packages, "sudo")
	}
	if f := in.Firewall; f != nil && f.Enabled && w.v >= 15 {
		packages = append(packages, "firewalld")
	}
	n.add(texts("packages", "package", packages))
	if len(in.Excluded) > 0 {
		n.add(texts("remove-packages", "package", in.Excluded))
	}
	return n
}

func (w *writer) firewall(f *intent.Firewall) node {
	n := group("firewall", boolean("enable_firewall", f.Enabled), boolean("start_firewall", f.Enabled))
	switch {
	case len(f.Services)+len(f.Ports) == 0:
	case w.v < 15:
		w.Lose("firewall.services", "SuSEfirewall2 has other names: open the ports in post")
	default:
		zone := group("zone", text("name", "public"))
		if len(f.Services) > 0 {
			zone.add(texts("services", "service", f.Services))
		}
		if len(f.Ports) > 0 {
			zone.add(texts("ports", "port", f.Ports))
		}
		n.add(text("default_zone", "public"), list("zones", zone))
	}
	return n
}

// rest are the sections that are there only where something is asked for.
func (w *writer) rest() []node {
	in := w.in
	var out []node
	if len(in.KernelArgs) > 0 {
		out = append(out, group("bootloader", group("global", text("append", strings.Join(in.KernelArgs, " ")))))
	}
	if s := in.Services; len(s.Enable)+len(s.Disable) > 0 {
		services := group("services")
		if len(s.Disable) > 0 {
			services.add(texts("disable", "service", s.Disable))
		}
		if len(s.Enable) > 0 {
			services.add(texts("enable", "service", s.Enable))
		}
		out = append(out, group("services-manager", text("default_target", "multi-user"), services))
	}
	if f := in.Firewall; f != nil {
		out = append(out, w.firewall(f))
	}
	if servers := in.NTPServers; len(servers) > 0 && w.v >= 15 {
		l := list("ntp_servers")
		for _, s := range servers {
			l.add(group("ntp_server", text("address", s), boolean("iburst", true), boolean("offline", false)))
		}
		out = append(out, group("ntp-client", text("ntp_policy", "auto"), l, text("ntp_sync", "systemd")))
	}
	l := w.modules()
	if len(in.Repositories) > 0 {
		for i, r := range in.Repositories {
			l.add(group("listentry", text("media_url", r.URL), text("name", r.Name), text("alias", r.Name), text("product_dir", "/"), boolean("confirm_license", false)))
			if r.Suite != "" || len(r.Components) > 0 {
				w.Lose(fmt.Sprintf("repositories[%d].suite", i), "repositories of packages in RPM have neither suite nor components")
			}
		}
	}
	if len(l.children) > 0 {
		out = append(out, group("add-on", l))
	}
	if m := in.Mirror; m.Proxy != "" {
		out = append(out, group("proxy", boolean("enabled", true), text("http_proxy", m.Proxy), text("https_proxy", m.Proxy)))
	}
	if in.Mirror.Security != "" {
		w.Lose("mirror.security", "SUSE has no security archive of its own: give it as one of repositories")
	}
	if in.Mirror.Suite != "" {
		w.Lose("mirror.suite", "SUSE's trees have no suite")
	}
	return out
}

// modules are those of SLES 15 without which it is not whole: its installer's
// own repository holds the installer alone. They lie on the full medium as
// directories (SUSE's documentation of AutoYaST 15, "Add-on products").
func (w *writer) modules() node {
	l := list("add_on_products")
	if w.in.Mirror.URL != "" || !strings.HasPrefix(w.s.Image.Release, "sles-15") {
		return l
	}
	for _, m := range []string{"Basesystem", "Server-Applications"} {
		l.add(group("listentry", text("media_url", w.s.Mirror+"/Module-"+m), text("product", "sle-module-"+strings.ToLower(m)), text("product_dir", "/"),
			boolean("confirm_license", false)))
	}
	return l
}

// scripts are the pre script that picks the disks, and those at the end: one in
// the new system, one beside it that reports.
func (w *writer) scripts() node {
	in := w.in
	work := finish.Work{Sudo: true, SELinux: in.SELinux}
	for _, u := range in.Users {
		made := intent.User{Name: u.Name, Password: u.Password, Locked: u.Locked, Groups: u.Groups, Sudo: u.Sudo, NoPasswd: u.NoPasswd}
		if w.v < 15 {
			made.SSHKeys = u.SSHKeys
		}
		work.Made = append(work.Made, made)
	}
	if w.v < 15 {
		work.RootKeys, work.Keys, work.Servers = w.s.RootKeys(in), true, in.NTPServers
	}
	all := group("scripts")
	script := func(name, source string, chrooted bool) node {
		return group("script", text("filename", name), text("interpreter", "shell"), boolean("chrooted", chrooted), text("source", source))
	}
	var pre []node
	before := func(name, source string) {
		pre = append(pre, group("script", text("filename", name), text("interpreter", "shell"), text("source", source)))
	}
	if w.s.FailURL != "" {
		before("seedbed-failure.sh", hooks(w.s.FailWith("installer")))
	}
	if w.pick.Len() > 0 {
		before("seedbed-disks.sh", finish.PickFunctions+"cp /tmp/profile/autoinst.xml /tmp/profile/modified.xml\n"+w.pick.String())
	}
	if len(pre) > 0 {
		all.add(list("pre-scripts", pre...))
	}
	end := finish.End{Accounts: work.Script(), Post: in.Post, Why: "/root/.seedbed-why"}
	tell := "why=$(cat /mnt/root/.seedbed-why 2>/dev/null || :)\nrm -f /mnt/root/.seedbed-why\n" + finish.Tell(w.s)
	all.add(list("chroot-scripts", script("seedbed-end.sh", end.Script(""), true), script("seedbed-report.sh", tell, false)))
	return all
}

// hooks is shell text that has YaST report a failed or given-up installation:
// it runs what lies in that directory, which is read-only, under these names
// (library/general/doc/Hooks.md of yast-yast2). A hook that fails would open a
// window.
func hooks(url string) string {
	const own, searched = "/tmp/seedbed-hooks", "/var/lib/YaST2/hooks/installation"
	hook := own + "/installation_failure_50_seedbed"
	return "mkdir -p " + own + "\n" +
		finish.File(hook, "#!/bin/sh\n"+finish.Failure(url, "/var/log/YaST2/y2log")+"\nexit 0", "") + "\n" +
		"chmod 755 " + hook + "\n" +
		"cp -p " + hook + " " + own + "/installation_aborted_50_seedbed\n" +
		"mkdir -p " + searched + " 2>/dev/null\n" +
		"mount -o bind " + own + " " + searched + " || cp -p " + own + "/* " + searched + "/\n" +
		"exit 0\n"
}
