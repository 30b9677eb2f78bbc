package redhat

import (
	"fmt"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/shell"
)

// writer is one file in the making. Commands go to head, or to late where they
// need a name that %pre finds out first: /tmp/seedbed.ks, which is included.
type writer struct {
	*finding.List
	in   *intent.Install
	s    intent.Subject
	v    version
	head []string
	late []string // with tokens
	held bool     // all lines go to head for now: together decides
	pre  []string // shell that sets the variables of tokens
}

// Kickstart answers every question of Anaconda: what it must know is in
// pyanaconda's mandatory spokes (storage, time zone, root password or
// administrator, source, software, network).
func Kickstart(in *intent.Install, s intent.Subject) (intent.Document, error) {
	w := &writer{List: finding.Check(in, s), in: in, s: s, v: versionOf(s.Image.Release)}
	w.add("# Answers for Anaconda, made by Seedbed.")
	w.add("# %s", finding.Comment(s.Purpose()))
	w.basics()
	w.source()
	w.together(w.network)
	w.accounts()
	w.behaviour()
	w.together(w.storage)
	w.add("%s", map[string]string{"": "reboot", "reboot": "reboot", "poweroff": "poweroff", "halt": "halt"}[in.End])
	if len(w.late) > 0 {
		w.add("%%include /tmp/seedbed.ks")
	}
	w.packages()
	w.preScript()
	w.postScript()
	if err := w.Err(); err != nil {
		return intent.Document{}, err
	}
	d := intent.NewDocument(intent.Kickstart)
	d.Bytes = []byte(strings.Join(w.head, "\n") + "\n")
	d.NoCallback = s.CallbackURL == ""
	d.Losses = w.Losses()
	return d, nil
}

// add appends a line; one that holds a token is put off until %pre has run.
func (w *writer) add(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if !w.held && strings.Contains(line, token) {
		w.late = append(w.late, line)
		return
	}
	w.head = append(w.head, line)
}

// together keeps the lines of a part in their order: if one of them is put off,
// all are.
func (w *writer) together(part func()) {
	head, late := w.head, w.late
	w.head, w.late, w.held = nil, nil, true
	part()
	lines := w.head
	w.head, w.late, w.held = head, late, false
	if strings.Contains(strings.Join(lines, ""), token) {
		w.late = append(w.late, lines...)
	} else {
		w.head = append(w.head, lines...)
	}
}

// token stands around the name of a shell variable in a line. No value holds
// it: control characters are refused.
const token = "\x00"

// word is a value as pykickstart reads one: it splits lines with Python's
// shlex, by the rules of a POSIX shell, with # for comments.
func word(v string) string {
	if plain.MatchString(v) {
		return v
	}
	return shell.Quote(v)
}

var plain = regexp.MustCompile(`^[A-Za-z0-9@^_.,:/+*=%{}()$-]+$`)

func (w *writer) basics() {
	in := w.in
	if w.v.rhel(7) || w.v.fedora {
		w.add("eula --agreed")
	}
	if w.v.old(7) {
		w.add("install")
	}
	w.add("cmdline")
	w.add("firstboot --disable")
	w.add("lang %s", intent.Or(in.Locale, intent.DefaultLocale))
	layout := intent.Or(in.Keyboard, intent.DefaultKeyboard)
	switch {
	case w.v.old(6):
		w.add("keyboard %s", layout)
		if in.Variant != "" {
			w.Lose("keyboard.variant", "RHEL 6 knows console keymaps only")
		}
	case in.Variant != "":
		w.add("keyboard --xlayouts=%s", shell.Quote(layout+" ("+in.Variant+")"))
	default:
		w.add("keyboard --xlayouts=%s", shell.Quote(layout))
	}
	utc := " --utc"
	if in.LocalClock {
		utc = ""
	}
	servers := in.NTPServers
	if len(servers) == 0 && in.NTP && w.s.Subnet != nil {
		for _, a := range w.s.Subnet.NTP {
			servers = append(servers, a.String())
		}
	}
	ntp := ""
	if len(servers) > 0 && !w.v.timesource() && !w.v.old(6) {
		ntp = " --ntpservers=" + strings.Join(servers, ",")
	}
	w.add("timezone %s%s%s", intent.Or(in.Timezone, intent.DefaultTimezone), utc, ntp)
	if w.v.timesource() {
		for _, n := range servers {
			w.add("timesource --ntp-server=%s", n)
		}
	}
}

