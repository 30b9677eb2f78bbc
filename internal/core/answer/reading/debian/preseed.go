package debian

import (
	"fmt"
	"net/netip"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/answer/reading"
)

// Answer is one answer with its place.
type Answer struct {
	Line       int
	Key, Value string
}

// reader holds the answers that only together say something.
type reader struct {
	*reading.Draft
	all  map[string]Answer // the last of each key
	used map[string]bool
}

// Preseed reads a file of debian-installer's.
func Preseed(file, text string) *reading.Draft {
	d := reading.New(file, "debian")
	entries, err := preseed.Parse(text)
	var answers []Answer
	for _, e := range entries {
		if !e.Flag() {
			answers = append(answers, Answer{e.Line, e.Key, e.Value})
		}
	}
	Answers(d, answers)
	if f, ok := err.(preseed.Fault); ok {
		d.Lose(f.Line, "everything from here on", "the installer stops reading here: %s", f.Msg)
	}
	d.Simple()
	return d
}

// Answers reads answers into a draft.
func Answers(d *reading.Draft, answers []Answer) {
	r := &reader{Draft: d, all: map[string]Answer{}, used: map[string]bool{}}
	for _, a := range answers {
		r.all[a.Key] = a
	}
	r.localise()
	r.network()
	r.mirror()
	r.accounts()
	r.clock()
	r.storage()
	r.packages()
	r.end()
	for _, a := range answers {
		if !r.used[a.Key] {
			r.other(a)
			r.used[a.Key] = true
		}
	}
}

// get is the value of the first of these keys that is answered. It is then
// used: its line in the report is made by who asked.
func (r *reader) get(keys ...string) (Answer, bool) {
	for _, k := range keys {
		if a, ok := r.all[k]; ok {
			r.used[k] = true
			return a, true
		}
	}
	return Answer{}, false
}

func (r *reader) text(field string, into *string, keys ...string) {
	if a, ok := r.get(keys...); ok && a.Value != "" {
		*into = a.Value
		r.Keep(a.Line, a.Key, field)
	}
	for _, k := range keys { // the same in other words
		r.used[k] = true
	}
}

func (r *reader) yes(key string) bool {
	a, ok := r.get(key)
	return ok && a.Value == "true"
}

// answered are questions whose answers every rendering gives, or does without:
// prefixes end with a slash.
var answered = strings.Fields(`debian-installer/language debian-installer/country debian-installer/framebuffer localechooser/ console-setup/ console-keymaps-at/
	console-tools/ keyboard-configuration/ netcfg/choose_interface netcfg/link_wait_timeout netcfg/dhcp_timeout netcfg/dhcpv6_timeout netcfg/wireless_wep netcfg/confirm_static
	netcfg/disable_autoconfig netcfg/enable hw-detect/ mirror/country mirror/protocol apt-setup/ clock-setup/ partman/ partman-lvm/ partman-md/
	partman-partitioning/ partman-basicfilesystems/ partman-auto-lvm/ partman-auto-crypto/ partman-crypto/ partman-efi/ partman-ext3/ partman-auto/ grub-installer/ grub-pc/ lilo-installer/ cdrom-detect/
	cdrom-checker/ finish-install/ tasksel/ pkgsel/ popularity-contest/ base-installer/ debconf/priority debconf/frontend passwd/make-user passwd/root-login
	user-setup/ debian-installer/allow_unauthenticated debian-installer/exit/ debian-installer/splash preseed/interactive auto-install/ live-installer/ mouseemu/ ubiquity/ nobootloader/ media/ save-logs/ disk-detect/ anna/no_kernel_modules`)

