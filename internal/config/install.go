package config

import (
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer"
)

func (r *reader) install(n *yaml.Node) *answer.Install {
	in := &answer.Install{At: r.at(n)}
	in.Storage.Disk.Path = "auto"
	r.mapping(n, "install", keys{
		"locale":             func(n *yaml.Node) { r.str(n, &in.Locale) },
		"keyboard":           func(n *yaml.Node) { r.str(n, &in.Keyboard) },
		"timezone":           func(n *yaml.Node) { r.str(n, &in.Timezone) },
		"root-password":      func(n *yaml.Node) { r.hash(n, &in.RootPassword) },
		"root-password-file": func(n *yaml.Node) { r.hashFile(n, &in.RootPassword) },
		"ssh-keys":           func(n *yaml.Node) { r.sshKeys(n, &in.SSHKeys) },
		"users": func(n *yaml.Node) {
			r.list(n, "users", func(c *yaml.Node) { in.Users = append(in.Users, r.user(c)) })
		},
		"storage":  func(n *yaml.Node) { r.storage(n, &in.Storage) },
		"mirror":   func(n *yaml.Node) { r.mirror(n, &in.Mirror) },
		"ntp":      func(n *yaml.Node) { r.boolean(n, &in.NTP) },
		"packages": func(n *yaml.Node) { r.strs(n, "packages", &in.Packages) },
		"post":     func(n *yaml.Node) { r.str(n, &in.Post) },
		"end":      func(n *yaml.Node) { r.oneOf(n, &in.End, "reboot", "poweroff", "halt") },
	})
	if in.RootPassword == "" && len(in.SSHKeys) == 0 && len(in.Users) == 0 {
		r.bad(n, "add root-password, ssh-keys, or users", "nobody could log in to what this installs")
	}
	return in
}

func (r *reader) hashFile(n *yaml.Node, into *string) {
	b, err := os.ReadFile(r.path(n.Value))
	if err != nil {
		r.bad(n, "", "the password file cannot be read: %v", err)
		return
	}
	r.hash(&yaml.Node{Kind: yaml.ScalarNode, Value: strings.TrimSpace(string(b)), Line: n.Line, Column: n.Column}, into)
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
		"name":      func(n *yaml.Node) { r.name(n, &u.Name) },
		"full-name": func(n *yaml.Node) { r.str(n, &u.FullName) },
		"password":  func(n *yaml.Node) { r.hash(n, &u.Password) },
		"ssh-keys":  func(n *yaml.Node) { r.sshKeys(n, &u.SSHKeys) },
		"sudo":      func(n *yaml.Node) { r.boolean(n, &u.Sudo) },
	})
	if u.Name == "" {
		r.bad(n, "add name: ops", "this user has no name")
	}
	return u
}

// mirror is a URL, or a mapping where more must be said.
func (r *reader) mirror(n *yaml.Node, m *answer.Mirror) {
	url := func(into *string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			r.str(n, into)
			host, ok := strings.CutPrefix(*into, "http://")
			if !ok || strings.Trim(host, "/") == "" || strings.ContainsAny(*into, " \t\"'") {
				r.bad(n, "as http://mirror.example/debian", "%q is not the http address of a mirror", n.Value)
			}
			*into = strings.TrimRight(*into, "/")
		}
	}
	if n.Kind == yaml.ScalarNode {
		url(&m.URL)(n)
		return
	}
	r.mapping(n, "mirror", keys{
		"url":      url(&m.URL),
		"suite":    func(n *yaml.Node) { r.str(n, &m.Suite) },
		"proxy":    url(&m.Proxy),
		"trusted":  func(n *yaml.Node) { r.boolean(n, &m.Trusted) },
		"security": url(&m.Security),
	})
}

func (r *reader) storage(n *yaml.Node, s *answer.Storage) {
	r.mapping(n, "storage", keys{
		"disk": func(n *yaml.Node) { r.disk(n, &s.Disk) },
		"partitions": func(n *yaml.Node) {
			r.list(n, "partitions", func(c *yaml.Node) { s.Partitions = append(s.Partitions, r.partition(c)) })
		},
		"volume-groups": func(n *yaml.Node) {
			r.list(n, "volume-groups", func(c *yaml.Node) { s.VolumeGroups = append(s.VolumeGroups, r.volumeGroup(c)) })
		},
	})
}

