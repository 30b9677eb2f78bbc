package config

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
)

const defaultTimeout = 10 * time.Second

// marks are the nodes that later checks point at.
type marks struct {
	interfaces *yaml.Node
	subnets    []*yaml.Node
	pools      [][]*yaml.Node // per subnet, one a pool
	gateway    []*yaml.Node
	machines   []*yaml.Node
	address    []*yaml.Node // per machine, may be nil
	profileOf  []*yaml.Node // per machine, may be nil
	unknown    *yaml.Node
	deflt      *yaml.Node
	password   *yaml.Node
	items      []*yaml.Node // one a menu item
	hidden     []*yaml.Node
}

func (r *reader) top(n *yaml.Node) {
	c := r.cfg
	r.mapping(n, "the settings", keys{
		"interfaces":     func(n *yaml.Node) { r.marks.interfaces = n; r.interfaces(n) },
		"dhcp":           func(n *yaml.Node) { r.oneOf(n, &c.DHCP, "server", "proxy", "off") },
		"authoritative":  func(n *yaml.Node) { r.boolean(n, &c.Authoritative) },
		"conflict-probe": func(n *yaml.Node) { r.boolean(n, &c.ConflictProbe) },
		"subnets":        func(n *yaml.Node) { r.list(n, "subnets", r.subnet) },
		"loader":         func(n *yaml.Node) { r.loader(n, &c.Boot.Loader) },
		"menu":           r.menu,
		"cache":          r.cache,
		"unknown-machines": func(n *yaml.Node) {
			r.marks.unknown = n
			r.str(n, &c.Boot.Unknown)
		},
		"http": r.http,
		"syslog": func(n *yaml.Node) {
			r.mapping(n, "syslog", keys{
				"port":      func(n *yaml.Node) { r.port(n, &c.SyslogPort) },
				"questions": func(n *yaml.Node) { r.boolean(n, &c.Boot.Questions) },
			})
		},
		"stalled-after": r.stalledAfter,
		"tftp":          r.tftp,
		"snippets":      r.readSnippets,
		"profiles":      r.profiles,
		"machines":      func(n *yaml.Node) { r.list(n, "machines", r.machine) },
	})
}

// stalledAfter reads how long a machine may be silent in each stage.
func (r *reader) stalledAfter(n *yaml.Node) {
	limit := func(into *time.Duration) func(*yaml.Node) {
		return func(n *yaml.Node) {
			r.duration(n, into)
			if *into != 0 && (*into < 30*time.Second || *into > 24*time.Hour) {
				r.bad(n, "as 15m", "a machine may be silent for 30s to 24h, not for %s", n.Value)
			}
		}
	}
	r.mapping(n, "stalled-after", keys{"booting": limit(&r.cfg.Stalled.Booting), "installing": limit(&r.cfg.Stalled.Installing)})
}

func (r *reader) interfaces(n *yaml.Node) {
	r.list(n, "interfaces", func(c *yaml.Node) {
		var name string
		r.str(c, &name)
		if name == "" || len(name) > 15 || strings.ContainsAny(name, "/ \t") {
			r.bad(c, "ip link lists the names", "%q cannot be the name of a network interface", name)
			return
		}
		r.cfg.Interfaces = append(r.cfg.Interfaces, name)
		r.cfg.At["interface "+name] = r.at(c)
	})
}

func (r *reader) loader(n *yaml.Node, into *string) {
	r.oneOf(n, into, "auto", "ipxe", "pxelinux", "grub")
}

func (r *reader) http(n *yaml.Node) {
	r.mapping(n, "http", keys{
		"port":            func(n *yaml.Node) { r.port(n, &r.cfg.HTTPPort) },
		"max-connections": func(n *yaml.Node) { r.number(n, 16, 65536, &r.cfg.HTTPConns) },
		"max-per-client":  func(n *yaml.Node) { r.number(n, 4, 65536, &r.cfg.HTTPPerClient) },
	})
}