// other is an answer that nothing asked for.
func (r *reader) other(a Answer) {
	for _, p := range answered {
		if a.Key == p || strings.HasSuffix(p, "/") && strings.HasPrefix(a.Key, p) {
			r.Keep(a.Line, a.Key, "")
			return
		}
	}
	why := "the neutral install has nothing like it"
	switch {
	case strings.HasPrefix(a.Key, "preseed/"):
		why = "only one file is read: convert what this one brings in by itself"
	case strings.HasPrefix(a.Key, "anna/"), strings.HasPrefix(a.Key, "network-console/"):
		why = "it is about the installer, not about the new system"
	case !strings.HasPrefix(a.Key, "debian-installer/") && !strings.HasPrefix(a.Key, "netcfg/"):
		why = "an answer for a package of the new system: give it to debconf in post"
	}
	r.Lose(a.Line, a.Key, "%s", why)
}

func (r *reader) localise() {
	in := &r.In
	r.text("locale", &in.Locale, "debian-installer/locale")
	if in.Locale == "" {
		lang, ok := r.get("debian-installer/language")
		country, _ := r.get("debian-installer/country")
		if ok && country.Value != "" {
			in.Locale = lang.Value + "_" + country.Value + ".UTF-8"
			r.Keep(lang.Line, lang.Key, "locale")
		}
	}
	if in.Locale != "" && !strings.Contains(in.Locale, ".") && in.Locale != "C" {
		in.Locale += ".UTF-8"
	}
	r.text("keyboard", &in.Keyboard, "keyboard-configuration/xkb-keymap", "keyboard-configuration/layoutcode", "console-setup/layoutcode", "console-keymaps-at/keymap")
	if l, v, ok := strings.Cut(in.Keyboard, "("); ok {
		in.Keyboard, in.Variant = l, strings.TrimSuffix(v, ")")
	}
	r.text("keyboard.variant", &in.Variant, "keyboard-configuration/variantcode", "console-setup/variantcode")
}

func (r *reader) network() {
	if a, ok := r.get("netcfg/hostname", "netcfg/get_hostname"); ok && a.Value != "" && !strings.HasPrefix(a.Value, "unassigned") {
		r.used["netcfg/get_hostname"] = true
		r.Host(a.Line, a.Key, a.Value)
	}
	if a, ok := r.get("netcfg/get_domain"); ok && a.Value != "" && !strings.HasPrefix(a.Value, "unassigned") {
		r.Domain = a.Value
		r.Keep(a.Line, a.Key, "")
	}
	i := intent.Interface{}
	if a, ok := r.get("netcfg/choose_interface"); ok && a.Value != "auto" && a.Value != "" {
		i.Name = a.Value
		r.Keep(a.Line, a.Key, "network.interfaces[0]")
	}
	address, ok := r.get("netcfg/get_ipaddress")
	mask, _ := r.get("netcfg/get_netmask")
	gateway, _ := r.get("netcfg/get_gateway")
	names, _ := r.get("netcfg/get_nameservers")
	r.used["netcfg/disable_dhcp"], r.used["netcfg/disable_autoconfig"], r.used["netcfg/confirm_static"] = true, true, true
	if ok {
		p, err := netip.ParsePrefix(address.Value)
		if err != nil {
			p, _ = reading.Prefix(address.Value, mask.Value)
		}
		if p.IsValid() {
			i.Addresses, i.Gateway = []netip.Prefix{p}, reading.Address(gateway.Value)
		} else if address.Value != "" {
			r.Lose(address.Line, address.Key, "it is no address with a netmask: DHCP takes its place")
		}
	}
	i.DNS = reading.Addresses(names.Value)
	if i.Name != "" || len(i.Addresses) > 0 || len(i.DNS) > 0 {
		r.Card(max(address.Line, names.Line), "netcfg", i)
	}
}

// securityByItself tells of the security archive that the installer adds where
// nobody says otherwise.
func (r *reader) securityByItself() {
	services, chosen := r.get("apt-setup/services-select")
	if chosen {
		r.Keep(services.Line, services.Key, "")
	}
	_, named := r.all["apt-setup/security_host"]
	if !named && r.In.Mirror.URL != "" && (!chosen || strings.Contains(services.Value, "security")) {
		r.Lose(0, reading.SecurityArchive, "the installer adds its distribution's own by itself; here it is given as mirror.security")
	}
}