func (r *reader) disk(n *yaml.Node, d *answer.Disk) {
	if n.Kind == yaml.ScalarNode {
		if n.Value != "auto" && !strings.HasPrefix(n.Value, "/dev/") {
			r.bad(n, "auto, a path as /dev/sda, or {model:, serial:, min-size:, max-size:}", "%q is not a disk", n.Value)
			return
		}
		d.Path = n.Value
		return
	}
	r.mapping(n, "disk", keys{
		"path": func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode { // it may even be this very mapping, by an alias
				r.bad(n, "as /dev/sda", "the path of a disk is a text")
				return
			}
			r.disk(n, d)
		},
		"model":    func(n *yaml.Node) { r.str(n, &d.Model) },
		"serial":   func(n *yaml.Node) { r.str(n, &d.Serial) },
		"min-size": func(n *yaml.Node) { r.size(n, false, &d.MinSize) },
		"max-size": func(n *yaml.Node) { r.size(n, false, &d.MaxSize) },
	})
}

var filesystems = []string{"ext4", "ext3", "ext2", "xfs", "btrfs", "vfat", "swap"}

func (r *reader) partition(n *yaml.Node) answer.Partition {
	p := answer.Partition{Filesystem: "ext4"}
	r.mapping(n, "a partition", keys{
		"mount":      func(n *yaml.Node) { r.mount(n, &p.Mount) },
		"filesystem": func(n *yaml.Node) { r.oneOf(n, &p.Filesystem, filesystems...) },
		"size":       func(n *yaml.Node) { r.size(n, true, &p.Size) },
		"primary":    func(n *yaml.Node) { r.boolean(n, &p.Primary) },
		"label":      func(n *yaml.Node) { r.name(n, &p.Label) },
	})
	r.place(n, p.Mount, p.Filesystem, p.Size)
	return p
}

func (r *reader) volumeGroup(n *yaml.Node) answer.VolumeGroup {
	g := answer.VolumeGroup{Size: answer.Rest}
	r.mapping(n, "a volume group", keys{
		"name": func(n *yaml.Node) { r.name(n, &g.Name) },
		"size": func(n *yaml.Node) { r.size(n, true, &g.Size) },
		"volumes": func(n *yaml.Node) {
			r.list(n, "volumes", func(c *yaml.Node) { g.Volumes = append(g.Volumes, r.volume(c)) })
		},
	})
	if g.Name == "" || len(g.Volumes) == 0 {
		r.bad(n, "as {name: vg_data, volumes: [{name: lv_home, mount: /home, size: 1GiB}]}", "a volume group needs a name and volumes")
	}
	return g
}

func (r *reader) volume(n *yaml.Node) answer.Volume {
	v := answer.Volume{Filesystem: "ext4"}
	r.mapping(n, "a volume", keys{
		"name":       func(n *yaml.Node) { r.name(n, &v.Name) },
		"mount":      func(n *yaml.Node) { r.mount(n, &v.Mount) },
		"filesystem": func(n *yaml.Node) { r.oneOf(n, &v.Filesystem, filesystems...) },
		"size":       func(n *yaml.Node) { r.size(n, true, &v.Size) },
	})
	if v.Name == "" {
		r.bad(n, "add name: lv_home", "this volume has no name")
	}
	r.place(n, v.Mount, v.Filesystem, v.Size)
	return v
}

func (r *reader) place(n *yaml.Node, mount, fs string, size int64) {
	if size == 0 {
		r.bad(n, "add size: 2GiB, or size: rest", "this has no size")
	}
	if mount == "" && fs != "swap" {
		r.bad(n, "add mount: /home", "a %s file system needs a mount point", fs)
	}
	if mount != "" && fs == "swap" {
		r.bad(n, "leave mount out", "swap has no mount point")
	}
}

func (r *reader) mount(n *yaml.Node, into *string) {
	if !strings.HasPrefix(n.Value, "/") || strings.ContainsAny(n.Value, " \t{}\\") || strings.Contains(n.Value, "//") {
		r.bad(n, "as / or /home", "%q is not a mount point", n.Value)
		return
	}
	*into = n.Value
}
