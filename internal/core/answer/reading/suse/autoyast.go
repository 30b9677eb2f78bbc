package suse

import (
	"fmt"
	"net/netip"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/fault"
)

type reader struct {
	*reading.Draft
	modified bool // a pre script of Seedbed's finds the disks
}

var lostWhy = map[string]string{
	"suse_register": "register in post", "files": "write files in post", "runlevel": "give services", "kdump": "set crash dumps up in post", "dhcp-server": "set servers up in post",
	"ldap": "set directories up in post", "nis": "set directories up in post", "host": "write /etc/hosts in post", "sysconfig": "edit sysconfig in post", "security": "set security up in post",
	"ssh_import": "keys of the old system are not taken over", "user_defaults": "accounts get the system's defaults", "login_settings": "nobody is logged in by itself",
	"upgrade": "only new installations are made", "groups": "groups are made for users only", "printer": "set printers up in post", "nfs": "mount them in post", "configuration_management": "start it in post",
}

// AutoYaST reads a control file.
func AutoYaST(file, text string) (*reading.Draft, error) {
	root, err := parse(text)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "mend it: seedbed lint shows where", "%s is no XML", file)
	}
	r := &reader{Draft: reading.New(file, "suse")}
	for _, p := range root.get("scripts").get("pre-scripts").children {
		if src := p.of("source"); strings.Contains(src, "$(pick ") {
			r.modified = true
			r.Picks(src, "seedbed-disk-%d")
		}
	}
	for _, s := range root.children {
		r.section(s)
	}
	r.Simple()
	return r.Draft, nil
}

func (r *reader) general(s *element) {
	r.Keep(s.line, "general", "")
	if m := s.get("mode"); m.yes("halt") || m.yes("final_halt") {
		r.In.End = "poweroff"
		r.Keep(m.line, "general mode", "end")
	}
	if k := s.get("signature-handling"); k.yes("accept_unsigned_file") {
		r.In.Mirror.Trusted = true
		r.Keep(k.line, "general signature-handling", "mirror.trusted")
	}
}

func (r *reader) section(s *element) {
	in := &r.In
	switch s.name {
	case "general":
		r.general(s)
	case "report", "deploy_image", "software_settings":
		r.Keep(s.line, s.name, "")
	case "language":
		if in.Locale = s.of("language"); in.Locale != "" && !strings.Contains(in.Locale, ".") {
			in.Locale += ".UTF-8"
		}
		r.Keep(s.line, "language", "locale")
	case "keyboard":
		r.keyboard(s)
	case "timezone":
		in.Timezone, in.LocalClock = s.of("timezone"), s.of("hwclock") == "localtime"
		r.Keep(s.line, "timezone", "timezone")
	case "networking":
		r.networking(s)
	case "users":
		for _, u := range s.children {
			r.user(u)
		}
	case "partitioning":
		r.partitioning(s)
	case "software":
		r.software(s)
	case "bootloader":
		args := strings.Fields(s.get("global").of("append"))
		r.Add(s.line, "kernel argument", "kernel-args", &in.KernelArgs, args...)
		r.Keep(s.line, "bootloader", "")
	case "services-manager":
		r.Add(s.line, "service", "services.enable", &in.Services.Enable, s.get("services").get("enable").values()...)
		r.Add(s.line, "service", "services.disable", &in.Services.Disable, s.get("services").get("disable").values()...)
		if t := s.of("default_target"); t == "graphical" {
			r.Lose(s.line, "services-manager default_target", "the start target is the distribution's: set it in post")
		}
	case "firewall":
		r.firewall(s)
	case "ntp-client":
		for _, n := range append(s.get("ntp_servers").children, s.get("peers").children...) {
			r.Add(n.line, "time server", "ntp-servers", &in.NTPServers, n.of("address"))
		}
	case "add-on":
		r.addOns(s)
	case "proxy":
		if s.yes("enabled") {
			in.Mirror.Proxy = s.of("http_proxy")
			r.Keep(s.line, "proxy", "mirror.proxy")
		}
	case "scripts":
		r.scripts(s)
	default:
		why := lostWhy[s.name]
		if why == "" {
			why = "the neutral install has nothing like it"
		}
		r.Lose(s.line, s.name, "%s", why)
	}
}

// layouts are YaST's names of keymaps, as far as their layouts go by another.
var layouts = map[string]string{
	"english-us": "us", "english-uk": "gb", "german": "de", "german-deadkey": "de", "french": "fr", "spanish": "es", "italian": "it", "portugese": "pt",
	"portugese-br": "br", "german-ch": "ch", "swedish": "se", "norwegian": "no", "danish": "dk", "finnish": "fi", "dutch": "nl", "polish": "pl",
	"czech": "cz", "hungarian": "hu", "russian": "ru", "japanese": "jp", "korean": "kr", "turkish": "tr",
}

