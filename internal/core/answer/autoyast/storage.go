package autoyast

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
)

// The numbers of YaST's partition_id.
const (
	idLinux    = 131
	idSwap     = 130
	idLVM      = 142
	idRAID     = 253
	idESP      = 259
	idBIOSBoot = 263
)

func size(n int64) node {
	if n == intent.Rest {
		return text("size", "max")
	}
	return text("size", fmt.Sprint((n+1<<20-1)>>20<<20)) // bytes
}

func (w *writer) partitioning() node {
	st := w.in.Storage.Filled()
	if st.Wipe == "none" {
		w.Bad("storage.wipe", "use disks", "layouts in free space are not written for AutoYaST")
	}
	if st.Wipe == "all" && len(st.Others) == 0 {
		w.Lose("storage.wipe", "AutoYaST empties the disks that it installs on, and no other")
	}
	all := list("partitioning")
	w.pick.WriteString(finish.Named(st.Disks()))
	for i, d := range st.Disks() {
		all.add(w.drive(st, i, d))
	}
	for i, a := range st.Arrays {
		if a.Spares > 0 {
			w.Lose(fmt.Sprintf("storage.raid[%d].spares", i), "AutoYaST's arrays have no spares: the disk is an active member")
		}
		p := group("partition", boolean("create", true))
		if g := st.GroupOn(a.Name); g != nil {
			p.add(text("lvm_group", g.Name), boolean("format", false))
			p.add(crypt(g.Passphrase)...)
		} else {
			w.filesystem(&p, a.Mount, a.Filesystem, a.Label, a.Options, a.Passphrase)
		}
		p.add(text("size", "max"))
		all.add(group("drive", symbol("type", "CT_MD"), text("device", "/dev/"+a.Name), text("disklabel", "none"), list("partitions", p),
			group("raid_options", text("raid_type", "raid"+a.Level))))
	}
	for _, g := range st.VolumeGroups {
		volumes := list("partitions")
		for _, v := range g.Volumes {
			p := group("partition", boolean("create", true), text("lv_name", v.Name))
			w.filesystem(&p, v.Mount, v.Filesystem, v.Label, v.Options, "")
			p.add(size(v.Size))
			volumes.add(p)
		}
		all.add(group("drive", symbol("type", "CT_LVM"), text("device", "/dev/"+g.Name), volumes))
	}
	return all
}

func crypt(s intent.Secret) []node {
	if s == "" {
		return nil
	}
	return []node{boolean("crypt_fs", true), text("crypt_key", string(s))}
}

func (w *writer) filesystem(p *node, mount, fs, label string, options []string, secret intent.Secret) {
	p.add(boolean("format", true), symbol("filesystem", intent.Or(fs, "ext4")))
	if fs == "swap" {
		mount = "swap"
	}
	p.add(text("mount", mount))
	if label != "" {
		p.add(text("label", label))
	}
	if len(options) > 0 {
		p.add(text("fstopt", strings.Join(options, ",")))
	}
	p.add(crypt(secret)...)
}

// bootParts are those that the firmware needs on the i-th disk.
func (w *writer) bootParts(st intent.Storage, i int, table string) []node {
	var parts []node
	bios, efi := w.s.BootParts()
	if bios && table == "gpt" {
		parts = append(parts, group("partition", boolean("create", true), boolean("format", false), integer("partition_id", idBIOSBoot), text("size", "2097152")))
	}
	own := slices.ContainsFunc(st.Partitions, func(p intent.Partition) bool { return p.Mount == intent.EFIMount })
	if efi && i == 0 && !own {
		esp := group("partition", boolean("create", true), integer("partition_id", idESP))
		w.filesystem(&esp, intent.EFIMount, "vfat", "", nil, "")
		esp.add(text("size", "536870912"))
		parts = append(parts, esp)
	}
	return parts
}

// drive is a disk with its partitions; one that is to be found gets its name by
// the pre script.
func (w *writer) drive(st intent.Storage, i int, d intent.Disk) node {
	path := d.Path
	if d.Auto() {
		path = fmt.Sprintf("/dev/seedbed-disk-%d", i+1)
		v := fmt.Sprintf("disk%d", i+1)
		w.pick.WriteString(finish.PickDisk(v, d, finish.Fetch(w.s.FailWith("disk"))))
		fmt.Fprintf(&w.pick, "sed -i \"s,%s\\\\b,/dev/$%s,\" /tmp/profile/modified.xml\n", path, v)
	}
	table := "gpt"
	if st.Table == "mbr" {
		table = "msdos"
	}
	parts := list("partitions", w.bootParts(st, i, table)...)
	for _, p := range st.Partitions {
		if max(0, st.DiskIndex(p.Disk)) != i {
			continue
		}
		id := idLinux
		switch {
		case p.Mount == intent.EFIMount:
			id = idESP
		case p.Filesystem == "swap":
			id = idSwap
		}
		part := group("partition", boolean("create", true), integer("partition_id", id))
		if p.Primary && table == "msdos" {
			part.add(text("partition_type", "primary"))
		}
		w.filesystem(&part, p.Mount, p.Filesystem, p.Label, p.Options, p.Passphrase)
		part.add(size(p.Size))
		parts.add(part)
	}
	for _, a := range st.Arrays {
		for _, name := range a.Disks {
			if max(0, st.DiskIndex(name)) == i {
				parts.add(group("partition", boolean("create", true), boolean("format", false), integer("partition_id", idRAID), text("raid_name", "/dev/"+a.Name), size(a.Size)))
			}
		}
	}
	for _, g := range st.VolumeGroups {
		if g.Array == "" && max(0, st.DiskIndex(g.Disk)) == i {
			pv := group("partition", boolean("create", true), boolean("format", false), integer("partition_id", idLVM), text("lvm_group", g.Name))
			pv.add(crypt(g.Passphrase)...)
			pv.add(size(g.Size))
			parts.add(pv)
		}
	}
	return group("drive", symbol("type", "CT_DISK"), text("device", path), text("disklabel", table), boolean("initialize", true), text("use", "all"), parts)
}
