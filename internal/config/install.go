package config

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/secret"
	"seedbed/internal/fault"
)

func (r *reader) install(n *yaml.Node) *answer.Install {
	in := &answer.Install{At: r.at(n), Places: map[string]fault.Position{}}
	in.Storage.Disk.Path = "auto"
	r.places(n, "", in.Places, 0)
	r.mapping(n, "install", keys{
		"locale":             func(n *yaml.Node) { r.str(n, &in.Locale) },
		"keyboard":           func(n *yaml.Node) { r.keyboard(n, in) },
		"timezone":           func(n *yaml.Node) { r.str(n, &in.Timezone) },
		"utc":                func(n *yaml.Node) { utc := true; r.boolean(n, &utc); in.LocalClock = !utc },
		"hostname":           func(n *yaml.Node) { r.str(n, &in.HostName) },
		"root-password":      func(n *yaml.Node) { r.hash(n, &in.RootPassword) },
		"root-password-file": func(n *yaml.Node) { r.passwordFile(n, &in.RootPassword) },
		"ssh-keys":           func(n *yaml.Node) { r.sshKeys(n, &in.SSHKeys) },
		"users": func(n *yaml.Node) {
			r.list(n, "users", func(c *yaml.Node) { in.Users = append(in.Users, r.user(c)) })
		},
		"network": func(n *yaml.Node) { r.network(n, &in.Network) },
		"storage": func(n *yaml.Node) { r.storage(n, &in.Storage) },
		"mirror":  func(n *yaml.Node) { r.mirror(n, &in.Mirror) },
		"repositories": func(n *yaml.Node) {
			r.list(n, "repositories", func(c *yaml.Node) { in.Repositories = append(in.Repositories, r.repository(c)) })
		},
		"ntp":               func(n *yaml.Node) { r.boolean(n, &in.NTP) },
		"ntp-servers":       func(n *yaml.Node) { r.strs(n, "ntp-servers", &in.NTPServers) },
		"packages":          func(n *yaml.Node) { r.strs(n, "packages", &in.Packages) },
		"excluded-packages": func(n *yaml.Node) { r.strs(n, "excluded-packages", &in.Excluded) },
		"groups":            func(n *yaml.Node) { r.strs(n, "groups", &in.Groups) },
		"services": func(n *yaml.Node) {
			r.mapping(n, "services", keys{
				"enable":  func(n *yaml.Node) { r.strs(n, "enable", &in.Services.Enable) },
				"disable": func(n *yaml.Node) { r.strs(n, "disable", &in.Services.Disable) },
			})
		},
		"firewall":    func(n *yaml.Node) { in.Firewall = r.firewall(n) },
		"selinux":     func(n *yaml.Node) { r.oneOf(n, &in.SELinux, "enforcing", "permissive", "disabled") },
		"kernel-args": func(n *yaml.Node) { r.kernelArgs(n, &in.KernelArgs) },
		"post":        func(n *yaml.Node) { r.str(n, &in.Post) },
		"end":         func(n *yaml.Node) { r.oneOf(n, &in.End, "reboot", "poweroff", "halt") },
	})
	if in.RootPassword == "" && len(in.SSHKeys) == 0 && len(in.Users) == 0 {
		r.bad(n, "add root-password, ssh-keys, or users", "nobody could log in to what this installs")
	}
	return in
}

// places notes where each field stands, for faults that only a writer finds.
func (r *reader) places(n *yaml.Node, path string, into map[string]fault.Position, depth int) {
	n = deref(n)
	if depth > 12 || len(into) > 10000 { // an alias may lead back up
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			field := strings.TrimPrefix(path+"."+n.Content[i].Value, ".")
			into[field] = r.at(n.Content[i+1])
			r.places(n.Content[i+1], field, into, depth+1)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			field := fmt.Sprintf("%s[%d]", path, i)
			into[field] = r.at(c)
			r.places(c, field, into, depth+1)
		}
	}
}

// keyboard is a layout, or a mapping with its variant.
func (r *reader) keyboard(n *yaml.Node, in *answer.Install) {
	if n.Kind == yaml.ScalarNode {
		r.str(n, &in.Keyboard)
		return
	}
	r.mapping(n, "keyboard", keys{
		"layout":  func(n *yaml.Node) { r.str(n, &in.Keyboard) },
		"variant": func(n *yaml.Node) { r.str(n, &in.Variant) },
	})
	if in.Keyboard == "" {
		r.bad(n, "as keyboard: {layout: de, variant: nodeadkeys}", "the keyboard has no layout")
	}
}

// passwordFile reads a file that holds a password's hash, or the password
// itself. The latter is hashed here and kept nowhere.
func (r *reader) passwordFile(n *yaml.Node, into *string) {
	text, ok := r.secretFile(n, "password file")
	if !ok {
		return
	}
	if secret.IsHash(text) {
		r.hash(&yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: n.Line, Column: n.Column}, into)
		return
	}
	if secret.Weak(text) {
		r.cfg.Weak = append(r.cfg.Weak, fault.Finding{Position: r.at(n), Severity: "error",
			Msg: "the password in this file is one of those that are tried first", Hint: "choose another one, or give --allow-weak"})
	}
	hash, err := secret.Hash(text)
	if err != nil {
		r.bad(n, "write one password of one line", "the password cannot be hashed: %v", err)
		return
	}
	*into = hash
}

