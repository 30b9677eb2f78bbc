package redhat

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/reading"
)

func (r *reader) bootloader(n *kickstart.Node) {
	r.Add(n.Line, "kernel argument", "kernel-args", &r.In.KernelArgs, strings.Fields(value(n, "--append"))...)
	r.Keep(n.Line, "bootloader", "")
	if n.Has("--password") {
		r.Lose(n.Line, "bootloader --password", "the boot loader gets no password: set one in post")
	}
	if n.Has("--location") && value(n, "--location") != "mbr" && value(n, "--location") != "boot" {
		r.Lose(n.Line, "bootloader --location="+value(n, "--location"), "a boot loader is installed always")
	}
}

func (r *reader) ignoredisk(n *kickstart.Node) {
	if n.Has("--only-use") {
		r.only = true
		r.Keep(n.Line, "ignoredisk", "storage.disk")
		return
	}
	r.Change(n.Line, "ignoredisk", "storage.disk", "disks are chosen, not left out: see storage.disk")
}

func (r *reader) clearpart(n *kickstart.Node) {
	switch {
	case n.Has("--none"):
		r.In.Storage.Wipe = "none"
	case n.Has("--linux") || n.Has("--list"):
		r.Change(n.Line, "clearpart", "storage.wipe", "the disks in use are emptied as a whole")
		return
	case n.Has("--all") && !n.Has("--drives"):
		r.all = true
	}
	if t := value(n, "--disklabel"); t == "gpt" || t == "msdos" {
		r.In.Storage.Table = map[string]string{"gpt": "gpt", "msdos": "mbr"}[t]
		r.Keep(n.Line, "clearpart --disklabel", "storage.table")
	}
	r.Keep(n.Line, "clearpart", "storage.wipe")
}

// size of a partition or volume; mount is for messages.
func (r *reader) size(n *kickstart.Node, what, field string) int64 {
	switch {
	case n.Has("--recommended", "--hibernation"):
		r.Change(n.Line, what, field+".size", "its size went by the machine's memory; it is 2 GiB now")
		return 2 << 30
	case n.Has("--percent"):
		r.Change(n.Line, what, field+".size", "a share of the group became its rest")
		return intent.Rest
	case n.Has("--grow") && n.Has("--maxsize"):
		r.Change(n.Line, what, field+".size", "it grew from %s to at most %s MiB; it has that now", value(n, "--size"), value(n, "--maxsize"))
		return mib(value(n, "--maxsize"))
	case n.Has("--grow"):
		return intent.Rest
	}
	return mib(value(n, "--size"))
}

func (r *reader) filesystem(n *kickstart.Node, what, field string, swap bool) string {
	fs := value(n, "--fstype")
	switch {
	case swap:
		return "swap"
	case fs == "":
		r.Change(n.Line, what, field+".filesystem", "the file system was the release's own; it is ext4 now")
		return "ext4"
	}
	out, ok := reading.Filesystem(fs)
	if !ok {
		r.Change(n.Line, what, field+".filesystem", "%s is not known to the neutral install: it is ext4 now", reading.Printable(fs))
	}
	return out
}

func options(n *kickstart.Node) []string {
	return slices.DeleteFunc(reading.Fields(value(n, "--fsoptions")), func(o string) bool { return o == "defaults" })
}

func (r *reader) secret(n *kickstart.Node) intent.Secret {
	if !n.Has("--encrypted") {
		return ""
	}
	if p := value(n, "--passphrase"); p != "" {
		return intent.Secret(p)
	}
	r.Lose(n.Line, n.Name()+" --encrypted", "it has no passphrase, for which an installer would ask")
	return ""
}

func (r *reader) part(n *kickstart.Node) {
	target := word(n)
	what := "part " + target
	disk := r.Disk(value(n, "--ondisk", "--ondrive"))
	st := &r.In.Storage
	if n.Has("--onpart", "--usepart", "--useexisting", "--noformat") {
		r.Lose(n.Line, what, "existing partitions are not used again")
		return
	}
	switch {
	case target == "biosboot" || target == "prepboot" || target == "appleboot":
		r.Keep(n.Line, what+" (added as the firmware needs)", "")
		return
	case strings.HasPrefix(target, "pv.") || strings.HasPrefix(target, "raid."):
		r.members[target] = member{disk, r.size(n, what, "storage"), r.secret(n)}
		r.Keep(n.Line, what, "storage")
		return
	case value(n, "--fstype") == "efi" && target == intent.EFIMount && n.Has("--size") && value(n, "--size") == "200" && !n.Has("--label"):
		r.Keep(n.Line, what+" (added as the firmware needs)", "")
		return
	}
	field := fmt.Sprintf("storage.partitions[%d]", len(st.Partitions))
	r.Keep(n.Line, what, field)
	p := intent.Partition{Disk: disk, Mount: target, Primary: n.Has("--asprimary"), Label: value(n, "--label"), Options: options(n), Passphrase: r.secret(n)}
	p.Size, p.Filesystem = r.size(n, what, field), r.filesystem(n, what, field, target == "swap")
	if p.Filesystem == "swap" {
		p.Mount = ""
	}
	st.Partitions = append(st.Partitions, p)
}