func (r *reader) mirror() {
	m := &r.In.Mirror
	scheme := "http"
	if a, ok := r.get("mirror/protocol"); ok && (a.Value == "https" || a.Value == "http") {
		scheme = a.Value
	}
	host, ok := r.get("mirror/"+scheme+"/hostname", "mirror/http/hostname")
	dir, _ := r.get("mirror/"+scheme+"/directory", "mirror/http/directory")
	if ok && host.Value != "" {
		m.URL = scheme + "://" + host.Value + "/" + strings.Trim(dir.Value, "/")
		r.Keep(host.Line, host.Key, "mirror.url")
	}
	if p, ok := r.get("mirror/"+scheme+"/proxy", "mirror/http/proxy"); ok && p.Value != "" {
		m.Proxy = p.Value
		r.Keep(p.Line, p.Key, "mirror.proxy")
	}
	r.text("mirror.suite", &m.Suite, "mirror/suite", "mirror/codename", "mirror/udeb/suite")
	if a, ok := r.get("debian-installer/allow_unauthenticated"); ok {
		m.Trusted = a.Value == "true"
		r.Keep(a.Line, a.Key, "mirror.trusted")
	}
	r.securityByItself()
	if a, ok := r.get("apt-setup/security_host"); ok && a.Value != "" {
		path, has := r.get("apt-setup/security_path")
		if !has {
			path.Value = "/debian-security"
		}
		m.Security = "http://" + a.Value + "/" + strings.Trim(path.Value, "/")
		r.Keep(a.Line, a.Key, "mirror.security")
	}
	for _, part := range []string{"contrib", "non-free", "non-free-firmware", "universe", "multiverse", "restricted", "backports", "partner"} {
		if a, ok := r.get("apt-setup/" + part); ok && a.Value == "true" {
			r.Lose(a.Line, a.Key, "the mirror's main component is used: give the others as one of repositories")
		}
	}
	r.repositories()
}

func (r *reader) repositories() {
	for n := 0; ; n++ {
		key := fmt.Sprintf("apt-setup/local%d/", n)
		a, ok := r.get(key + "repository")
		if !ok {
			return
		}
		p := intent.Repository{Name: fmt.Sprintf("local%d", n)}
		w := strings.Fields(strings.TrimPrefix(strings.TrimPrefix(a.Value, "deb "), "deb\t"))
		if len(w) > 0 && strings.HasPrefix(w[0], "[") {
			p.Trusted = strings.Contains(w[0], "trusted=yes")
			w = w[1:]
		}
		if len(w) == 0 {
			continue
		}
		p.URL = strings.TrimRight(w[0], "/")
		if len(w) > 1 && w[1] != "./" {
			p.Suite, p.Components = w[1], w[2:]
		}
		if c, ok := r.get(key + "comment"); ok && c.Value != "" {
			p.Name = strings.ReplaceAll(c.Value, " ", "-")
		}
		if k, ok := r.get(key + "key"); ok {
			p.Key = k.Value
		}
		r.used[key+"source"] = true
		r.Keep(a.Line, a.Key, fmt.Sprintf("repositories[%d]", len(r.In.Repositories)))
		r.In.Repositories = append(r.In.Repositories, p)
	}
}

