package suse

import (
	"fmt"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
)

// bytes is a size of AutoYaST's or Agama's.
func (r *reader) bytes(text string, line int, what string) int64 {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	switch strings.ToLower(text) {
	case "max", "":
		return intent.Rest
	case "auto":
		r.Change(line, what, "storage", "its size was the installer's choice; it is 2 GiB now")
		return 2 << 30
	}
	if p, ok := strings.CutSuffix(text, "%"); ok {
		r.Change(line, what, "storage", "%s%% of the disk became its rest", p)
		return intent.Rest
	}
	digits := strings.TrimRight(strings.ToLower(text), "kmgtpib")
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0
	}
	unit := map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
	u := strings.ToLower(text[len(digits):])
	if u == "" || u == "b" {
		return int64(f)
	}
	return int64(f * float64(max(unit[u[:1]], 1)))
}

func (r *reader) partitioning(s *element) {
	st := &r.In.Storage
	members := map[string][]string{} // of arrays: disks
	sizes := map[string]int64{}
	groups := map[string]intent.VolumeGroup{}
	for _, d := range s.children {
		if kind := d.of("type"); kind == "" || kind == "CT_DISK" {
			r.drive(d, members, sizes, groups)
		}
	}
	for _, d := range s.children {
		name := strings.TrimPrefix(strings.TrimPrefix(d.of("device"), "/dev/"), "md/")
		switch d.of("type") {
		case "CT_MD", "CT_RAID":
			r.array(d, name, members, sizes, groups)
		case "CT_LVM":
			g, ok := groups[name]
			if !ok {
				r.Lose(d.line, "drive "+name, "no partition belongs to the group")
				continue
			}
			field := fmt.Sprintf("storage.volume-groups[%d]", len(st.VolumeGroups))
			r.Keep(d.line, "drive "+name, field)
			for _, p := range d.get("partitions").children {
				at := fmt.Sprintf("%s.volumes[%d]", field, len(g.Volumes))
				what := "volume " + p.of("lv_name")
				r.Keep(p.line, what, at)
				v := intent.Volume{Name: p.of("lv_name"), Label: p.of("label"), Options: options(p), Size: r.bytes(p.of("size"), p.line, what)}
				v.Mount, v.Filesystem = r.place(p, what, at)
				if v.Name == "" {
					v.Name = intent.Or(strings.Trim(strings.ReplaceAll(v.Mount, "/", "_"), "_"), "root")
				}
				g.Volumes = append(g.Volumes, v)
			}
			st.VolumeGroups = append(st.VolumeGroups, g)
		case "", "CT_DISK":
		default:
			r.Lose(d.line, "drive "+d.of("type"), "the neutral install has disks, RAID and LVM")
		}
	}
}

func options(p *element) []string {
	var out []string
	for _, o := range reading.Fields(p.of("fstopt")) {
		if o != "defaults" {
			out = append(out, o)
		}
	}
	return out
}

func (r *reader) place(p *element, what, field string) (mount, fs string) {
	fs, ok := reading.Filesystem(intent.Or(p.of("filesystem"), "btrfs"))
	if !ok {
		r.Change(p.line, what, field, "%s is not known to the neutral install: it is ext4 now", reading.Printable(p.of("filesystem")))
	}
	if mount = p.of("mount"); fs == "swap" || mount == "swap" {
		return "", "swap"
	}
	if len(p.get("subvolumes").children) > 0 {
		r.Lose(p.get("subvolumes").line, what+" subvolumes", "the neutral install has no subvolumes")
	}
	return mount, fs
}

func (r *reader) drive(d *element, members map[string][]string, sizes map[string]int64, groups map[string]intent.VolumeGroup) {
	st := &r.In.Storage
	disk := r.Disk(d.of("device"))
	if t := d.of("disklabel"); t == "gpt" || t == "msdos" {
		st.Table = map[string]string{"gpt": "gpt", "msdos": "mbr"}[t]
	}
	r.Keep(d.line, "drive "+d.of("device"), "storage.disk")
	if use := d.of("use"); use != "" && use != "all" {
		r.Change(d.line, "drive use "+use, "storage.wipe", "the disk is emptied as a whole")
	}
	for _, p := range d.get("partitions").children {
		what := "partition " + intent.Or(p.of("mount"), p.of("partition_id"))
		secret := intent.Secret("")
		if p.yes("crypt_fs") || p.of("crypt_method") != "" {
			secret = intent.Secret(p.of("crypt_key"))
		}
		id := p.of("partition_id")
		switch {
		case id == "263" || id == "257" || id == "259" && p.of("size") == "536870912":
			r.Keep(p.line, what+" (added as the firmware needs)", "")
		case p.of("create") == "false":
			r.Lose(p.line, what, "existing partitions are not used again")
		case p.of("raid_name") != "":
			name := strings.TrimPrefix(strings.TrimPrefix(p.of("raid_name"), "/dev/"), "md/")
			members[name] = append(members[name], disk)
			sizes[name] = r.bytes(p.of("size"), p.line, what)
			r.Keep(p.line, what, "storage.raid")
		case p.of("lvm_group") != "":
			name := p.of("lvm_group")
			if _, twice := groups[name]; twice {
				r.Lose(p.line, what, "a group lies on one partition or array: extend it in post")
				continue
			}
			groups[name] = intent.VolumeGroup{Name: name, Disk: disk, Size: r.bytes(p.of("size"), p.line, what), Passphrase: secret}
			r.Keep(p.line, what, "storage.volume-groups")
		default:
			field := fmt.Sprintf("storage.partitions[%d]", len(st.Partitions))
			r.Keep(p.line, what, field)
			v := intent.Partition{Disk: disk, Primary: p.of("partition_type") == "primary", Label: p.of("label"), Options: options(p), Passphrase: secret, Size: r.bytes(p.of("size"), p.line, what)}
			v.Mount, v.Filesystem = r.place(p, what, field)
			if v.Mount == intent.EFIMount {
				v.Filesystem = "vfat"
			}
			st.Partitions = append(st.Partitions, v)
		}
	}
}

func (r *reader) array(d *element, name string, members map[string][]string, sizes map[string]int64, groups map[string]intent.VolumeGroup) {
	st := &r.In.Storage
	field := fmt.Sprintf("storage.raid[%d]", len(st.Arrays))
	r.Keep(d.line, "array "+name, field)
	a := intent.Array{Name: name, Level: strings.TrimPrefix(d.get("raid_options").of("raid_type"), "raid"), Disks: members[name], Size: sizes[name]}
	for _, p := range d.get("partitions").children {
		secret := intent.Secret("")
		if p.yes("crypt_fs") {
			secret = intent.Secret(p.of("crypt_key"))
		}
		if g := p.of("lvm_group"); g != "" {
			groups[g] = intent.VolumeGroup{Name: g, Array: name, Size: intent.Rest, Passphrase: secret}
			continue
		}
		a.Mount, a.Filesystem = r.place(p, "array "+name, field)
		a.Label, a.Options, a.Passphrase = p.of("label"), options(p), secret
	}
	st.Arrays = append(st.Arrays, a)
}
