package debian

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/image"
)

// raid is a layout over arrays (partman-auto-raid): the installer makes the same
// partitions on each disk, and then arrays of them, by their numbers. One volume
// group may lie on one of the arrays.
func (p *planner) raid() {
	p.method, p.table = preseed.RAID, p.raidTable()
	efi, fixed, rest := p.alike()
	logical := p.groupOnArray()
	fixedAt, restAt := map[int]int{}, map[int]int{} // array -> its member's place
	for i, a := range p.st.Arrays {
		part := p.member(i, a, logical)
		if a.Size == intent.Rest {
			restAt[i] = len(rest)
			rest = append(rest, part)
		} else {
			fixedAt[i] = len(fixed)
			fixed = append(fixed, part)
		}
	}
	if len(rest) == 0 {
		rest = []preseed.Part{filler}
	}
	first := firmwareParts(p.s.Firmware, efi, p.table)
	if p.table == "mbr" && !uefi(p.s.Firmware) {
		first = nil
	}
	parts := slices.Concat(first, fixed, rest)
	for i := range parts {
		parts[i].OnRAID = true
		parts[i].Primary = p.table == "mbr" && primary(i, len(parts))
	}
	for i := range p.need {
		p.need[i] = preseed.Sum(parts) + spare
	}
	p.parts = append(parts, logical...)
	p.disksOf() // their names
	for i, a := range p.st.Arrays {
		at, ok := fixedAt[i]
		if at += len(first); !ok {
			at = len(first) + len(fixed) + restAt[i]
		}
		p.arrays = append(p.arrays, p.array(i, a, p.number(at, len(parts))))
	}
	if _, efi := p.s.BootParts(); efi {
		p.Lose("storage.raid.esp", "an EFI system partition cannot be on an array: each disk gets one, but only the first disk's is mounted and holds a boot loader. Without that disk a machine with UEFI does not boot")
	}
}

// raidTable is the partition table, which must be known: it decides how
// partitions are numbered. Installers before Debian 8 and Ubuntu 16.04 choose it
// by themselves.
func (p *planner) raidTable() string {
	v := intent.Version(p.s.Image.Release)
	old := v > 0 && v < 8
	if p.s.Image.Family == image.Ubuntu {
		old = v > 0 && v < 16
	}
	if !old {
		return intent.Or(p.st.Table, "gpt")
	}
	bios, efi := p.s.BootParts()
	table := "mbr"
	if efi {
		table = "gpt"
	}
	switch {
	case bios && efi:
		p.Bad("storage.raid", "let the machine boot once from the network", "this installer numbers partitions by the firmware, which is not known yet")
	case p.st.Table != "" && p.st.Table != table:
		p.Bad("storage.table", "leave it out", "this release's installer takes %s", table)
	}
	return table
}

// primary says whether the i-th of n partitions on an MBR is a primary one.
func primary(i, n int) bool { return n <= 4 || i < 3 }

// number is that of the i-th of n partitions.
func (p *planner) number(i, n int) int {
	if p.table == "mbr" && !primary(i, n) {
		return i - 3 + 5 // logical ones begin with 5
	}
	return i + 1
}

// alike are the plain partitions that may stand on each disk: an EFI system
// partition, and swap.
func (p *planner) alike() (efi *preseed.Part, fixed, rest []preseed.Part) {
	on := map[int64][]int{} // size of a swap -> disks that have one
	for i, q := range p.st.Partitions {
		at := fmt.Sprintf("storage.partitions[%d].disk", i)
		switch {
		case q.Mount == intent.EFIMount:
			part := part(q.Mount, q.Filesystem, q.Size, minimum(q.Mount))
			part.Kind = preseed.EFI
			efi = &part
		case q.Passphrase != "":
			p.encryptedPartition(i)
		case q.Filesystem != "swap":
			p.Bad(at, "put it on an array", "debian-installer makes the same partitions on each disk of a RAID: it cannot be on one only")
		default:
			on[q.Size] = append(on[q.Size], max(0, p.st.DiskIndex(q.Disk)))
			if len(on[q.Size]) == 1 {
				if part := part("", "swap", q.Size, minimum("")); q.Size == intent.Rest {
					rest = append(rest, part)
				} else {
					fixed = append(fixed, part)
				}
			}
		}
	}
	for _, disks := range on {
		slices.Sort(disks)
		if len(disks) != len(p.st.Disks()) || len(slices.Compact(disks)) != len(disks) {
			p.Bad("storage.partitions", "put it on an array, or one of the same size on each disk", "debian-installer makes the same partitions on each disk of a RAID: swap cannot be on one only")
		}
	}
	return efi, fixed, rest
}