func (r *reader) keyboard(s *element) {
	keymap := s.of("keymap")
	r.In.Keyboard = intent.Or(layouts[keymap], keymap)
	if keymap == "german-deadkey" {
		r.In.Variant = "deadacute"
	}
	r.Keep(s.line, "keyboard", "keyboard")
}

func (r *reader) user(e *element) {
	name := e.of("username")
	hash := func(field string) string {
		return r.Password(e.line, "user "+name, field, e.of("user_password"), e.yes("encrypted"))
	}
	keys := e.get("authorized_keys").values()
	if name == "root" {
		r.In.RootPassword = hash("root-password")
		r.Add(e.line, "key of root", "ssh-keys", &r.In.SSHKeys, keys...)
		return
	}
	if name == "" {
		r.Lose(e.line, "user", "it has no name")
		return
	}
	u := r.User(name)
	field := r.UserField(name)
	u.Password = hash(field)
	u.SSHKeys, u.UID = keys, int(reading.Number(e.of("uid")))
	if full := e.of("fullname"); full != name {
		u.FullName = full
	}
	if sh := e.of("shell"); sh != "/bin/bash" {
		u.Shell = sh
	}
	r.Groups(u, reading.Fields(e.of("grouplist")))
	if h := e.of("home"); h != "" && h != "/home/"+name {
		r.Lose(e.get("home").line, "home directory of user "+name, "accounts get the system's own")
	}
}

func (r *reader) software(s *element) {
	in := &r.In
	for _, c := range s.children {
		switch c.name {
		case "packages":
			for _, p := range c.children {
				if p.value() == "curl" {
					continue // Seedbed's own, with which the end is reported
				}
				r.Add(p.line, "package", "packages", &in.Packages, p.value())
			}
		case "post-packages":
			r.Add(c.line, "package", "packages", &in.Packages, c.values()...)
		case "patterns":
			for _, p := range c.children {
				if p.value() == "base" || p.value() == "Minimal" || p.value() == "minimal_base" {
					r.Keep(p.line, "pattern "+p.value(), "")
					continue
				}
				r.Add(p.line, "pattern", "groups", &in.Groups, p.value())
			}
		case "remove-packages":
			r.Add(c.line, "without", "excluded-packages", &in.Excluded, c.values()...)
		case "do_online_update":
			if c.value() == "true" {
				r.Lose(c.line, "software do_online_update", "the new system is not upgraded at its installation: do it in post")
			}
		case "remove-patterns":
			r.Lose(c.line, "software remove-patterns", "patterns cannot be left out")
		case "products", "install_recommended", "kernel", "image":
			r.Keep(c.line, "software "+c.name, "")
		default:
			r.Lose(c.line, "software "+c.name, "the neutral install has nothing like it")
		}
	}
}

func (r *reader) firewall(s *element) {
	f := &intent.Firewall{Enabled: s.yes("enable_firewall")}
	for _, z := range s.get("zones").children {
		f.Services = append(f.Services, z.get("services").values()...)
		f.Ports = append(f.Ports, z.get("ports").values()...)
	}
	for _, old := range []string{"FW_SERVICES_EXT_TCP", "FW_SERVICES_EXT_UDP"} {
		for _, p := range reading.Fields(s.of(old)) {
			if reading.Number(p) > 0 {
				f.Ports = append(f.Ports, p+"/"+strings.ToLower(old[len(old)-3:]))
			} else {
				f.Services = append(f.Services, p)
			}
		}
	}
	r.In.Firewall = f
	r.Keep(s.line, "firewall", "firewall")
}

func (r *reader) addOns(s *element) {
	for _, l := range s.children {
		for _, e := range l.children {
			url, name := e.of("media_url"), intent.Or(e.of("alias"), e.of("name"))
			if e.of("product") != "" || name == "" {
				r.Keep(e.line, "add-on "+e.of("product")+" (added where the release needs it)", "")
				continue
			}
			r.Keep(e.line, "add-on "+name, fmt.Sprintf("repositories[%d]", len(r.In.Repositories)))
			r.In.Repositories = append(r.In.Repositories, intent.Repository{Name: name, URL: url})
		}
	}
}

func (r *reader) scripts(s *element) {
	for _, kind := range s.children {
		for _, c := range kind.children {
			what := kind.name + " " + intent.Or(c.of("filename"), "(no name)")
			source := strings.Trim(c.get("source").text, "\n") + "\n"
			inside := c.yes("chrooted") || kind.name == "post-scripts" || kind.name == "init-scripts"
			switch {
			case r.Own(source, c.line) || strings.Contains(source, "seedbed-why") || strings.Contains(source, "/tmp/seedbed-hooks") || kind.name == "pre-scripts" && r.modified:
				r.Keep(c.line, "Seedbed's own "+what, "")
				continue
			case kind.name == "pre-scripts" || kind.name == "postpartitioning-scripts":
				r.Lose(c.line, what, "the neutral install runs nothing before the installation")
				continue
			case c.of("source") == "":
				r.Lose(c.line, what, "its text does not stand in the file")
				continue
			}
			if i := c.of("interpreter"); i == "perl" || i == "python" || strings.HasPrefix(i, "/") {
				source = "#!/usr/bin/env " + strings.TrimPrefix(i, "/usr/bin/") + "\n" + source
			} else if !strings.HasPrefix(source, "#!") {
				source = "#!/bin/bash\n" + source
			}
			r.Post(source, c.line, what)
			if !inside {
				r.Change(c.line, what, "post", "it ran beside the new system, below /mnt; it runs inside now")
			} else if kind.name != "chroot-scripts" {
				r.Change(c.line, what, "post", "it ran when the new system came up; it runs at the end of the installation now")
			}
		}
	}
}