func (r *reader) tftp(n *yaml.Node) {
	r.mapping(n, "tftp", keys{
		"port":           func(n *yaml.Node) { r.port(n, &r.cfg.TFTPPort) },
		"lowercase":      func(n *yaml.Node) { r.boolean(n, &r.cfg.TFTPLower) },
		"max-per-client": func(n *yaml.Node) { r.number(n, 1, 4096, &r.cfg.TFTPPerClient) },
		"root": func(n *yaml.Node) {
			var dir string
			r.str(n, &dir)
			dir = r.path(dir)
			if st, err := os.Stat(dir); err != nil || !st.IsDir() {
				r.bad(n, "make it, or leave tftp.root out: loaders and menus need no directory", "%s is not a directory", dir)
				return
			}
			r.cfg.TFTPRoot = dir
		},
	})
}

// path makes a name in the settings absolute, from the settings' directory.
func (r *reader) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(r.dir, p)
}

// hash reads a crypt(3) hash; a password in clear is refused, so that none
// ever lies in a settings file.
func (r *reader) hash(n *yaml.Node, into *string) {
	v := n.Value
	if !strings.HasPrefix(v, "$") || strings.Count(v, "$") < 3 || strings.ContainsAny(v, " \t\r\n:") {
		r.bad(n, "make one with: openssl passwd -6", "this is not a password hash ($6$… or $y$…); passwords in clear are not accepted")
		return
	}
	*into = v
}

func (r *reader) machine(n *yaml.Node) {
	var m machine.Machine
	var address, prof *yaml.Node
	mac := func(n *yaml.Node) {
		a, err := machine.ParseMAC(n.Value)
		if err != nil {
			r.bad(n, "", "%v", err)
			return
		}
		m.MACs = append(m.MACs, a)
	}
	r.mapping(n, "a machine", keys{
		"name":       func(n *yaml.Node) { r.name(n, &m.Name) },
		"mac":        mac,
		"macs":       func(n *yaml.Node) { r.list(n, "macs", mac) },
		"uuid":       func(n *yaml.Node) { r.str(n, &m.UUID); m.UUID = strings.ToLower(m.UUID) },
		"client-id":  func(n *yaml.Node) { r.bytes(n, &m.ClientID) },
		"relay-port": func(n *yaml.Node) { r.relayPort(n, &m.Port) },
		"address":    func(n *yaml.Node) { address = n; r.addr(n, &m.Address) },
		"profile":    func(n *yaml.Node) { prof = n; r.str(n, &m.Profile) },
		"firmware": func(n *yaml.Node) {
			var f string
			r.oneOf(n, &f, string(machine.BIOS), string(machine.UEFI), string(machine.UEFIHTTP))
			m.Firmware = machine.Firmware(f)
		},
		"params": func(n *yaml.Node) {
			if err := n.Decode(&m.Params); err != nil {
				r.bad(n, "as params: {rack: a1}", "params must be a mapping of words to texts")
			}
		},
	})
	if m.Name == "" {
		r.bad(n, "add name: node1", "this machine has no name")
	}
	if len(m.MACs) == 0 && m.UUID == "" && m.ClientID == "" && m.Port == (machine.Port{}) {
		r.bad(n, "add mac: 00:0c:29:83:d1:d1", "machine %q has neither a MAC address nor a UUID, client-id or relay-port", m.Name)
	}
	r.cfg.Machines = append(r.cfg.Machines, m)
	r.marks.machines = append(r.marks.machines, n)
	r.marks.address = append(r.marks.address, address)
	r.marks.profileOf = append(r.marks.profileOf, prof)
	if m.Address.IsValid() {
		r.cfg.Reservations = append(r.cfg.Reservations, lease.Reservation{Machine: m.Name, MACs: m.MACs, UUID: m.UUID, Address: m.Address,
			ClientID: m.ClientID, Port: m.Port})
	}
}

// name reads a word that goes into host names, labels and URLs.
func (r *reader) name(n *yaml.Node, into *string) {
	v := n.Value
	ok := v != "" && len(v) <= 63 && !strings.HasPrefix(v, "-") && !strings.HasSuffix(v, "-") && !strings.HasPrefix(v, ".")
	for _, c := range v {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_')
	}
	if !ok {
		r.bad(n, "letters, digits and hyphens, at most 63", "%q cannot be a name", v)
		return
	}
	*into = v
}

