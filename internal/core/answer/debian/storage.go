package debian

import (
	"fmt"
	"slices"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/machine"
)

// filesystems are the neutral names and what partman calls them.
var filesystems = map[string]string{
	"": "ext4", "ext4": "ext4", "ext3": "ext3", "ext2": "ext2", "xfs": "xfs", "btrfs": "btrfs", "vfat": "fat32", "swap": preseed.Swap,
}

// layout is a storage plan for partman-auto.
type layout struct {
	parts  []preseed.Part
	method string        // regular, lvm, crypto or raid
	table  string        // gpt or mbr; "" as firmware and installer have it
	guided string        // partman-auto-lvm/guided_size, with volumes
	group  string        // partman-auto-lvm/new_vg_name, for volumes that name no group
	arrays []string      // the parts of partman-auto-raid/recipe
	secret intent.Secret // of the one volume group
	need   []int64       // MB that each disk must have; 0 for one that carries nothing
	disks  preseed.Disks
}

// planner makes a layout, reporting to its list.
type planner struct {
	*finding.List
	layout
	st intent.Storage
	s  intent.Subject
}

// plan turns the neutral storage into parts for a firmware.
func plan(st intent.Storage, s intent.Subject, f *finding.List) layout {
	p := &planner{List: f, st: st, s: s, layout: layout{method: "regular", table: st.Table, need: make([]int64, len(st.Disks()))}}
	used := p.used()
	primaries(st, s.Firmware, f)
	if _, efi := s.BootParts(); efi && st.Table == "mbr" && !uefi(s.Firmware) {
		f.Lose("storage.table", "the firmware is not known, and an EFI machine may want gpt")
	}
	switch {
	case len(st.Arrays) > 0:
		p.raid()
	case slices.ContainsFunc(st.Places(), func(q intent.Place) bool { return q.Encrypted }):
		p.crypto(used)
	case len(used) > 1:
		p.spread(used)
	default:
		p.simple(used[0])
	}
	p.choose()
	return p.layout
}