func (r *reader) raid(n *kickstart.Node) {
	w := words(n)
	if len(w) < 2 {
		r.Lose(n.Line, "raid", "it names no members")
		return
	}
	st := &r.In.Storage
	what, field := "raid "+w[0], fmt.Sprintf("storage.raid[%d]", len(st.Arrays))
	a := intent.Array{Name: strings.TrimPrefix(value(n, "--device"), "/dev/"), Level: strings.TrimPrefix(strings.ToLower(value(n, "--level")), "raid"),
		Spares: int(reading.Number(value(n, "--spares")))}
	if a.Name == "" {
		a.Name = fmt.Sprintf("md%d", len(st.Arrays))
	}
	for i, m := range w[1:] {
		mem, ok := r.members[m]
		if !ok {
			r.Lose(n.Line, what, "there is no partition %s", m)
			return
		}
		if i > 0 && mem.size != a.Size {
			r.Change(n.Line, what, field+".size", "its members have one size")
		}
		a.Disks, a.Size = append(a.Disks, mem.disk), mem.size
		delete(r.members, m)
	}
	r.Keep(n.Line, what, field)
	if strings.HasPrefix(w[0], "pv.") {
		r.arrays[w[0]] = a.Name
		r.members[w[0]] = member{secret: r.secret(n)}
	} else {
		a.Mount, a.Label, a.Options, a.Passphrase = w[0], value(n, "--label"), options(n), r.secret(n)
		if a.Filesystem = r.filesystem(n, what, field, w[0] == "swap"); a.Filesystem == "swap" {
			a.Mount = ""
		}
	}
	st.Arrays = append(st.Arrays, a)
}

func (r *reader) volgroup(n *kickstart.Node) {
	w := words(n)
	if len(w) == 0 {
		r.Lose(n.Line, "volgroup", "it has no name")
		return
	}
	st := &r.In.Storage
	field := fmt.Sprintf("storage.volume-groups[%d]", len(st.VolumeGroups))
	g := intent.VolumeGroup{Name: w[0], Size: intent.Rest}
	r.Keep(n.Line, "volgroup "+w[0], field)
	for i, pv := range w[1:] {
		m, ok := r.members[pv]
		switch {
		case !ok:
			r.Lose(n.Line, "volgroup "+w[0]+" "+pv, "there is no such partition")
		case i > 0:
			r.Lose(n.Line, "volgroup "+w[0]+" "+pv, "a group lies on one partition or array: extend it in post")
		default:
			g.Disk, g.Size, g.Passphrase, g.Array = m.disk, m.size, m.secret, r.arrays[pv]
			if g.Array != "" {
				g.Size = intent.Rest
			}
		}
		delete(r.members, pv)
	}
	st.VolumeGroups = append(st.VolumeGroups, g)
}

func (r *reader) logvol(n *kickstart.Node) {
	st := &r.In.Storage
	what := "logvol " + word(n)
	for i := range st.VolumeGroups {
		g := &st.VolumeGroups[i]
		if g.Name != value(n, "--vgname") {
			continue
		}
		if n.Has("--thinpool") || value(n, "--fstype") == "" && word(n) == "none" {
			r.Lose(n.Line, what, "thin pools are left out; the volumes in them are plain ones")
			return
		}
		field := fmt.Sprintf("storage.volume-groups[%d].volumes[%d]", i, len(g.Volumes))
		r.Keep(n.Line, what, field)
		if n.Has("--thin") {
			r.Change(n.Line, what, field, "it is a plain volume now, not a thin one")
		}
		v := intent.Volume{Name: value(n, "--name"), Mount: word(n), Label: value(n, "--label"), Options: options(n)}
		v.Size, v.Filesystem = r.size(n, what, field), r.filesystem(n, what, field, word(n) == "swap")
		if v.Filesystem == "swap" {
			v.Mount = ""
		}
		if n.Has("--encrypted") {
			r.Lose(n.Line, what+" --encrypted", "whole groups are encrypted, not single volumes")
		}
		g.Volumes = append(g.Volumes, v)
		return
	}
	r.Lose(n.Line, what, "there is no group %s", reading.Printable(value(n, "--vgname")))
}

// storageEnd settles what several commands say together.
func (r *reader) storageEnd() {
	st := &r.In.Storage
	if r.auto != nil {
		r.autopart(r.auto)
	}
	if r.all && !r.only {
		st.Wipe = "all"
	}
	for i := range r.In.Users {
		r.In.Users[i].Sudo = r.In.Users[i].Sudo || r.noRoot && i == 0
	}
	for _, name := range slices.Sorted(maps.Keys(r.members)) {
		r.Lose(0, "part "+name, "no group and no array takes it")
	}
}

// autopart lays out as Anaconda would, by the type it was given: with LVM a
// boot partition beside a group that takes the rest.
func (r *reader) autopart(n *kickstart.Node) {
	st := &r.In.Storage
	kind, secret := value(n, "--type"), r.secret(n)
	fs := value(n, "--fstype")
	if fs == "" {
		fs = "xfs"
		if r.preseed != nil {
			fs = "ext4"
		}
	}
	switch kind {
	case "", "lvm", "thinp":
		if n.Has("--nolvm") {
			break
		}
		st.Partitions = []intent.Partition{{Mount: "/boot", Filesystem: fs, Size: 1 << 30}}
		st.VolumeGroups = []intent.VolumeGroup{{Name: "system", Size: intent.Rest, Passphrase: secret, Volumes: []intent.Volume{
			{Name: "swap", Filesystem: "swap", Size: 2 << 30}, {Name: "root", Mount: "/", Filesystem: fs, Size: intent.Rest}}}}
		r.Change(n.Line, "autopart", "storage", "the layout is written out: /boot, and a group with swap and / that takes the rest; no /home apart")
		return
	}
	st.Partitions = []intent.Partition{{Mount: "/boot", Filesystem: fs, Size: 1 << 30},
		{Filesystem: "swap", Size: 2 << 30, Passphrase: secret}, {Mount: "/", Filesystem: fs, Size: intent.Rest, Passphrase: secret}}
	r.Change(n.Line, "autopart", "storage", "the layout is written out: /boot, swap, and / on the rest; no /home apart")
}