func (r *reader) profiles(n *yaml.Node) {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		r.bad(n, "as profiles: {debian: {image: …}}", "profiles must be a mapping of names to profiles")
		return
	}
	r.cfg.Boot.Profiles = map[string]profile.Profile{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		var p profile.Profile
		r.name(n.Content[i], &p.Name)
		switch {
		case p.Name == "":
			continue
		case p.Name == script.LocalLabel || p.Name == "ignore" || p.Name == "menu":
			r.bad(n.Content[i], "choose another name", "%q has a meaning of its own and cannot name a profile", p.Name)
		}
		if _, twice := r.cfg.Boot.Profiles[p.Name]; twice {
			r.bad(n.Content[i], "rename one of them", "profile %q stands twice", p.Name)
		}
		r.cfg.At["profile "+p.Name] = r.at(n.Content[i])
		r.profile(deref(n.Content[i+1]), &p)
		r.cfg.Boot.Profiles[p.Name] = p
		r.cfg.Boot.Order = append(r.cfg.Boot.Order, p.Name)
	}
}

func (r *reader) profile(n *yaml.Node, p *profile.Profile) {
	var file *yaml.Node
	r.mapping(n, "a profile", keys{
		"image": func(n *yaml.Node) {
			r.str(n, &p.Image)
			r.cfg.At["image "+p.Name] = r.at(n)
		},
		"title":       func(n *yaml.Node) { r.str(n, &p.Title) },
		"loader":      func(n *yaml.Node) { r.loader(n, &p.Loader) },
		"kernel-args": func(n *yaml.Node) { r.kernelArgs(n, &p.KernelArgs) },
		"answer-file": func(n *yaml.Node) { file = n; r.answerFile(n, p) },
		"install":     func(n *yaml.Node) { p.Install = r.install(n) },
		"verify":      func(n *yaml.Node) { r.verify(n, &p.Verify) },
	})
	if p.Image == "" {
		r.bad(n, "add image: NAME (seedbed images lists them)", "profile %q has no image", p.Name)
	}
	if p.AnswerFile != nil && p.Install != nil {
		r.bad(file, "keep one of them", "profile %q has both answer-file and install", p.Name)
	}
}

// kernelArgs reads words for a kernel's command line. What iPXE would read as
// its own (ipxe.org/scripting) cannot stand in one.
func (r *reader) kernelArgs(n *yaml.Node, into *[]string) {
	r.list(n, "kernel-args", func(c *yaml.Node) {
		v := c.Value
		if strings.ContainsAny(v, " \t\r\n") || strings.Contains(v, "${") || v == "||" || v == "&&" || v == ";" {
			r.bad(c, "one word an item, without blanks or ${", "%q cannot be a kernel argument", v)
			return
		}
		*into = append(*into, v)
	})
}

// verify reads lines of shell for the installed system.
func (r *reader) verify(n *yaml.Node, into *[]string) {
	r.list(n, "verify", func(c *yaml.Node) {
		var line string
		r.str(c, &line)
		if line = strings.TrimSpace(line); c.Kind == yaml.ScalarNode && (line == "" || strings.Contains(line, "\x00")) {
			r.bad(c, "as test -f /root/installed: it is good when it exits with 0", "verify holds a command that is empty")
			return
		}
		*into = append(*into, line)
	})
}

// answerFile reads the user's own file; it may be 1 MiB at most.
func (r *reader) answerFile(n *yaml.Node, p *profile.Profile) {
	var name string
	r.str(n, &name)
	f, err := os.Open(r.path(name))
	if err != nil {
		r.bad(n, "names start from the directory of the settings file", "the answer file of profile %q cannot be read: %v", p.Name, err)
		return
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20+1))
	if err != nil || len(text) > 1<<20 {
		r.bad(n, "", "the answer file of profile %q is larger than 1 MiB, or not a file", p.Name)
		return
	}
	p.AnswerFile = &answer.File{Name: name, Text: string(text)}
}
