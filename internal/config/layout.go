package config

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer"
)

func (r *reader) storage(n *yaml.Node, s *answer.Storage) {
	var one, many *yaml.Node
	r.mapping(n, "storage", keys{
		"disk":  func(n *yaml.Node) { one = n; r.disk(n, &s.Disk) },
		"disks": func(n *yaml.Node) { many = n; r.disks(n, s) },
		"table": func(n *yaml.Node) { r.oneOf(n, &s.Table, "gpt", "mbr") },
		"wipe":  func(n *yaml.Node) { r.oneOf(n, &s.Wipe, "disks", "all", "none") },
		"partitions": func(n *yaml.Node) {
			r.list(n, "partitions", func(c *yaml.Node) { s.Partitions = append(s.Partitions, r.partition(c)) })
		},
		"raid": func(n *yaml.Node) {
			r.list(n, "raid", func(c *yaml.Node) { s.Arrays = append(s.Arrays, r.array(c)) })
		},
		"volume-groups": func(n *yaml.Node) {
			r.list(n, "volume-groups", func(c *yaml.Node) { s.VolumeGroups = append(s.VolumeGroups, r.volumeGroup(c)) })
		},
	})
	if one != nil && many != nil {
		r.bad(many, "move disk: into disks: as its first item", "storage has both disk and disks")
	}
	for i, a := range s.Arrays { // what a group lies on needs no file system
		if a.Mount == "" && a.Filesystem == "ext4" && s.GroupOn(a.Name) != nil {
			s.Arrays[i].Filesystem = ""
		} else {
			r.place(n, a.Mount, a.Filesystem, a.Size)
		}
	}
}

// disks are several, each with a name.
func (r *reader) disks(n *yaml.Node, s *answer.Storage) {
	first := true
	r.list(n, "disks", func(c *yaml.Node) {
		d := answer.Disk{Path: "auto"}
		r.disk(c, &d)
		if first {
			s.Disk, first = d, false
			return
		}
		s.Others = append(s.Others, d)
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
		"name": func(n *yaml.Node) { r.name(n, &d.Name) },
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

// encryption is a mapping: the passphrase stands in a file of its own, so that
// none lies in the settings.
func (r *reader) encryption(n *yaml.Node, into *answer.Secret) {
	r.mapping(n, "encryption", keys{
		"passphrase-file": func(n *yaml.Node) {
			if text, ok := r.secretFile(n, "passphrase file"); ok {
				*into = answer.Secret(text)
			}
		},
	})
	if *into == "" {
		r.bad(n, "as encryption: {passphrase-file: disk.pass}", "the encryption has no passphrase")
	}
}

func (r *reader) partition(n *yaml.Node) answer.Partition {
	p := answer.Partition{Filesystem: "ext4"}
	r.mapping(n, "a partition", keys{
		"disk":       func(n *yaml.Node) { r.name(n, &p.Disk) },
		"mount":      func(n *yaml.Node) { r.mount(n, &p.Mount) },
		"filesystem": func(n *yaml.Node) { r.oneOf(n, &p.Filesystem, filesystems...) },
		"size":       func(n *yaml.Node) { r.size(n, true, &p.Size) },
		"primary":    func(n *yaml.Node) { r.boolean(n, &p.Primary) },
		"label":      func(n *yaml.Node) { r.name(n, &p.Label) },
		"options":    func(n *yaml.Node) { r.strs(n, "options", &p.Options) },
		"encryption": func(n *yaml.Node) { r.encryption(n, &p.Passphrase) },
	})
	r.place(n, p.Mount, p.Filesystem, p.Size)
	return p
}

func (r *reader) array(n *yaml.Node) answer.Array {
	a := answer.Array{Filesystem: "ext4", Size: answer.Rest}
	r.mapping(n, "an array", keys{
		"name":       func(n *yaml.Node) { r.name(n, &a.Name) },
		"level":      func(n *yaml.Node) { r.oneOf(n, &a.Level, "0", "1", "4", "5", "6", "10") },
		"disks":      func(n *yaml.Node) { r.strs(n, "disks", &a.Disks) },
		"spares":     func(n *yaml.Node) { r.number(n, 0, 64, &a.Spares) },
		"size":       func(n *yaml.Node) { r.size(n, true, &a.Size) },
		"mount":      func(n *yaml.Node) { r.mount(n, &a.Mount) },
		"filesystem": func(n *yaml.Node) { r.oneOf(n, &a.Filesystem, filesystems...) },
		"label":      func(n *yaml.Node) { r.name(n, &a.Label) },
		"options":    func(n *yaml.Node) { r.strs(n, "options", &a.Options) },
		"encryption": func(n *yaml.Node) { r.encryption(n, &a.Passphrase) },
	})
	if a.Name == "" || a.Level == "" || len(a.Disks) == 0 {
		r.bad(n, "as {name: md0, level: 1, disks: [a, b], size: rest, mount: /}", "an array needs a name, a level and disks")
	}
	return a
}

func (r *reader) volumeGroup(n *yaml.Node) answer.VolumeGroup {
	g := answer.VolumeGroup{Size: answer.Rest}
	r.mapping(n, "a volume group", keys{
		"name":       func(n *yaml.Node) { r.name(n, &g.Name) },
		"disk":       func(n *yaml.Node) { r.name(n, &g.Disk) },
		"raid":       func(n *yaml.Node) { r.name(n, &g.Array) },
		"size":       func(n *yaml.Node) { r.size(n, true, &g.Size) },
		"encryption": func(n *yaml.Node) { r.encryption(n, &g.Passphrase) },
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
		"label":      func(n *yaml.Node) { r.name(n, &v.Label) },
		"options":    func(n *yaml.Node) { r.strs(n, "options", &v.Options) },
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
