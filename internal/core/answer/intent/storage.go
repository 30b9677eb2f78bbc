package intent

import "fmt"

// Storage is how disks are laid out. With no partitions, arrays and volume
// groups, one root file system and a swap are made on the whole first disk.
type Storage struct {
	Disk         Disk          `yaml:"disk"`  // the first one: on it is what names no other
	Others       []Disk        `yaml:"-"`     // the second and further items of disks:
	Table        string        `yaml:"table"` // gpt | mbr; "" as firmware and installer have it
	Wipe         string        `yaml:"wipe"`  // disks (default): those in use are emptied | all: every disk | none: the free space is used
	Partitions   []Partition   `yaml:"partitions"`
	Arrays       []Array       `yaml:"raid"`
	VolumeGroups []VolumeGroup `yaml:"volume-groups"`
}

// Disk picks a disk: a path, or "auto" for the first one that fits the other
// fields (zero fields fit every disk) and that no disk before it took.
type Disk struct {
	Name    string // for others to name it; "" the first: disk1
	Path    string // "auto" or as /dev/sda
	Model   string
	Serial  string
	MinSize int64 // bytes
	MaxSize int64 // bytes
}

// Auto says whether the disk must be looked for.
func (d Disk) Auto() bool { return d.Path == "" || d.Path == "auto" }

// Picky says whether more than the order of disks decides.
func (d Disk) Picky() bool {
	return d.Auto() && (d.Model != "" || d.Serial != "" || d.MinSize > 0 || d.MaxSize > 0)
}

// Partition is a plain partition. Size is in bytes, or Rest.
type Partition struct {
	Disk       string // the name of a disk; "" the first
	Mount      string
	Filesystem string // ext4, ext3, ext2, xfs, btrfs, vfat, swap
	Size       int64
	Primary    bool
	Label      string
	Options    []string // of the mount
	Passphrase Secret   // encrypted with it (LUKS); "" not
}

// Array is a RAID array (md) of one partition on each of its disks.
type Array struct {
	Name       string // as md0
	Level      string // 0, 1, 4, 5, 6, 10
	Disks      []string
	Spares     int
	Size       int64 // of each partition
	Mount      string
	Filesystem string
	Label      string
	Options    []string
	Passphrase Secret
}

// VolumeGroup is an LVM volume group on one partition of that Size, or on an
// array.
type VolumeGroup struct {
	Name       string
	Disk       string // the name of a disk; "" the first
	Array      string // the name of an array, in place of Disk and Size
	Size       int64
	Passphrase Secret // the physical volume is encrypted with it
	Volumes    []Volume
}

// Volume is a logical volume.
type Volume struct {
	Name       string
	Mount      string
	Filesystem string
	Size       int64
	Label      string
	Options    []string
}

// Rest as a size takes what is left of the disk or volume group.
const Rest int64 = -1

// Secret is a text that no message and no log may show. The installer's answer
// file must hold it.
type Secret string

// String hides it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides it, for %#v.
func (s Secret) GoString() string { return s.String() }

// Empty says whether nothing is said about the layout.
func (st Storage) Empty() bool {
	return len(st.Partitions) == 0 && len(st.Arrays) == 0 && len(st.VolumeGroups) == 0
}

// Disks are all disks, each with its name: "disk1" for the first that has none
// of its own, and so on.
func (st Storage) Disks() []Disk {
	all := append([]Disk{st.Disk}, st.Others...)
	for i := range all {
		if all[i].Name == "" {
			all[i].Name = fmt.Sprintf("disk%d", i+1)
		}
	}
	return all
}

// DiskIndex is which of Disks a name means; "" the first; -1 none.
func (st Storage) DiskIndex(name string) int {
	if name == "" {
		return 0
	}
	for i, d := range st.Disks() {
		if d.Name == name {
			return i
		}
	}
	return -1
}

// Filled is the layout with the default where nothing is said: swap, and a
// root file system on the rest.
func (st Storage) Filled() Storage {
	if st.Empty() {
		st.Partitions = []Partition{{Filesystem: "swap", Size: 1 << 30}, {Mount: "/", Filesystem: "ext4", Size: Rest}}
	}
	return st
}

// Place is one file system or swap of a layout, wherever it lies.
type Place struct {
	Field      string // its path in the settings
	Mount      string
	Filesystem string
	Size       int64
	Label      string
	Options    []string
	Encrypted  bool
}

// Places are all file systems and swaps: of partitions, arrays without a
// volume group, and volumes.
func (st Storage) Places() []Place {
	var out []Place
	for i, p := range st.Partitions {
		out = append(out, Place{fmt.Sprintf("storage.partitions[%d].", i), p.Mount, p.Filesystem, p.Size, p.Label, p.Options, p.Passphrase != ""})
	}
	for i, a := range st.Arrays {
		if !st.CarriesGroup(a.Name) {
			out = append(out, Place{fmt.Sprintf("storage.raid[%d].", i), a.Mount, a.Filesystem, a.Size, a.Label, a.Options, a.Passphrase != ""})
		}
	}
	for i, g := range st.VolumeGroups {
		for j, v := range g.Volumes {
			out = append(out, Place{fmt.Sprintf("storage.volume-groups[%d].volumes[%d].", i, j), v.Mount, v.Filesystem, v.Size, v.Label, v.Options, g.Passphrase != ""})
		}
	}
	return out
}

func (st Storage) CarriesGroup(array string) bool {
	for _, g := range st.VolumeGroups {
		if g.Array != "" && g.Array == array {
			return true
		}
	}
	return false
}

// GroupOn is the volume group that lies on an array, or nil.
func (st Storage) GroupOn(array string) *VolumeGroup {
	for i, g := range st.VolumeGroups {
		if g.Array == array && array != "" {
			return &st.VolumeGroups[i]
		}
	}
	return nil
}

// HasSwap says whether there is a swap somewhere.
func (st Storage) HasSwap() bool {
	for _, p := range st.Places() {
		if p.Filesystem == "swap" {
			return true
		}
	}
	return false
}

// EFIMount is where the EFI system partition is mounted.
const EFIMount = "/boot/efi"