func (r *reader) networking(s *element) {
	dns := s.get("dns")
	if h := dns.of("hostname"); h != "" && h != "localhost" {
		r.Host(dns.get("hostname").line, "networking dns hostname", h)
	}
	if d := dns.of("domain"); d != "" {
		r.Domain = d
	}
	n := &r.In.Network
	for _, a := range dns.get("nameservers").values() {
		n.DNS = append(n.DNS, reading.Addresses(a)...)
	}
	n.Search = dns.get("searchlist").values()
	macs := map[string]string{}
	for _, rule := range s.get("net-udev").children {
		macs[rule.of("name")] = reading.MAC(rule.of("value"))
	}
	for _, i := range s.get("interfaces").children {
		r.card(i, macs)
	}
	for _, t := range s.get("routing").get("routes").children {
		r.route(t)
	}
	for _, c := range s.children {
		switch c.name {
		case "dns", "interfaces", "net-udev", "routing", "keep_install_network", "managed", "ipv6", "setup_before_proposal", "start_immediately":
		default:
			r.Lose(c.line, "networking "+c.name, "the neutral install has nothing like it")
		}
	}
	r.Keep(s.line, "networking", "")
}

func (r *reader) card(e *element, macs map[string]string) {
	i := intent.Interface{Name: intent.Or(e.of("device"), e.of("name")), MTU: int(reading.Number(e.of("mtu"))), Optional: e.of("startmode") == "hotplug" || e.of("startmode") == "off"}
	if i.Name == "lo" {
		return
	}
	i.MAC = macs[i.Name]
	switch e.of("bootproto") {
	case "none":
		i.Method = intent.None
	case "static", "":
		bits := intent.Or(e.of("prefixlen"), e.of("netmask"))
		if p, ok := reading.Prefix(e.of("ipaddr"), bits); ok {
			i.Addresses = append(i.Addresses, p)
		} else if p, err := netip.ParsePrefix(e.of("ipaddr")); err == nil {
			i.Addresses = append(i.Addresses, p)
		}
		for _, a := range e.get("aliases").children {
			if p, ok := reading.Prefix(a.of("IPADDR"), intent.Or(a.of("PREFIXLEN"), a.of("NETMASK"))); ok {
				i.Addresses = append(i.Addresses, p)
			}
		}
	}
	if on := e.of("etherdevice"); on != "" {
		i.VLAN, i.On = int(reading.Number(e.of("vlan_id"))), on
	}
	if e.yes("bonding_master") {
		for _, c := range e.children {
			if strings.HasPrefix(c.name, "bonding_slave") {
				i.Bond = append(i.Bond, c.value())
			}
		}
		for _, o := range strings.Fields(e.of("bonding_module_opts")) {
			if m, ok := strings.CutPrefix(o, "mode="); ok && m != "active-backup" {
				i.Mode = m
			}
		}
	}
	if e.yes("bridge") {
		r.Lose(e.line, "interface "+i.Name, "the neutral install has cards, bonds and VLANs")
		return
	}
	r.Card(e.line, "interface "+i.Name, i)
	for k := range r.In.Network.Interfaces {
		if m := &r.In.Network.Interfaces[k]; r.In.Network.Enslaved(m.Name) && m.Method == intent.None {
			m.Method = ""
		}
	}
}

func (r *reader) route(t *element) {
	via := reading.Address(t.of("gateway"))
	to := t.of("destination")
	p, err := netip.ParsePrefix(to)
	if err != nil {
		p, _ = reading.Prefix(to, t.of("netmask"))
	}
	n := &r.In.Network
	for k := range n.Interfaces {
		i := &n.Interfaces[k]
		on := t.of("device") == i.Name
		if t.of("device") == "" || t.of("device") == "-" {
			for _, a := range i.Addresses {
				on = on || a.Masked().Contains(via)
			}
		}
		switch {
		case !on:
		case to == "default" || to == "0.0.0.0/0":
			i.Gateway = via
			return
		case p.IsValid():
			i.Routes = append(i.Routes, intent.Route{To: p.Masked(), Via: via})
			return
		}
	}
	r.Lose(t.line, "route "+to, "no interface has its gateway")
}
