package answer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/machine"
)

var (
	diskPath   = regexp.MustCompile(`^/dev(/[A-Za-z0-9._:+=@-]+)+$`)
	mountPath  = regexp.MustCompile(`^/([A-Za-z0-9._+@-]+(/[A-Za-z0-9._+@-]+)*)?$`)
	labelWord  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,12}$`)
	volumeWord = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$`)
)

// filesystems are the neutral names and what partman calls them.
var filesystems = map[string]string{
	"": "ext4", "ext4": "ext4", "ext3": "ext3", "ext2": "ext2", "xfs": "xfs", "btrfs": "btrfs", "vfat": "fat32", "swap": preseed.Swap,
}

// Directories that partman refuses outside the root file system, and those it
// refuses on FAT (partman-target, partman-basicfilesystems).
var (
	onRoot = []string{"/bin", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/media", "/sbin"}
	notFAT = []string{"/", "/boot", "/home", "/opt", "/srv", "/tmp", "/usr", "/usr/local", "/var"}
)

const efiMount = "/boot/efi"

// layout is a storage plan for partman-auto.
type layout struct {
	parts  []preseed.Part
	method string // regular or lvm
	guided string // partman-auto-lvm/guided_size, with lvm
	need   int64  // MB that the disk must have
}

// plan turns the neutral storage into parts for a firmware, reporting to f.
func plan(st Storage, fw machine.Firmware, f *findings) layout {
	l := layout{method: "regular"}
	var fixed, rest []preseed.Part
	var efi *preseed.Part
	mounts := &mounts{findings: f}
	for i, p := range st.Partitions {
		part := mounts.part(fmt.Sprintf("storage.partitions[%d].", i), p.Mount, p.Filesystem, p.Size, minimum(p.Mount))
		part.Primary, part.Label = p.Primary, p.Label
		f.word(fmt.Sprintf("storage.partitions[%d].label", i), p.Label, labelWord, "use up to 12 letters, digits, . _ and -")
		if p.Mount == efiMount {
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
	logical := l.groups(st.VolumeGroups, mounts, &fixed, &rest)
	if len(st.Partitions) == 0 && len(st.VolumeGroups) == 0 {
		fixed, rest = nil, whole()
		mounts.seen = []string{"/"}
	}
	if !slices.Contains(mounts.seen, "/") {
		f.bad("storage", "add a partition with mount: /", "nothing is mounted on /")
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

// groups adds the physical volumes of the groups to fixed or rest and returns
// the logical volumes.
func (l *layout) groups(groups []VolumeGroup, mounts *mounts, fixed, rest *[]preseed.Part) []preseed.Part {
	f := mounts.findings
	if len(groups) > 1 {
		// partman-auto-lvm gives every group that names no partition the
		// first physical volume.
		f.bad("storage.volume-groups", "put all volumes into one group", "debian-installer cannot make more than one volume group on a disk")
	}
	var logical []preseed.Part
	for i, g := range groups {
		at := fmt.Sprintf("storage.volume-groups[%d].", i)
		l.method = preseed.PV
		var fixedLV, restLV []preseed.Part
		if len(g.Volumes) == 0 {
			f.bad(at+"volumes", "give it at least one volume", "the group is empty")
		}
		if !volumeWord.MatchString(g.Name) {
			f.bad(at+"name", "use letters, digits, - and _", "%q cannot be a volume group's name", g.Name)
		}
		for j, v := range g.Volumes {
			at := fmt.Sprintf("%svolumes[%d].", at, j)
			part := mounts.part(at, v.Mount, v.Filesystem, v.Size, minimum(v.Mount))
			part.Group, part.Volume = g.Name, v.Name
			if !volumeWord.MatchString(v.Name) {
				f.bad(at+"name", "use letters, digits, - and _", "%q cannot be a volume's name", v.Name)
			}
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
		if g.Size != Rest {
			pv = preseed.Fixed(g.Size)
			if g.Size <= 0 || pv.Min < need {
				f.bad(at+"size", "write a larger one, or rest", "it is too small for its volumes")
			}
		}
		pv.Kind, pv.Group = preseed.PV, g.Name
		if g.Size == Rest {
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
func primaries(parts []Partition, fw machine.Firmware, f *findings) {
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
		f.bad("storage.partitions", "leave primary: out where it does not matter", "%d primary partitions do not fit an MBR beside others", n)
	}
}

// mounts checks parts one by one and remembers where they are mounted.
type mounts struct {
	*findings
	seen []string
}

// part is one file system or swap of the given size.
func (m *mounts) part(at, mount, fs string, size, least int64) preseed.Part {
	kind, ok := filesystems[fs]
	if !ok {
		m.bad(at+"filesystem", "write ext4, ext3, ext2, xfs, btrfs, vfat or swap", "%q cannot be used", fs)
	}
	switch {
	case kind == preseed.Swap && mount != "" && mount != "swap":
		m.bad(at+"mount", "leave it out", "swap is not mounted")
	case kind == preseed.Swap:
		mount = ""
	case !mountPath.MatchString(mount) || slices.Contains(strings.Split(mount, "/"), ".."):
		m.bad(at+"mount", "write an absolute path of letters, digits and . _ + @ -", "%q cannot be used", mount)
	case slices.Contains(m.seen, mount):
		m.bad(at+"mount", "", "%q is there twice", mount)
	case slices.Contains(onRoot, mount):
		m.bad(at+"mount", "leave it on the root file system", "%s must be on the root file system", mount)
	case kind == "fat32" && slices.Contains(notFAT, mount):
		m.bad(at+"filesystem", "use ext4", "%s cannot be on vfat", mount)
	}
	m.seen = append(m.seen, mount)
	part := preseed.Fixed(size)
	switch {
	case size == Rest:
		part = preseed.Growing(least)
	case size <= 0:
		m.bad(at+"size", "write it as 2GiB, or rest", "the size is missing")
	}
	part.Kind, part.Mount = kind, mount
	return part
}