func (w *writer) source() {
	m := w.in.Mirror
	source := intent.Or(m.URL, w.s.Mirror)
	if source == "" {
		w.Bad("mirror.url", "give the address of an installation tree, as http://mirror.example/rocky/9/BaseOS/x86_64/os",
			"image %s holds no packages to install from, and no mirror is given", finding.Comment(w.s.Image.Name))
		return
	}
	if m.URL == "" {
		w.URL("mirror.url", source)
	}
	proxy := ""
	if m.Proxy != "" {
		proxy = " --proxy=" + word(m.Proxy)
	}
	w.add("url --url=%s%s", word(source), proxy)
	if m.Security != "" {
		w.Lose("mirror.security", "Kickstart has no security archive of its own: give it as one of repositories")
	}
	if m.Suite != "" {
		w.Lose("mirror.suite", "Kickstart's trees have no suite")
	}
	for i, r := range w.in.Repositories {
		at := fmt.Sprintf("repositories[%d].", i)
		install := " --install"
		if w.v.old(6) {
			install = ""
			w.Lose(at+"url", "RHEL 6 uses the repository for the installation and does not keep it")
		}
		w.add("repo --name=%s --baseurl=%s%s%s", r.Name, word(r.URL), proxy, install)
		if r.Suite != "" || len(r.Components) > 0 {
			w.Lose(at+"suite", "repositories of packages in RPM have neither suite nor components")
		}
		if r.Key != "" {
			w.Remark(at+"key", "Anaconda does not ask for a repository's key; the script behind the installation imports it")
		}
	}
}

func (w *writer) accounts() {
	in := w.in
	if w.v.old(7) {
		w.add("authconfig --enableshadow --passalgo=sha512")
	}
	// A locked root would make Anaconda ask for an administrator; a hash that
	// no password has does not.
	w.add("rootpw --iscrypted %s", word(intent.Or(in.RootPassword, "*")))
	for _, u := range in.Users {
		line := "user --name=" + u.Name
		if u.FullName != "" {
			line += " --gecos=" + word(u.FullName)
		}
		line += " --iscrypted --password=" + word(intent.Or(u.Password, "*"))
		groups := u.Groups
		if u.Sudo {
			groups = append([]string{"wheel"}, groups...)
		}
		if len(groups) > 0 {
			line += " --groups=" + strings.Join(groups, ",")
		}
		if u.Shell != "" {
			line += " --shell=" + u.Shell
		}
		if u.UID != 0 {
			line += fmt.Sprintf(" --uid=%d", u.UID)
		}
		if u.Locked {
			line += " --lock"
		}
		w.add("%s", line)
	}
	if !w.v.sshkey() {
		return
	}
	for _, k := range w.s.RootKeys(in) {
		w.add("sshkey --username=root %s", shell.Quote(k))
	}
	for _, u := range in.Users {
		for _, k := range u.SSHKeys {
			w.add("sshkey --username=%s %s", u.Name, shell.Quote(k))
		}
	}
}

func (w *writer) behaviour() {
	in := w.in
	if in.SELinux != "" {
		w.add("selinux --%s", in.SELinux)
	}
	if f := in.Firewall; f != nil {
		line := "firewall --disabled"
		if f.Enabled {
			line = "firewall --enabled"
		}
		if len(f.Services) > 0 {
			line += " --service=" + strings.Join(f.Services, ",")
		}
		var ports []string
		for _, p := range f.Ports {
			number, protocol, _ := strings.Cut(p, "/")
			ports = append(ports, number+":"+protocol)
		}
		if len(ports) > 0 {
			line += " --port=" + strings.Join(ports, ",")
		}
		w.add("%s", line)
	}
	if s := in.Services; len(s.Enable)+len(s.Disable) > 0 {
		line := "services"
		if len(s.Disable) > 0 {
			line += " --disabled=" + strings.Join(s.Disable, ",")
		}
		if len(s.Enable) > 0 {
			line += " --enabled=" + strings.Join(s.Enable, ",")
		}
		w.add("%s", line)
	}
}

