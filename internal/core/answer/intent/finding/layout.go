package finding

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
)

var (
	diskPath   = lazy(`^/dev(/[A-Za-z0-9._:+=@-]{1,128}){1,6}$`)
	mountPath  = lazy(`^/([A-Za-z0-9._+@-]{1,64}(/[A-Za-z0-9._+@-]{1,64}){0,15})?$`)
	labelWord  = lazy(`^[A-Za-z0-9_.-]{1,12}$`)
	volumeWord = lazy(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$`)
	arrayWord  = lazy(`^[A-Za-z][A-Za-z0-9_]{0,30}$`)
	optionWord = lazy(`^[A-Za-z0-9_.:/@-]{1,64}(=[A-Za-z0-9_.:/@%-]{1,128})?$`)
)

// Filesystems are those that can be asked for; "" is ext4.
var Filesystems = []string{"ext4", "ext3", "ext2", "xfs", "btrfs", "vfat", "swap"}

// Directories that must be on the root file system for the system to come up,
// and those that cannot be on FAT, which keeps no owners and modes.
var (
	onRoot = []string{"/bin", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/media", "/sbin", "/proc", "/sys", "/run"}
	notFAT = []string{"/", "/boot", "/home", "/opt", "/srv", "/tmp", "/usr", "/usr/local", "/var"}
)

func (f *List) storage(st intent.Storage) {
	f.disks(st)
	f.OneOf("storage.table", st.Table, "gpt", "mbr")
	f.OneOf("storage.wipe", st.Wipe, "disks", "all", "none")
	for i, p := range st.Partitions {
		at := fmt.Sprintf("storage.partitions[%d].", i)
		f.onDisk(at, st, p.Disk)
		f.secret(at, p.Passphrase)
		if p.Mount == intent.EFIMount && (p.Passphrase != "" || p.Filesystem != "vfat") {
			f.Bad(at+"filesystem", "use vfat, not encrypted", "the firmware could not read %s", intent.EFIMount)
		}
	}
	f.arrays(st)
	f.groups(st)
	var seen []string
	for _, p := range st.Places() {
		f.place(p, seen)
		seen = append(seen, p.Mount)
	}
	if !st.Empty() && !slices.Contains(seen, "/") {
		f.Bad("storage", "add a partition with mount: /", "nothing is mounted on /")
	}
}

func (f *List) disks(st intent.Storage) {
	var paths []string
	for i, d := range st.Disks() {
		at := "storage.disk"
		if len(st.Others) > 0 {
			at = fmt.Sprintf("storage.disks[%d]", i)
		}
		f.must(at+".name", d.Name, arrayWord(), "use letters and digits, a letter first")
		if !d.Auto() {
			f.Word(at, d.Path, diskPath(), "write it as /dev/sda or /dev/disk/by-id/NAME, or auto")
			if strings.Contains(d.Path, "/..") || slices.Contains(paths, d.Path) {
				f.Bad(at, "write it as /dev/sda", "%s is there twice, or leaves /dev", Shown(d.Path))
			}
			paths = append(paths, d.Path)
		}
		f.Line(at+".model", d.Model)
		f.Line(at+".serial", d.Serial)
		if d.MaxSize > 0 && d.MaxSize < d.MinSize {
			f.Bad(at+".max-size", "", "it is smaller than min-size")
		}
		if st.DiskIndex(d.Name) != i {
			f.Bad(at+".name", "", "%q is there twice", d.Name)
		}
	}
}

func (f *List) onDisk(at string, st intent.Storage, name string) {
	if st.DiskIndex(name) < 0 {
		f.Bad(at+"disk", "name one of storage.disks", "there is no disk %s", Shown(name))
	}
}

func (f *List) secret(at string, s intent.Secret) {
	if s == "" {
		return
	}
	if err := CheckLine(string(s)); err != nil {
		f.Bad(at+"encryption", "use a passphrase of one line of printable ASCII", "%v", err)
	}
	for _, r := range string(s) {
		if r < ' ' || r > '~' {
			f.Bad(at+"encryption", "use a passphrase of printable ASCII: at the boot prompt the keyboard is not set up yet", "it holds other characters")
			return
		}
	}
	if len(s) < 8 || len(s) > 512 {
		f.Bad(at+"encryption", "", "the passphrase must have 8 to 512 characters")
	}
}

// members is how many disks a RAID level needs at least.
var members = map[string]int{"0": 2, "1": 2, "4": 3, "5": 3, "6": 4, "10": 2}

func (f *List) arrays(st intent.Storage) {
	var seen []string
	for i, a := range st.Arrays {
		at := fmt.Sprintf("storage.raid[%d].", i)
		f.must(at+"name", a.Name, arrayWord(), "use a name as md0")
		if slices.Contains(seen, a.Name) {
			f.Bad(at+"name", "", "%q is there twice", a.Name)
		}
		seen = append(seen, a.Name)
		least, ok := members[a.Level]
		if !ok {
			f.Bad(at+"level", "one of: 0, 1, 4, 5, 6, 10", "%s is not a RAID level", Shown(a.Level))
		} else if len(a.Disks)-a.Spares < least || a.Spares < 0 {
			f.Bad(at+"disks", "", "RAID %s needs %d disks beside its spares", a.Level, least)
		}
		if a.Level == "0" && a.Spares > 0 {
			f.Bad(at+"spares", "leave them out", "RAID 0 cannot do without any of its disks: it has no spares")
		}
		var on []int
		for _, d := range a.Disks {
			f.onDisk(at, st, d)
			if k := st.DiskIndex(d); slices.Contains(on, k) && k >= 0 {
				f.Bad(at+"disks", "use another disk for each", "the disk %q is there twice", d)
			} else {
				on = append(on, k)
			}
		}
		f.secret(at, a.Passphrase)
		if a.Mount == intent.EFIMount {
			f.Bad(at+"mount", "make it a partition", "%s cannot be on an array", intent.EFIMount)
		}
		if st.CarriesGroup(a.Name) && (a.Mount != "" || a.Passphrase != "") {
			f.Bad(at+"mount", "leave it out; encryption stands at the volume group", "a volume group lies on this array")
		}
		if a.Size == 0 || a.Size < intent.Rest {
			f.Bad(at+"size", "write it as 2GiB, or rest", "the size is missing")
		}
	}
}

func (f *List) groups(st intent.Storage) {
	var seen, arrays []string
	for i, g := range st.VolumeGroups {
		at := fmt.Sprintf("storage.volume-groups[%d].", i)
		f.onDisk(at, st, g.Disk)
		f.must(at+"name", g.Name, volumeWord(), "use letters, digits, - and _")
		if slices.Contains(seen, g.Name) {
			f.Bad(at+"name", "", "%q is there twice", g.Name)
		}
		seen = append(seen, g.Name)
		if g.Array != "" {
			if !slices.ContainsFunc(st.Arrays, func(a intent.Array) bool { return a.Name == g.Array }) {
				f.Bad(at+"raid", "name one of storage.raid", "there is no array %s", Shown(g.Array))
			}
			if slices.Contains(arrays, g.Array) {
				f.Bad(at+"raid", "", "the array %q carries a group already", g.Array)
			}
			arrays = append(arrays, g.Array)
		} else if g.Size == 0 || g.Size < intent.Rest {
			f.Bad(at+"size", "write it as 2GiB, or rest", "the size is missing")
		}
		f.secret(at, g.Passphrase)
		if len(g.Volumes) == 0 {
			f.Bad(at+"volumes", "give it at least one volume", "the group is empty")
		}
		f.volumes(at, g)
	}
}

func (f *List) volumes(at string, g intent.VolumeGroup) {
	var need int64
	var names []string
	growing := 0
	for j, v := range g.Volumes {
		at := fmt.Sprintf("%svolumes[%d].", at, j)
		f.must(at+"name", v.Name, volumeWord(), "use letters, digits, - and _")
		if slices.Contains(names, v.Name) {
			f.Bad(at+"name", "", "%q is there twice", v.Name)
		}
		names = append(names, v.Name)
		if v.Mount == intent.EFIMount {
			f.Bad(at+"mount", "make it a partition", "%s cannot be a volume", intent.EFIMount)
		}
		if v.Size == intent.Rest {
			growing++
		} else {
			need += v.Size
		}
	}
	if growing > 1 {
		f.Bad(at+"volumes", "give all but one a size", "two volumes take the rest")
	}
	if g.Array == "" && g.Size > 0 && g.Size < need {
		f.Bad(at+"size", "write a larger one, or rest", "it is too small for its volumes")
	}
}

// place checks one file system or swap; seen are the mounts before it.
func (f *List) place(p intent.Place, seen []string) {
	at := p.Field
	fs := p.Filesystem
	if fs != "" && !slices.Contains(Filesystems, fs) {
		f.Bad(at+"filesystem", "write ext4, ext3, ext2, xfs, btrfs, vfat or swap", "%s cannot be used", Shown(fs))
	}
	switch {
	case fs == "swap" && p.Mount != "" && p.Mount != "swap":
		f.Bad(at+"mount", "leave it out", "swap is not mounted")
	case fs == "swap":
	case !mountPath().MatchString(p.Mount) || slices.ContainsFunc(strings.Split(p.Mount, "/"), func(e string) bool { return e == ".." || e == "." }):
		f.Bad(at+"mount", "write an absolute path of letters, digits and . _ + @ -", "%s cannot be used", Shown(p.Mount))
	case slices.Contains(seen, p.Mount):
		f.Bad(at+"mount", "", "%q is there twice", p.Mount)
	case slices.Contains(onRoot, p.Mount):
		f.Bad(at+"mount", "leave it on the root file system", "%s must be on the root file system", p.Mount)
	case fs == "vfat" && slices.Contains(notFAT, p.Mount):
		f.Bad(at+"filesystem", "use ext4", "%s cannot be on vfat", p.Mount)
	case p.Encrypted && p.Mount == "/boot":
		f.Bad(at+"encryption", "leave /boot in clear", "the boot loader could not read /boot")
	}
	if p.Size == 0 || p.Size < intent.Rest {
		f.Bad(at+"size", "write it as 2GiB, or rest", "the size is missing")
	}
	f.Word(at+"label", p.Label, labelWord(), "use up to 12 letters, digits, . _ and -")
	for k, o := range p.Options {
		f.must(fmt.Sprintf("%soptions[%d]", at, k), o, optionWord(), "one option an item, as noatime")
	}
}
