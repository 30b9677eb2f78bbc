package autoinstall

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
)

// plan is curtin's storage configuration of version 1, as subiquity extends it
// (curtin.readthedocs.io, "Storage"; subiquity's reference, "storage").
type plan struct {
	*finding.List
	st      intent.Storage
	s       intent.Subject
	actions []map[string]any
	rest    [][]map[string]any // per disk: the partitions that must come last
	pick    strings.Builder
	number  int
}

// storage is the section, and the early command that its placeholders need: the
// installer reads its configuration again when the early commands have run.
func storage(st intent.Storage, s intent.Subject, f *finding.List) (section map[string]any, early string) {
	p := &plan{List: f, st: st, s: s}
	if st.Wipe == "none" {
		f.Bad("storage.wipe", "use disks", "the installer lays out whole disks only")
	}
	if st.Wipe == "all" && len(st.Others) == 0 {
		f.Lose("storage.wipe", "the installer empties the disks that it installs on, and no other")
	}
	p.disks()
	p.bootParts()
	p.partitions()
	p.arrays()
	p.groups()
	for d, rest := range p.rest {
		if len(rest) > 1 {
			f.Bad("storage", "give all but one a size", "two partitions of disk %s take the rest", st.Disks()[d].Name)
		}
	}
	if p.pick.Len() > 0 {
		early = finish.PickFunctions + p.pick.String()
	}
	return map[string]any{"swap": map[string]any{"size": 0}, "config": p.actions}, early
}

func (p *plan) add(a map[string]any) string {
	if a["preserve"] == nil && a["type"] != "mount" {
		a["preserve"] = false
	}
	p.actions = append(p.actions, a)
	return a["id"].(string)
}

func disk(i int) string { return fmt.Sprintf("disk-%d", i+1) }

// disks come first. One that is not named has a path that the early command
// replaces by the real one.
func (p *plan) disks() {
	bios, efi := p.s.BootParts()
	all := p.st.Disks()
	p.rest = make([][]map[string]any, len(all))
	p.pick.WriteString(finish.Named(all))
	for i, d := range all {
		path := d.Path
		if d.Auto() {
			path = "/dev/seedbed-" + disk(i)
			v := fmt.Sprintf("disk%d", i+1)
			p.pick.WriteString(finish.PickDisk(v, d, finish.Fetch(p.s.FailWith("disk"))))
			fmt.Fprintf(&p.pick, "sed -i \"s,%s\\\\b,/dev/$%s,\" /autoinstall.yaml\n", path, v)
		}
		table := "gpt"
		if p.st.Table == "mbr" {
			table = "msdos"
		}
		a := map[string]any{"type": "disk", "id": disk(i), "path": path, "ptable": table, "wipe": "superblock-recursive"}
		switch {
		case !bios:
		case bios && !efi:
			a["grub_device"] = true
		default: // told when the machine is known
			a["grub_device"] = "seedbed-bios"
		}
		p.add(a)
	}
	if bios && efi {
		p.pick.WriteString("if [ -d /sys/firmware/efi ]; then bios=false efi=true; else bios=true efi=false; fi\n" +
			"sed -i \"s,seedbed-bios,$bios,; s,seedbed-efi,$efi,\" /autoinstall.yaml\n")
	}
}

// bootParts are those that the firmware needs, on every disk that GRUB may be
// written to.
func (p *plan) bootParts() {
	bios, efi := p.s.BootParts()
	if bios && p.st.Table != "mbr" {
		for i := range p.st.Disks() {
			p.add(map[string]any{"type": "partition", "id": "bios-" + disk(i), "device": disk(i), "size": int64(1 << 20), "flag": "bios_grub"})
		}
	}
	own := slices.ContainsFunc(p.st.Partitions, func(q intent.Partition) bool { return q.Mount == intent.EFIMount })
	if efi && !own {
		p.esp(0, 538*1000*1000/4096*4096)
	}
	if efi && bios && p.st.Table == "mbr" {
		p.Lose("storage.table", "the firmware is not known, and an EFI machine may want gpt")
	}
}

func (p *plan) esp(on int, size int64) {
	_, efi := p.s.BootParts()
	a := map[string]any{"type": "partition", "id": "esp", "device": disk(on), "size": size, "flag": "boot", "wipe": "superblock"}
	if bios, _ := p.s.BootParts(); efi && !bios {
		a["grub_device"] = true
	} else if efi {
		a["grub_device"] = "seedbed-efi"
	}
	p.add(a)
	p.format("esp", "vfat", "", intent.EFIMount, nil)
}

// format makes a file system on a volume, and mounts it.
func (p *plan) format(volume, fs, label, mount string, options []string) {
	p.number++
	id := fmt.Sprintf("format-%d", p.number)
	switch fs {
	case "":
		fs = "ext4"
	case "vfat":
		fs = "fat32" // curtin's vfat would let mkfs choose the width
	}
	a := map[string]any{"type": "format", "id": id, "volume": volume, "fstype": fs}
	if label != "" {
		a["label"] = label
	}
	p.add(a)
	m := map[string]any{"type": "mount", "id": fmt.Sprintf("mount-%d", p.number), "device": id, "path": mount}
	if fs == "swap" {
		m["path"] = ""
	}
	if len(options) > 0 {
		m["options"] = strings.Join(options, ",")
	}
	p.add(m)
}