// used are the disks that carry anything, by number.
func (p *planner) used() []int {
	var out []int
	add := func(disk string) {
		if i := max(0, p.st.DiskIndex(disk)); !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	for _, q := range p.st.Partitions {
		add(q.Disk)
	}
	for _, g := range p.st.VolumeGroups {
		if g.Array == "" {
			add(g.Disk)
		}
	}
	for _, a := range p.st.Arrays {
		for _, d := range a.Disks {
			add(d)
		}
	}
	if len(out) == 0 {
		out = []int{0}
	}
	slices.Sort(out)
	return out
}

// simple is a layout of one disk: partitions, and perhaps a volume group.
func (p *planner) simple(on int) {
	efi, fixed, rest := p.plain()
	if len(p.st.VolumeGroups) > 1 {
		// partman-auto-lvm gives every group that names no partition the
		// first physical volume.
		p.Bad("storage.volume-groups", "put all volumes into one group", "debian-installer cannot make more than one volume group on a disk")
	}
	var logical []preseed.Part
	for i, g := range p.st.VolumeGroups {
		p.method = preseed.PV
		volumes, grows := volumes(g)
		for k := range volumes {
			volumes[k].Group = g.Name
		}
		p.guide(volumes, grows)
		pv := p.physical(fmt.Sprintf("storage.volume-groups[%d].", i), g, volumes, len(rest) == 0)
		if g.Size == intent.Rest {
			rest = append(rest, pv)
		} else {
			fixed = append(fixed, pv)
		}
		logical = append(logical, volumes...)
	}
	if p.st.Empty() {
		fixed, rest = nil, whole()
	}
	p.finish(on, efi, fixed, rest, logical)
}

// finish puts the parts of a layout in order.
func (p *planner) finish(on int, efi *preseed.Part, fixed, rest, logical []preseed.Part) {
	if len(rest) == 0 && p.method != crypto {
		// partman-auto gives the last part all that is left, whatever its size:
		// with every size given, that must be a part of no use.
		rest = []preseed.Part{filler}
	}
	p.parts = slices.Concat(firmwareParts(p.s.Firmware, efi, p.table), fixed, rest, logical)
	// partman-auto drops a recipe whose minima, logical volumes counted beside
	// the physical one, exceed the disk, and silently takes one of its own.
	p.need[on] = preseed.Sum(p.parts) + spare
}

// filler is a part that partman makes and leaves alone.
var filler = preseed.Part{Min: 1, Priority: 1000, Max: preseed.Unlimited, Kind: preseed.Unused}

// spare are the MB of partition tables and alignment.
const spare = 16

// plain are the plain partitions: those with a size, and those that grow.
func (p *planner) plain() (efi *preseed.Part, fixed, rest []preseed.Part) {
	for _, q := range p.st.Partitions {
		part := part(q.Mount, q.Filesystem, q.Size, minimum(q.Mount))
		part.Primary, part.Label, part.Options = q.Primary, q.Label, q.Options
		switch {
		case q.Mount == intent.EFIMount:
			part.Kind = preseed.EFI
			efi = &part
		case part.Max == preseed.Unlimited:
			rest = append(rest, part)
		default:
			fixed = append(fixed, part)
		}
	}
	return efi, fixed, rest
}

// volumes are those of a group, of no group's name yet. The one that grows comes
// last: the volume made last gets what rounding leaves over.
func volumes(g intent.VolumeGroup) (all []preseed.Part, grows bool) {
	var rest []preseed.Part
	for _, v := range g.Volumes {
		part := part(v.Mount, v.Filesystem, v.Size, minimum(v.Mount))
		part.Volume, part.Label, part.Options = v.Name, v.Label, v.Options
		if part.Max == preseed.Unlimited {
			rest = append(rest, part)
		} else {
			all = append(all, part)
		}
	}
	return append(all, rest...), len(rest) > 0
}

// guide says how much of a group the volumes get.
func (p *planner) guide(volumes []preseed.Part, grows bool) {
	p.guided = "max"
	if !grows {
		p.guided = fmt.Sprintf("%d MB", preseed.Sum(volumes))
	}
}

// physical is the partition under a group; alone says that nothing else takes
// the rest of its disk.
func (p *planner) physical(at string, g intent.VolumeGroup, volumes []preseed.Part, alone bool) preseed.Part {
	need := preseed.Sum(volumes) + 8 // LVM's own data, and rounding to extents
	pv := preseed.Growing(need)
	if alone {
		pv = preseed.Growing(24) // it gets all that is left: need not be said twice
	}
	if g.Size != intent.Rest {
		pv = preseed.Fixed(g.Size)
		if g.Size <= 0 || pv.Min < need {
			p.Bad(at+"size", "write a larger one, or rest", "it is too small for its volumes")
		}
	}
	pv.Kind, pv.Group = preseed.PV, g.Name
	return pv
}

// whole is the layout of a disk about which nothing is said.
func whole() []preseed.Part {
	return []preseed.Part{
		{Min: minimum("/"), Priority: 10000, Max: preseed.Unlimited, Kind: "ext4", Mount: "/", Primary: true},
		{Min: 512, Priority: 1024, Max: 2048, Kind: preseed.Swap},
	}
}

// minimum is the least MB that a growing part must get.
func minimum(mount string) int64 {
	if mount == "/" {
		return 1800
	}
	return 64
}

func uefi(fw machine.Firmware) bool { return fw == machine.UEFI || fw == machine.UEFIHTTP }

// firmwareParts are those that the boot loader needs. Where the firmware is not
// known both are given; their label restriction keeps them off MBR disks, and
// debian-installer labels a disk GPT under UEFI or beyond 2 TiB only.
func firmwareParts(fw machine.Firmware, efi *preseed.Part, table string) []preseed.Part {
	var parts []preseed.Part
	bios := preseed.Part{Min: 1, Priority: 1, Max: 1, Kind: preseed.BIOSGrub, Labels: "gpt"}
	if efi == nil {
		efi = &preseed.Part{Min: 538, Priority: 538, Max: 538, Kind: preseed.EFI}
	}
	efi.Labels, efi.Primary, efi.Label, efi.Mount = "gpt", false, "", ""
	if table == "mbr" && uefi(fw) {
		efi.Labels, efi.Primary = "", true
	}
	if !uefi(fw) {
		parts = append(parts, bios)
	}
	if fw != machine.BIOS {
		parts = append(parts, *efi)
	}
	return parts
}

// primaries refuses what an MBR cannot hold.
func primaries(st intent.Storage, fw machine.Firmware, f *finding.List) {
	if uefi(fw) && st.Table != "mbr" {
		return
	}
	n := 0
	if uefi(fw) {
		n++ // the EFI system partition
	}
	for _, p := range st.Partitions {
		if p.Primary && p.Mount != intent.EFIMount {
			n++
		}
	}
	if n > 3 {
		f.Bad("storage.partitions", "leave primary: out where it does not matter", "%d primary partitions do not fit an MBR beside others", n)
	}
}

// part is one file system or swap of the given size, checked already.
func part(mount, fs string, size, least int64) preseed.Part {
	p := preseed.Fixed(size)
	if size == intent.Rest {
		p = preseed.Growing(least)
	}
	p.Kind, p.Mount = filesystems[fs], mount
	if p.Kind == preseed.Swap {
		p.Mount = ""
	}
	return p
}
