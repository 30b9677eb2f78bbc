package survey

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/reading"
)

// Draft is the system as a neutral install. Items of its report have no lines;
// they name the file that they come from.
func Draft(f Facts) *reading.Draft {
	os := values(f.Texts["etc/os-release"])
	d := reading.New("this machine", family(os))
	d.Release = release(os)
	s := &survey{d, f}
	s.localise()
	s.host()
	s.network()
	s.storage()
	s.accounts()
	s.software()
	s.behaviour()
	for _, m := range f.Missing {
		d.Lose(0, "this machine", "%s", m)
	}
	d.In.End = "reboot"
	d.Simple()
	return d
}

type survey struct {
	*reading.Draft
	f Facts
}

// values are the settings of a file of KEY=value lines, quotes taken off.
func values(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.SplitSeq(text, "\n") {
		if k, v, ok := strings.Cut(strings.TrimSpace(l), "="); ok && !strings.HasPrefix(k, "#") {
			out[strings.TrimSpace(strings.TrimPrefix(k, "export "))] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return out
}

func family(os map[string]string) string {
	ids := os["ID"] + " " + os["ID_LIKE"]
	for _, f := range []struct{ word, family string }{{"coreos", "coreos"}, {"flatcar", "coreos"}, {"ubuntu", "ubuntu"}, {"debian", "debian"}, {"suse", "suse"}, {"sles", "suse"},
		{"rhel", "redhat"}, {"fedora", "redhat"}, {"centos", "redhat"}} {
		if strings.Contains(ids+os["VARIANT_ID"], f.word) {
			return f.family
		}
	}
	return ""
}

// release is the system's as the settings write it: debian-12, rhel-9.
func release(os map[string]string) string {
	id, version := os["ID"], os["VERSION_ID"]
	switch id {
	case "":
		return ""
	case "ol":
		id = "oracle"
	case "opensuse-leap":
		id = "leap"
	}
	if id != "ubuntu" {
		version, _, _ = strings.Cut(version, ".")
	}
	return strings.TrimSuffix(id+"-"+version, "-")
}

func (s *survey) keep(what, field string) { s.Keep(0, what, field) }

func (s *survey) localise() {
	in := &s.In
	for _, name := range []string{"etc/locale.conf", "etc/default/locale", "etc/sysconfig/i18n"} {
		if l := values(s.f.Texts[name])["LANG"]; l != "" && in.Locale == "" {
			in.Locale = l
			if in.Locale == "C" || in.Locale == "POSIX" {
				in.Locale = "C.UTF-8"
			}
			s.keep("locale of /"+name, "locale")
		}
	}
	if k := values(s.f.Texts["etc/default/keyboard"]); k["XKBLAYOUT"] != "" {
		layout, _, _ := strings.Cut(k["XKBLAYOUT"], ",")
		in.Keyboard = layout
		in.Variant, _, _ = strings.Cut(k["XKBVARIANT"], ",")
		s.keep("keyboard of /etc/default/keyboard", "keyboard")
	} else if k := values(s.f.Texts["etc/vconsole.conf"]); k["XKBLAYOUT"] != "" || k["KEYMAP"] != "" {
		in.Keyboard, in.Variant = k["XKBLAYOUT"], k["XKBVARIANT"]
		if in.Keyboard == "" {
			in.Keyboard, in.Variant, _ = strings.Cut(k["KEYMAP"], "-")
		}
		if in.Keyboard == "uk" {
			in.Keyboard = "gb"
		}
		if in.Variant == "latin1" {
			in.Variant = ""
		}
		s.keep("keyboard of /etc/vconsole.conf", "keyboard")
	}
	zone := strings.TrimSpace(s.f.Texts["etc/timezone"])
	if s.f.Zone != "" {
		zone = s.f.Zone
	}
	if zone != "" {
		in.Timezone = zone
		s.keep("time zone", "timezone")
	}
	in.LocalClock = strings.Contains(s.f.Texts["etc/adjtime"], "LOCAL")
}

func (s *survey) host() {
	name := strings.TrimSpace(s.f.Texts["etc/hostname"])
	if name == "" {
		name = values(s.f.Texts["etc/sysconfig/network"])["HOSTNAME"]
	}
	if name != "" && !strings.HasPrefix(name, "localhost") {
		s.Host(0, "host name", name)
	}
	if s.Domain == "" {
		for l := range strings.SplitSeq(s.f.Texts["etc/hosts"], "\n") {
			for _, w := range strings.Fields(l) {
				if domain, ok := strings.CutPrefix(w, s.In.HostName+"."); ok && s.In.HostName != "" && finding.DomainWord().MatchString(domain) {
					s.Domain = domain
				}
			}
		}
	}
}

// below are the texts of a directory that end so, in the order of their names.
func (s *survey) below(dir, suffix string) (names []string) {
	for _, n := range slices.Sorted(maps.Keys(s.f.Texts)) {
		if strings.HasPrefix(n, dir) && strings.HasSuffix(n, suffix) {
			names = append(names, n)
		}
	}
	return names
}

func (s *survey) network() {
	n := &s.In.Network
	switch netplan, keys := s.below("etc/netplan/", ".yaml"), s.below("etc/NetworkManager/system-connections/", ".nmconnection"); {
	case len(netplan) > 0:
		for _, name := range netplan {
			s.NetplanText(s.f.Texts[name], 0)
		}
	case len(keys) > 0:
		files := map[string]string{}
		for _, k := range keys {
			files[k] = s.f.Texts[k]
		}
		s.Keyfiles(files, 0)
	case s.f.Texts["etc/network/interfaces"] != "":
		text := s.f.Texts["etc/network/interfaces"]
		for _, more := range s.below("etc/network/interfaces.d/", "") {
			text += "\n" + s.f.Texts[more]
		}
		s.Ifupdown("", text, 0)
	default:
		if !s.ifcfg() {
			s.Change(0, "network", "network", "no configuration of netplan, NetworkManager, ifupdown or ifcfg files was found: DHCP on the card that it boots from")
		}
	}
	static := false
	for _, i := range n.Interfaces {
		static = static || i.Way() == intent.Static
	}
	if static && len(n.DNS) == 0 && !slices.ContainsFunc(n.Interfaces, func(i intent.Interface) bool { return len(i.DNS) > 0 }) {
		if text := s.f.Texts["etc/resolv.conf"]; !strings.Contains(text, "127.0.0.53") {
			s.Resolv(text)
		}
	}
	if len(n.Interfaces) == 1 && n.Interfaces[0].Way() == intent.DHCP && n.Interfaces[0].Card() {
		s.Change(0, "network", "network.interfaces[0]", "DHCP on one card: it is the one that the machine boots from")
		n.Interfaces = nil
	}
}

// ifcfg reads the files of Red Hat's and SUSE's older ways.
func (s *survey) ifcfg() bool {
	names := append(s.below("etc/sysconfig/network-scripts/ifcfg-", ""), s.below("etc/sysconfig/network/ifcfg-", "")...)
	found := false
	for _, name := range names {
		k := values(s.f.Texts[name])
		i := intent.Interface{Name: intent.Or(k["DEVICE"], name[strings.LastIndex(name, "ifcfg-")+6:]), MAC: reading.MAC(k["HWADDR"]), MTU: int(reading.Number(k["MTU"]))}
		if i.Name == "lo" {
			continue
		}
		found = true
		address, mask := k["IPADDR"], intent.Or(k["PREFIX"], intent.Or(k["PREFIXLEN"], k["NETMASK"]))
		if a, bits, ok := strings.Cut(address, "/"); ok {
			address, mask = a, bits
		}
		if p, ok := reading.Prefix(address, mask); ok {
			i.Addresses = append(i.Addresses, p)
			i.Gateway = reading.Address(k["GATEWAY"])
			for _, l := range strings.Split(s.f.Texts["etc/sysconfig/network/routes"], "\n") {
				if w := strings.Fields(l); len(w) > 1 && w[0] == "default" && p.Masked().Contains(reading.Address(w[1])) {
					i.Gateway = reading.Address(w[1])
				}
			}
		} else if b := k["BOOTPROTO"]; b == "none" || b == "static" {
			i.Method = intent.None
		}
		i.DNS = reading.Addresses(k["DNS1"] + " " + k["DNS2"] + " " + k["DNS3"])
		i.Search = reading.Fields(k["DOMAIN"])
		s.Card(0, "interface "+i.Name, i)
	}
	return found
}

func (s *survey) accounts() {
	hidden := 0
	for _, a := range s.f.Accounts {
		if a.Name == "root" {
			s.In.RootPassword = a.Hash
			s.Add(0, "key of root", "ssh-keys", &s.In.SSHKeys, a.Keys...)
			continue
		}
		u := s.User(a.Name)
		u.FullName, u.UID, u.Password, u.SSHKeys = a.FullName, a.UID, a.Hash, a.Keys
		u.Locked = a.Locked && a.Hash != ""
		if a.Shell != "/bin/bash" {
			u.Shell = a.Shell
		}
		s.Groups(u, a.Groups)
		s.keep("account "+a.Name, s.UserField(a.Name))
		if a.Hash == "" {
			hidden++
		}
	}
	if hidden > 0 {
		s.Lose(0, "passwords and keys", "%d accounts have none in this file: --with-secrets takes hashes and keys over, where they can be read", hidden)
	}
}

func (s *survey) software() {
	list := slices.Clone(s.f.Packages)
	slices.Sort(list)
	s.Add(0, "package", "packages", &s.In.Packages, list...)
	m := &s.In.Mirror
	for _, name := range append(append([]string{"etc/apt/sources.list"}, s.below("etc/apt/sources.list.d/", ".list")...), s.below("etc/apt/sources.list.d/", ".sources")...) {
		url, suite := source(s.f.Texts[name])
		if url != "" && m.URL == "" {
			m.URL, m.Suite = url, suite
			s.keep("archive of /"+name, "mirror.url")
		} else if url != "" && url != m.URL {
			s.Lose(0, "archive "+url, "give it as one of repositories, with its key")
		}
	}
}

var (
	debLine = regexp.MustCompile(`(?m)^deb (?:\[[^\]]*\] )?(https?://\S+?)/? (\S+)`)
	debURI  = regexp.MustCompile(`(?m)^URIs:\s*(https?://\S+?)/?\s*$`)
	debSu   = regexp.MustCompile(`(?m)^Suites:\s*(\S+)`)
)

// source is the first archive of a list of apt's.
func source(text string) (url, suite string) {
	if m := debLine.FindStringSubmatch(text); m != nil {
		return m[1], m[2]
	}
	if m := debURI.FindStringSubmatch(text); m != nil {
		if su := debSu.FindStringSubmatch(text); su != nil {
			suite = su[1]
		}
		return m[1], suite
	}
	return "", ""
}

// born are units that a fresh system has enabled by itself.
var born = strings.Fields(`getty@tty1 autovt@ dbus-org. systemd- remote-fs remote-cryptsetup machines sysstat-collect sysstat-summary
	networking NetworkManager NetworkManager-dispatcher NetworkManager-wait-online nis-domainname selinux-autorelabel-mark auditd rsyslog syslog cron crond atd irqbalance
	kdump lvm2-monitor mdmonitor microcode rhsmcertd tuned e2scrub_reap apt-daily apt-daily-upgrade dpkg-db-backup fstrim logrotate man-db
	anacron console-setup keyboard-setup apparmor blk-availability dmesg ua-reboot-cmds ubuntu-advantage snapd cloud- open-vm-tools vgauthd unattended-upgrades
	grub-common grub-initrd-fallback motd-news pollinate secureboot-db thermald udisks2 ufw lvm2-lvmpolld multipathd finalrd ModemManager rsync
	firewalld chronyd chrony sssd low-memory-monitor import-state loadmodules dnf-makecache mcelog btrfsmaintenance-refresh purge-kernels wicked nscd postfix YaST2- issue-generator haveged`)

func (s *survey) behaviour() {
	in := &s.In
	seen := map[string]bool{}
	for _, u := range s.f.Units {
		name, kind, _ := cutLast(u)
		own := kind == "service" && !seen[name]
		for _, b := range born {
			own = own && name != b && !(len(b) > 0 && strings.HasSuffix(b, "-") && strings.HasPrefix(name, b)) && !(strings.HasSuffix(b, ".") && strings.HasPrefix(name, b)) &&
				!(strings.HasSuffix(b, "@") && strings.HasPrefix(name, b))
		}
		if own && name != "" && !strings.HasSuffix(name, "@") {
			seen[name] = true
			s.Add(0, "service", "services.enable", &in.Services.Enable, name)
		}
		if name == "firewalld" && in.Firewall == nil {
			in.Firewall = zone(s.f.Texts["etc/firewalld/zones/public.xml"])
			s.keep("firewalld", "firewall")
		}
	}
	if strings.Contains(s.f.Texts["etc/ufw/ufw.conf"], "ENABLED=yes") && in.Firewall == nil {
		in.Firewall = &intent.Firewall{Enabled: true, Services: []string{"ssh"}}
		s.Change(0, "ufw", "firewall", "its rules are left out, but for ssh: give them as firewall: {ports: […]}")
	}
	if mode := values(s.f.Texts["etc/selinux/config"])["SELINUX"]; mode != "" {
		in.SELinux = mode
		s.keep("SELinux", "selinux")
	}
	for _, name := range []string{"etc/chrony.conf", "etc/chrony/chrony.conf", "etc/ntp.conf"} {
		for l := range strings.SplitSeq(s.f.Texts[name], "\n") {
			if w := strings.Fields(l); len(w) > 1 && w[0] == "server" {
				s.Add(0, "time server", "ntp-servers", &in.NTPServers, w[1])
			}
		}
	}
	for _, a := range strings.Fields(s.f.Texts["proc/cmdline"]) {
		if a == "--" || a == "---" { // what follows is init's
			break
		}
		if !bootArg(a) && !strings.HasPrefix(a, "-") {
			s.Add(0, "kernel argument", "kernel-args", &in.KernelArgs, a)
		}
	}
}

func cutLast(unit string) (name, kind string, ok bool) {
	i := strings.LastIndexByte(unit, '.')
	if i < 0 {
		return unit, "", false
	}
	return unit[:i], unit[i+1:], true
}

// bootArg says whether a kernel argument is about where the system lies: the
// new one has its own.
func bootArg(a string) bool {
	name, _, _ := strings.Cut(a, "=")
	switch name {
	case "BOOT_IMAGE", "root", "ro", "rw", "initrd", "resume", "rootflags", "rootfstype", "init", "---", "--", "splash", "rd.md.uuid", "rd.luks.uuid", "rd.lvm.lv", "rd.lvm.vg",
		"netroot", "ip", "BOOTIF", "cryptdevice", "zfs", "subvol", "LANG", "reboot", "panic":
		return true
	}
	return false
}

var (
	zoneService = regexp.MustCompile(`<service name="([A-Za-z0-9_-]+)"`)
	zonePort    = regexp.MustCompile(`<port (?:protocol="(\w+)" port="([0-9-]+)"|port="([0-9-]+)" protocol="(\w+)")`)
)

// zone reads firewalld's zone; without a file it lets in what is shipped.
func zone(text string) *intent.Firewall {
	f := &intent.Firewall{Enabled: true}
	if text == "" {
		f.Services = []string{"ssh"}
	}
	for _, m := range zoneService.FindAllStringSubmatch(text, -1) {
		f.Services = append(f.Services, m[1])
	}
	for _, m := range zonePort.FindAllStringSubmatch(text, -1) {
		f.Ports = append(f.Ports, fmt.Sprintf("%s/%s", m[2]+m[3], m[1]+m[4]))
	}
	return f
}