// secretFile is the one line of a small file, without the line's end.
func (r *reader) secretFile(n *yaml.Node, what string) (string, bool) {
	var name string
	if r.str(n, &name); name == "" {
		return "", false
	}
	f, err := os.Open(r.path(name))
	if err != nil {
		r.bad(n, "names start from the directory of the settings file", "the %s cannot be read: %v", what, err)
		return "", false
	}
	defer f.Close()
	b := make([]byte, 4097)
	k, _ := f.Read(b)
	text := strings.TrimRight(string(b[:k]), "\r\n")
	if text == "" || k > 4096 || strings.ContainsAny(text, "\r\n\x00") {
		r.bad(n, "write it as one line", "the file must hold one line of at most 4096 bytes")
		return "", false
	}
	return text, true
}

func (r *reader) sshKeys(n *yaml.Node, into *[]string) {
	r.list(n, "ssh-keys", func(c *yaml.Node) {
		f := strings.Fields(c.Value)
		if len(f) < 2 || !strings.HasPrefix(f[0], "ssh-") && !strings.HasPrefix(f[0], "ecdsa-") && !strings.HasPrefix(f[0], "sk-") ||
			strings.ContainsAny(c.Value, "\r\n") {
			r.bad(c, "one line of a .pub file, as ssh-ed25519 AAAA… name", "this is not an SSH public key")
			return
		}
		*into = append(*into, strings.Join(f, " "))
	})
}

func (r *reader) user(n *yaml.Node) answer.User {
	var u answer.User
	r.mapping(n, "a user", keys{
		"name":          func(n *yaml.Node) { r.name(n, &u.Name) },
		"full-name":     func(n *yaml.Node) { r.str(n, &u.FullName) },
		"password":      func(n *yaml.Node) { r.hash(n, &u.Password) },
		"password-file": func(n *yaml.Node) { r.passwordFile(n, &u.Password) },
		"locked":        func(n *yaml.Node) { r.boolean(n, &u.Locked) },
		"ssh-keys":      func(n *yaml.Node) { r.sshKeys(n, &u.SSHKeys) },
		"sudo": func(n *yaml.Node) {
			if u.NoPasswd = n.Value == "no-password"; u.NoPasswd {
				u.Sudo = true
				return
			}
			r.boolean(n, &u.Sudo)
		},
		"groups": func(n *yaml.Node) { r.strs(n, "groups", &u.Groups) },
		"shell":  func(n *yaml.Node) { r.str(n, &u.Shell) },
		"uid":    func(n *yaml.Node) { r.number(n, 100, 60000, &u.UID) },
	})
	if u.Name == "" {
		r.bad(n, "add name: ops", "this user has no name")
	}
	return u
}

// number reads a whole number within bounds.
func (r *reader) number(n *yaml.Node, least, most int, into *int) {
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < least || v > most {
		r.bad(n, fmt.Sprintf("a number from %d to %d", least, most), "%q cannot be used", n.Value)
		return
	}
	*into = v
}

// webAddress reads the http or https address of packages.
func (r *reader) webAddress(into *string, schemes ...string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.str(n, into)
		for _, s := range schemes {
			host, ok := strings.CutPrefix(*into, s+"://")
			if ok && strings.Trim(host, "/") != "" && !strings.ContainsAny(*into, " \t\"'") {
				*into = strings.TrimRight(*into, "/")
				return
			}
		}
		r.bad(n, "as "+schemes[0]+"://mirror.example/debian", "%q is not the %s address of a mirror", n.Value, strings.Join(schemes, " or "))
	}
}

// mirror is a URL, or a mapping where more must be said.
func (r *reader) mirror(n *yaml.Node, m *answer.Mirror) {
	if n.Kind == yaml.ScalarNode {
		r.webAddress(&m.URL, "http")(n)
		return
	}
	r.mapping(n, "mirror", keys{
		"url":      r.webAddress(&m.URL, "http"),
		"suite":    func(n *yaml.Node) { r.str(n, &m.Suite) },
		"proxy":    r.webAddress(&m.Proxy, "http"),
		"trusted":  func(n *yaml.Node) { r.boolean(n, &m.Trusted) },
		"security": r.webAddress(&m.Security, "http"),
	})
}