// groupOnArray gives the volumes of the group that lies on an array.
func (p *planner) groupOnArray() []preseed.Part {
	if len(p.st.VolumeGroups) > 1 {
		p.Bad("storage.volume-groups", "put all volumes into one group", "debian-installer makes one volume group on RAID")
	}
	var all []preseed.Part
	for i, g := range p.st.VolumeGroups {
		at := fmt.Sprintf("storage.volume-groups[%d].", i)
		if g.Array == "" {
			p.Bad(at+"disk", "put it on an array", "debian-installer makes the same partitions on each disk of a RAID: a group cannot be on one only")
		}
		volumes, grows := volumes(g)
		for k := range volumes {
			volumes[k].OnRAID = true
		}
		p.guide(volumes, grows)
		p.group, p.secret = g.Name, g.Passphrase
		all = append(all, volumes...)
	}
	if p.secret != "" {
		// partman-auto-raid 51 is the first that knows crypto-lvm.
		if v := intent.Version(p.s.Image.Release); p.s.Image.Family == image.Ubuntu || v > 0 && v < 12 {
			p.Bad("storage.volume-groups[0].encryption", "", "this release's installer cannot encrypt on RAID: Debian 12 is the first")
		}
		p.bootable()
	}
	return all
}

// member is the partition of an array that each disk gets.
func (p *planner) member(i int, a intent.Array, logical []preseed.Part) preseed.Part {
	part := part("", "", a.Size, minimum(a.Mount))
	part.Kind, part.Mount = preseed.RAID, ""
	if p.st.GroupOn(a.Name) == nil {
		return part
	}
	// The array keeps up to 129 MiB of each member for itself, LUKS 16.
	need := (preseed.Sum(logical)+8+17)/dataDisks(a) + 136
	switch {
	case a.Size == intent.Rest:
		return preseed.Part{Min: need, Priority: need + 1000000, Max: preseed.Unlimited, Kind: preseed.RAID}
	case part.Min < need:
		p.Bad(fmt.Sprintf("storage.raid[%d].size", i), "write a larger one, or rest", "it is too small for the volumes on it")
	}
	return part
}

// dataDisks is how many members' room an array has.
func dataDisks(a intent.Array) int64 {
	n := len(a.Disks) - a.Spares
	switch a.Level {
	case "1":
		n = 1
	case "4", "5":
		n--
	case "6":
		n -= 2
	case "10":
		n /= 2
	}
	return int64(max(1, n))
}

// array is a part of partman-auto-raid/recipe: level, devices, spares, file
// system, mount and the partitions, without the dot that ends it.
func (p *planner) array(i int, a intent.Array, number int) string {
	at := fmt.Sprintf("storage.raid[%d].", i)
	if len(a.Disks) != len(p.st.Disks()) {
		p.Bad(at+"disks", "name all of storage.disks", "debian-installer makes the same partitions on each disk, and an array of all of them")
	}
	fs, mount := filesystems[a.Filesystem], a.Mount
	g := p.st.GroupOn(a.Name)
	switch {
	case g != nil && g.Passphrase != "":
		fs, mount = "crypto-lvm", ""
	case g != nil:
		fs, mount = "lvm", ""
	case fs == preseed.Swap:
		mount = ""
	}
	if a.Passphrase != "" {
		p.Bad(at+"encryption", "put a volume group on it, and encrypt that", "debian-installer encrypts a volume group only")
	}
	if strings.Contains(mount, ".") {
		p.Bad(at+"mount", "use a name without a dot, or a volume", "a dot ends the array in the installer's recipe")
	}
	if name := fmt.Sprintf("md%d", i); a.Name != name {
		p.Remark(at+"name", "debian-installer numbers arrays: it becomes %s", name)
	}
	if a.Label != "" {
		p.Lose(at+"label", "debian-installer's recipe for arrays has no label")
	}
	if len(a.Options) > 0 {
		p.Lose(at+"options", "debian-installer's recipe for arrays has no mount options")
	}
	var members []string
	for _, d := range a.Disks {
		members = append(members, p.disks.Partition(max(0, p.st.DiskIndex(d)), number))
	}
	active := max(0, len(members)-a.Spares)
	line := fmt.Sprintf("%s %d %d %s %s %s", a.Level, active, a.Spares, fs, intent.Or(mount, "-"), strings.Join(members[:active], "#"))
	if a.Spares > 0 {
		line += " " + strings.Join(members[active:], "#")
	}
	return line
}