// rpmName is a package's name without Debian's versions and architectures.
var rpmName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)

func (w *writer) packages() {
	in := w.in
	w.add("\n%%packages\n@core")
	for _, g := range in.Groups {
		if g != "core" {
			w.add("@%s", g)
		}
	}
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			w.add("%s", name)
		}
		seen[name] = true
	}
	for i, p := range in.Packages {
		if !rpmName.MatchString(p) {
			w.Bad(fmt.Sprintf("packages[%d]", i), "write the package's name alone", "%s is not the name of a package in RPM", finding.Shown(p))
			continue
		}
		add(p)
	}
	keys, sudo := len(w.s.RootKeys(in)) > 0, false
	for _, u := range in.Users {
		keys, sudo = keys || len(u.SSHKeys) > 0, sudo || u.Sudo
	}
	if keys {
		add("openssh-server")
	}
	if sudo {
		add("sudo")
	}
	if f := in.Firewall; f != nil && f.Enabled && !w.v.old(6) {
		add("firewalld")
	}
	for _, p := range in.Excluded {
		w.add("-%s", p)
	}
	w.add("%%end")
}

// postScript is run inside the new system, and reports how the installation
// ended: what it reports is what went wrong first.
func (w *writer) postScript() {
	work := finish.Work{Sudo: true, Made: nil}
	for _, u := range w.in.Users {
		made := intent.User{Name: u.Name, Password: u.Password, Locked: false, NoPasswd: u.AsksNoPassword(), Sudo: u.Sudo}
		if !w.v.sshkey() {
			made.SSHKeys = u.SSHKeys
		}
		work.Made = append(work.Made, made)
	}
	if !w.v.sshkey() {
		work.RootKeys, work.Keys = w.s.RootKeys(w.in), true
	}
	if w.v.old(6) {
		work.Servers = w.in.NTPServers
	}
	for _, r := range w.in.Repositories {
		if r.Key != "" {
			work.More = append(work.More, "rpm --import "+shell.Quote(r.Key))
		}
	}
	e := finish.End{Accounts: work.Script(), Post: w.in.Post, Installed: w.s.CallbackURL, Failed: w.s.FailWith("")}
	w.head = append(w.head, "\n%post --log=/var/log/seedbed-post.log", strings.TrimRight(e.Script("%"), "\n"), "%end")
	if w.s.FailURL == "" {
		return
	}
	section := "\n%onerror"
	if !w.v.onerror() {
		section = "\n%traceback"
		w.Remark("(failure)", "this release's Anaconda reports failures of its own program; at others it waits, and the attempt shows as stalled")
	}
	w.head = append(w.head, section, finish.Failure(w.s.FailWith("installer"), "/tmp/storage.log", "/tmp/program.log", "/tmp/packaging.log", "/tmp/anaconda.log"), "%end")
}

// version is a release's place among Anaconda's.
type version struct {
	fedora bool
	n      int
}

// versionOf takes a release that is not known for the newest RHEL.
func versionOf(release string) version {
	v := version{fedora: strings.HasPrefix(release, "fedora"), n: intent.Version(release)}
	if v.n == 0 {
		v.n = 10
		if v.fedora {
			v.n = 43
		}
	}
	return v
}

func (v version) rhel(n int) bool { return !v.fedora && v.n >= n }
func (v version) old(n int) bool  { return !v.fedora && v.n <= n }

// timesource came with Fedora 33 and RHEL 9, and took the place of timezone's
// options (pykickstart's commands/timesource.py).
func (v version) timesource() bool { return v.rhel(9) || v.fedora && v.n >= 33 }

// sshkey came with Fedora 22 and RHEL 8.
func (v version) sshkey() bool { return v.rhel(8) || v.fedora }

// onerror: Anaconda runs that section since Fedora 26, at each failure; before,
// it runs %traceback at unhandled exceptions alone (pyanaconda/exception.py).
func (v version) onerror() bool { return v.rhel(8) || v.fedora }

// search: network --ipv4-dns-search came with Fedora 39 and RHEL 9.
func (v version) search() bool { return v.rhel(9) || v.fedora && v.n >= 39 }