func (r *reader) accounts() {
	in := &r.In
	if a, ok := r.get("passwd/root-password-crypted"); ok {
		in.RootPassword = r.Password(a.Line, a.Key, "root-password", a.Value, true)
	} else if a, ok := r.get("passwd/root-password"); ok {
		in.RootPassword = r.Password(a.Line, a.Key, "root-password", a.Value, false)
	}
	r.used["passwd/root-password-again"], r.used["passwd/user-password-again"] = true, true
	noRoot := false
	if a, ok := r.get("passwd/root-login"); ok {
		noRoot = a.Value == "false"
		r.Keep(a.Line, a.Key, "root-password")
		if noRoot {
			in.RootPassword = ""
		}
	}
	name, ok := r.get("passwd/username")
	if a, asked := r.get("passwd/make-user"); asked && a.Value == "false" || !ok || name.Value == "" {
		return
	}
	u := r.User(name.Value)
	r.Keep(name.Line, name.Key, r.UserField(u.Name))
	if a, ok := r.get("passwd/user-fullname"); ok && a.Value != u.Name {
		u.FullName = a.Value
		r.Keep(a.Line, a.Key, r.UserField(u.Name)+".full-name")
	}
	if a, ok := r.get("passwd/user-uid"); ok {
		u.UID = int(reading.Number(a.Value))
		r.Keep(a.Line, a.Key, r.UserField(u.Name)+".uid")
	}
	if a, ok := r.get("passwd/user-password-crypted"); ok {
		u.Password = r.Password(a.Line, a.Key, r.UserField(u.Name)+".password", a.Value, true)
	} else if a, ok := r.get("passwd/user-password"); ok {
		u.Password = r.Password(a.Line, a.Key, r.UserField(u.Name)+".password", a.Value, false)
	}
	if a, ok := r.get("passwd/user-default-groups"); ok {
		r.Groups(u, strings.Fields(a.Value))
		r.Keep(a.Line, a.Key, r.UserField(u.Name)+".groups")
	}
	if noRoot { // user-setup then gives the first user sudo
		u.Sudo = true
	}
}

func (r *reader) clock() {
	in := &r.In
	if a, ok := r.get("clock-setup/utc"); ok {
		in.LocalClock = a.Value == "false"
		r.Keep(a.Line, a.Key, "utc")
	}
	if a, ok := r.get("clock-setup/ntp"); ok {
		in.NTP = a.Value == "true"
		r.Keep(a.Line, a.Key, "ntp")
	}
	if a, ok := r.get("clock-setup/ntp-server"); ok && a.Value != "" {
		r.Add(a.Line, a.Key, "ntp-servers", &in.NTPServers, a.Value)
	}
	r.text("timezone", &in.Timezone, "time/zone")
}

func (r *reader) packages() {
	in := &r.In
	if a, ok := r.get("pkgsel/include"); ok {
		r.Add(a.Line, "package", "packages", &in.Packages, reading.Fields(a.Value)...)
	}
	if a, ok := r.get("base-installer/includes"); ok {
		r.Add(a.Line, "package", "packages", &in.Packages, reading.Fields(a.Value)...)
	}
	if a, ok := r.get("tasksel/first", "tasksel/tasks"); ok {
		for _, g := range strings.Split(a.Value, ",") {
			r.Add(a.Line, "task", "groups", &in.Groups, strings.TrimSpace(g))
		}
	}
	if a, ok := r.get("debian-installer/add-kernel-opts"); ok {
		r.Add(a.Line, "kernel argument", "kernel-args", &in.KernelArgs, strings.Fields(a.Value)...)
	}
	if a, ok := r.get("pkgsel/update-policy"); ok && a.Value != "none" {
		r.Lose(a.Line, a.Key, "upgrades by themselves are set up in post")
	}
	if a, ok := r.get("pkgsel/upgrade"); ok && a.Value != "none" {
		r.Lose(a.Line, a.Key, "the new system is not upgraded at its installation: do it in post")
	}
}

func (r *reader) end() {
	if r.yes("debian-installer/exit/poweroff") {
		r.In.End = "poweroff"
	} else if r.yes("debian-installer/exit/halt") {
		r.In.End = "halt"
	}
	if a, ok := r.get("preseed/early_command"); ok && a.Value != "" {
		r.Lose(a.Line, a.Key, "the neutral install runs nothing before the installation")
	}
	if a, ok := r.get("preseed/late_command"); ok && a.Value != "" {
		r.late(a)
	}
}
