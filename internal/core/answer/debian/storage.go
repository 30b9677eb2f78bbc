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
	method string // regular or lvm
	guided string // partman-auto-lvm/guided_size, with lvm
	need   int64  // MB that the disk must have
}

// plan turns the neutral storage into parts for a firmware, reporting to f.
func plan(st intent.Storage, fw machine.Firmware, f *finding.List) layout {
	l := layout{method: "regular"}
	var fixed, rest []preseed.Part
	var efi *preseed.Part
	beyond(st, f)
	for _, p := range st.Partitions {
		part := part(p.Mount, p.Filesystem, p.Size, minimum(p.Mount))
		part.Primary, part.Label, part.Options = p.Primary, p.Label, p.Options
		if p.Mount == intent.EFIMount {
			part.Kind = preseed.EFI
			efi = &part
			continue
		}
		if part.Max == preseed.Unlimited {
			rest = append(rest, part)
		} else {
			fixed = append(fixed, part)
		}
	}
	logical := l.groups(st.VolumeGroups, f, &fixed, &rest)
	if st.Empty() {
		fixed, rest = nil, whole()
	}
	primaries(st.Partitions, fw, f)
	if len(rest) == 0 {
		// partman-auto gives the last part all that is left, whatever its size:
		// with every size given, that must be a part of no use.
		rest = []preseed.Part{{Min: 1, Priority: 1000, Max: preseed.Unlimited, Kind: preseed.Unused}}
	}
	l.parts = slices.Concat(firmwareParts(fw, efi), fixed, rest)
	l.parts = append(l.parts, logical...)
	// partman-auto drops a recipe whose minima, logical volumes counted beside
	// the physical one, exceed the disk, and silently takes one of its own.
	l.need = preseed.Sum(l.parts) + 16 // partition tables and alignment
	return l
}

// beyond refuses what partman-auto cannot make.
func beyond(st intent.Storage, f *finding.List) {
	if len(st.Others) > 0 {
		f.Bad("storage.disks", "leave the others to the post script", "debian-installer lays out one disk on its own")
	}
	if len(st.Arrays) > 0 {
		f.Bad("storage.raid", "", "RAID is not written for debian-installer")
	}
	for _, p := range st.Places() {
		if p.Encrypted {
			f.Bad(p.Field+"encryption", "", "encryption is not written for debian-installer")
		}
	}
}

// groups adds the physical volumes of the groups to fixed or rest and returns
// the logical volumes.
func (l *layout) groups(groups []intent.VolumeGroup, f *finding.List, fixed, rest *[]preseed.Part) []preseed.Part {
	if len(groups) > 1 {
		// partman-auto-lvm gives every group that names no partition the
		// first physical volume.
		f.Bad("storage.volume-groups", "put all volumes into one group", "debian-installer cannot make more than one volume group on a disk")
	}
	var logical []preseed.Part
	for i, g := range groups {
		at := fmt.Sprintf("storage.volume-groups[%d].", i)
		l.method = preseed.PV
		var fixedLV, restLV []preseed.Part
		for _, v := range g.Volumes {
			part := part(v.Mount, v.Filesystem, v.Size, minimum(v.Mount))
			part.Group, part.Volume, part.Label = g.Name, v.Name, v.Label
			part.Options = v.Options
			if part.Max == preseed.Unlimited {
				restLV = append(restLV, part)
			} else {
				fixedLV = append(fixedLV, part)
			}
		}
		// The volume made last gets what rounding leaves over.
		volumes := append(fixedLV, restLV...)
		need := preseed.Sum(volumes)
		l.guided = "max"
		if len(restLV) == 0 {
			l.guided = fmt.Sprintf("%d MB", need)
		}
		need += 8 // LVM's own data, and rounding to extents
		pv := preseed.Growing(need)
		if len(*rest) == 0 {
			pv = preseed.Growing(24) // it gets all that is left: need not be said twice
		}
		if g.Size != intent.Rest {
			pv = preseed.Fixed(g.Size)
			if g.Size <= 0 || pv.Min < need {
				f.Bad(at+"size", "write a larger one, or rest", "it is too small for its volumes")
			}
		}
		pv.Kind, pv.Group = preseed.PV, g.Name
		if g.Size == intent.Rest {
			*rest = append(*rest, pv)
		} else {
			*fixed = append(*fixed, pv)
		}
		logical = append(logical, volumes...)
	}
	return logical
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

// firmwareParts are those that the boot loader needs. Where the firmware is not
// known both are given; their label restriction keeps them off MBR disks, and
// debian-installer labels a disk GPT under UEFI or beyond 2 TiB only.
func firmwareParts(fw machine.Firmware, efi *preseed.Part) []preseed.Part {
	var parts []preseed.Part
	bios := preseed.Part{Min: 1, Priority: 1, Max: 1, Kind: preseed.BIOSGrub, Labels: "gpt"}
	if efi == nil {
		efi = &preseed.Part{Min: 538, Priority: 538, Max: 538, Kind: preseed.EFI}
	}
	efi.Labels, efi.Primary, efi.Label, efi.Mount = "gpt", false, "", ""
	if fw != machine.UEFI && fw != machine.UEFIHTTP {
		parts = append(parts, bios)
	}
	if fw != machine.BIOS {
		parts = append(parts, *efi)
	}
	return parts
}

// primaries refuses what an MBR cannot hold.
func primaries(parts []intent.Partition, fw machine.Firmware, f *finding.List) {
	if fw == machine.UEFI || fw == machine.UEFIHTTP {
		return
	}
	n := 0
	for _, p := range parts {
		if p.Primary {
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