// encrypt puts LUKS on a volume and says what lies on it.
func (p *plan) encrypt(volume string, s intent.Secret) string {
	if s == "" {
		return volume
	}
	return p.add(map[string]any{"type": "dm_crypt", "id": "crypt-" + volume, "volume": volume, "dm_name": "crypt-" + volume, "key": string(s)})
}

// part is a partition of bytes, rounded up to MiB, or of the rest.
func (p *plan) part(id string, on int, size int64) string {
	on = max(on, 0)
	a := map[string]any{"type": "partition", "id": id, "device": disk(on), "wipe": "superblock", "size": size}
	if size == intent.Rest {
		p.rest[on] = append(p.rest[on], a)
	} else {
		a["size"] = (size + 1<<20 - 1) >> 20 << 20
	}
	return p.add(a)
}

// partitions come in the order of the settings, those that grow last: the
// installer fills up a disk with its last one only.
func (p *plan) partitions() {
	var growing []func()
	primary := 0
	for i, q := range p.st.Partitions {
		id := fmt.Sprintf("part-%d", i+1)
		if primary++; primary > 4 && p.st.Table == "mbr" {
			p.Bad("storage.table", "use gpt", "more than four partitions on an MBR are not written for this installer")
		}
		if q.Mount == intent.EFIMount {
			p.esp(max(0, p.st.DiskIndex(q.Disk)), (q.Size+1<<20-1)>>20<<20)
			continue
		}
		make := func() {
			p.format(p.encrypt(p.part(id, p.st.DiskIndex(q.Disk), q.Size), q.Passphrase), q.Filesystem, q.Label, q.Mount, q.Options)
		}
		if q.Size == intent.Rest {
			growing = append(growing, make)
			continue
		}
		make()
	}
	p.fixed(p.memberParts, false)
	p.fixed(p.groupParts, false)
	for _, g := range growing {
		g()
	}
	p.fixed(p.memberParts, true)
	p.fixed(p.groupParts, true)
}

// fixed calls parts for those that have a size, or for those that grow.
func (p *plan) fixed(parts func(size func(int64) bool), growing bool) {
	parts(func(n int64) bool { return (n == intent.Rest) == growing })
}

func (p *plan) memberParts(now func(int64) bool) {
	for i, a := range p.st.Arrays {
		for j, d := range a.Disks {
			if now(a.Size) {
				p.part(fmt.Sprintf("raid-%d-%d", i+1, j+1), p.st.DiskIndex(d), a.Size)
			}
		}
	}
}

func (p *plan) groupParts(now func(int64) bool) {
	for i, g := range p.st.VolumeGroups {
		if g.Array == "" && now(g.Size) {
			p.part(fmt.Sprintf("pv-%d", i+1), p.st.DiskIndex(g.Disk), g.Size)
		}
	}
}

func (p *plan) arrays() {
	for i, a := range p.st.Arrays {
		var members, spares []string
		for j := range a.Disks {
			id := fmt.Sprintf("raid-%d-%d", i+1, j+1)
			if j < len(a.Disks)-a.Spares {
				members = append(members, id)
			} else {
				spares = append(spares, id)
			}
		}
		id := p.add(map[string]any{"type": "raid", "id": "array-" + a.Name, "name": a.Name, "raidlevel": "raid" + a.Level,
			"devices": members, "spare_devices": append([]string{}, spares...)})
		if p.st.GroupOn(a.Name) == nil {
			p.format(p.encrypt(id, a.Passphrase), a.Filesystem, a.Label, a.Mount, a.Options)
		}
	}
}

func (p *plan) groups() {
	for i, g := range p.st.VolumeGroups {
		pv := fmt.Sprintf("pv-%d", i+1)
		if g.Array != "" {
			pv = "array-" + g.Array
		}
		id := p.add(map[string]any{"type": "lvm_volgroup", "id": "vg-" + g.Name, "name": g.Name, "devices": []string{p.encrypt(pv, g.Passphrase)}})
		var fixed, growing []intent.Volume
		for _, v := range g.Volumes {
			if v.Size == intent.Rest {
				growing = append(growing, v)
			} else {
				fixed = append(fixed, v)
			}
		}
		for _, v := range append(fixed, growing...) {
			size := v.Size
			if size != intent.Rest {
				size = (size + 4<<20 - 1) >> 22 << 22 // LVM's extents are of 4 MiB
			}
			lv := p.add(map[string]any{"type": "lvm_partition", "id": "lv-" + g.Name + "-" + v.Name, "name": v.Name, "volgroup": id, "size": size, "wipe": "superblock"})
			p.format(lv, v.Filesystem, v.Label, v.Mount, v.Options)
		}
	}
}