func (r *reader) repository(n *yaml.Node) answer.Repository {
	var p answer.Repository
	r.mapping(n, "a repository", keys{
		"name":       func(n *yaml.Node) { r.name(n, &p.Name) },
		"url":        r.webAddress(&p.URL, "http", "https"),
		"suite":      func(n *yaml.Node) { r.str(n, &p.Suite) },
		"components": func(n *yaml.Node) { r.strs(n, "components", &p.Components) },
		"key":        r.webAddress(&p.Key, "http", "https"),
		"trusted":    func(n *yaml.Node) { r.boolean(n, &p.Trusted) },
	})
	if p.Name == "" || p.URL == "" {
		r.bad(n, "as {name: tools, url: http://mirror.example/tools}", "a repository needs a name and a url")
	}
	return p
}

// firewall is true or false, or a mapping, which means true.
func (r *reader) firewall(n *yaml.Node) *answer.Firewall {
	w := &answer.Firewall{Enabled: true}
	if n.Kind == yaml.ScalarNode {
		r.boolean(n, &w.Enabled)
		return w
	}
	r.mapping(n, "firewall", keys{
		"enabled":  func(n *yaml.Node) { r.boolean(n, &w.Enabled) },
		"services": func(n *yaml.Node) { r.strs(n, "services", &w.Services) },
		"ports":    func(n *yaml.Node) { r.strs(n, "ports", &w.Ports) },
	})
	return w
}

func (r *reader) network(n *yaml.Node, w *answer.Network) {
	r.mapping(n, "network", keys{
		"interfaces": func(n *yaml.Node) {
			r.list(n, "interfaces", func(c *yaml.Node) { w.Interfaces = append(w.Interfaces, r.networkInterface(c)) })
		},
		"dns":    func(n *yaml.Node) { r.anyAddrs(n, "dns", &w.DNS) },
		"search": func(n *yaml.Node) { r.strs(n, "search", &w.Search) },
	})
}

func (r *reader) networkInterface(n *yaml.Node) answer.Interface {
	var i answer.Interface
	r.mapping(n, "an interface", keys{
		"name":   func(n *yaml.Node) { r.str(n, &i.Name) },
		"mac":    func(n *yaml.Node) { r.str(n, &i.MAC); i.MAC = strings.ToLower(strings.ReplaceAll(i.MAC, "-", ":")) },
		"method": func(n *yaml.Node) { r.oneOf(n, &i.Method, "dhcp", "static", "lease", "none") },
		"addresses": func(n *yaml.Node) {
			r.list(n, "addresses", func(c *yaml.Node) {
				p, err := netip.ParsePrefix(c.Value)
				if err != nil {
					r.bad(c, "as 192.0.2.10/24", "%q is not an address with the length of its network", c.Value)
					return
				}
				i.Addresses = append(i.Addresses, p)
			})
		},
		"gateway": func(n *yaml.Node) { r.anyAddr(n, &i.Gateway) },
		"dns":     func(n *yaml.Node) { r.anyAddrs(n, "dns", &i.DNS) },
		"search":  func(n *yaml.Node) { r.strs(n, "search", &i.Search) },
		"routes": func(n *yaml.Node) {
			r.list(n, "routes", func(c *yaml.Node) { i.Routes = append(i.Routes, r.route(c)) })
		},
		"mtu":      func(n *yaml.Node) { r.number(n, 576, 65535, &i.MTU) },
		"vlan":     func(n *yaml.Node) { r.number(n, 1, 4094, &i.VLAN) },
		"on":       func(n *yaml.Node) { r.str(n, &i.On) },
		"bond":     func(n *yaml.Node) { r.strs(n, "bond", &i.Bond) },
		"mode":     func(n *yaml.Node) { r.str(n, &i.Mode) },
		"optional": func(n *yaml.Node) { r.boolean(n, &i.Optional) },
	})
	return i
}

func (r *reader) route(n *yaml.Node) answer.Route {
	var t answer.Route
	r.mapping(n, "a route", keys{
		"to": func(n *yaml.Node) {
			p, err := netip.ParsePrefix(n.Value)
			if err != nil {
				r.bad(n, "as 198.51.100.0/24", "%q is not a network", n.Value)
				return
			}
			t.To = p.Masked()
		},
		"via":    func(n *yaml.Node) { r.anyAddr(n, &t.Via) },
		"metric": func(n *yaml.Node) { r.number(n, 0, 1<<30, &t.Metric) },
	})
	if !t.To.IsValid() || !t.Via.IsValid() {
		r.bad(n, "as {to: 198.51.100.0/24, via: 192.0.2.1}", "a route needs to and via")
	}
	return t
}

// anyAddr reads an address of IPv4 or IPv6 without a zone.
func (r *reader) anyAddr(n *yaml.Node, into *netip.Addr) {
	a, err := netip.ParseAddr(n.Value)
	if err != nil || a.Zone() != "" {
		r.bad(n, "as 192.0.2.1 or 2001:db8::1", "%q is not an address", n.Value)
		return
	}
	*into = a
}

func (r *reader) anyAddrs(n *yaml.Node, what string, into *[]netip.Addr) {
	r.list(n, what, func(c *yaml.Node) {
		var a netip.Addr
		if r.anyAddr(c, &a); a.IsValid() {
			*into = append(*into, a)
		}
	})
}
