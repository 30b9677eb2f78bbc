package debian

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/image"
)

// disksOf sets the disks' paths, by which recipes name them.
func (p *planner) disksOf() {
	p.disks = nil
	for _, d := range p.st.Disks() {
		disk := preseed.Disk{Model: d.Model, Serial: d.Serial}
		if !d.Auto() {
			disk.Path = d.Path
		}
		p.disks = append(p.disks, disk)
	}
}

// choose says which disks partman shall take, each large enough for what it
// carries.
func (p *planner) choose() {
	p.disksOf()
	for i, d := range p.st.Disks() {
		disk := &p.disks[i]
		at := "storage.disk"
		if len(p.st.Others) > 0 {
			at = fmt.Sprintf("storage.disks[%d]", i)
		}
		disk.Idle = p.need[i] == 0
		bounds(disk, d, p.need[i], at, p.List)
	}
}

func bounds(disk *preseed.Disk, d intent.Disk, need int64, at string, f *finding.List) {
	disk.MinSectors = need * 1000000 / 512
	if d.MinSize > 0 {
		disk.MinSectors = max(disk.MinSectors, (d.MinSize+511)/512)
	}
	if d.MaxSize > 0 {
		disk.MaxSectors = d.MaxSize / 512
		if disk.MaxSectors < disk.MinSectors {
			f.Bad(at+".max-size", "write a larger one, or smaller partitions", "no disk can be as small as this and hold the partitions")
		}
	}
}

// paths are the disks that partman takes, where all of them have a path.
func (l layout) paths() string {
	var paths []string
	for _, d := range l.disks {
		switch {
		case d.Idle:
		case d.Path == "":
			return ""
		default:
			paths = append(paths, d.Path)
		}
	}
	return strings.Join(paths, " ")
}

func partition(p *preseed.File, l layout, s intent.Subject) {
	if len(l.disks) > 1 {
		p.Section("Disks: the command below picks them, and refuses one that is too small.")
	} else {
		p.Section("Disk: the command below picks it, and refuses one that is too small.")
	}
	if paths := l.paths(); paths != "" {
		p.Set("partman-auto/disk", preseed.String, paths)
	}
	tell := failCommand(s, "disk")
	if tell != "" {
		tell += " </dev/null" // its input is debconf's answers
	}
	use := preseed.Use{OnFail: tell, BootAll: l.method == preseed.RAID}
	if l.method == preseed.RAID {
		use.Parts = []string{"partman-auto-raid/recipe"}
	} else {
		use.Names = []string{"partman-auto/expert_recipe"}
	}
	p.Set("partman/early_command", preseed.String, l.disks.Command(use))
	p.Set("partman-auto/method", preseed.String, l.method)
	if l.table != "" {
		p.Set("partman-partitioning/default_label", preseed.String, map[string]string{"gpt": "gpt", "mbr": "msdos"}[l.table])
	}
	p.SetLines("partman-auto/expert_recipe", preseed.String, preseed.Recipe(l.parts))
	if l.guided != "" {
		p.Set("partman-auto-lvm/guided_size", preseed.String, l.guided)
		p.Yes("partman-auto-lvm/no_boot") // GRUB reads LVM
	}
	if l.group != "" {
		p.Set("partman-auto-lvm/new_vg_name", preseed.String, l.group)
	}
	raid(p, l)
	if l.secret != "" {
		p.Section("Encryption. What the disk held before is not overwritten first: that takes\nhours. The passphrase is asked at each start of the new system.")
		p.No("partman-auto-crypto/erase_disks")
		p.Set("partman-crypto/passphrase", preseed.Password, string(l.secret))
		p.Set("partman-crypto/passphrase-again", preseed.Password, string(l.secret))
	}
	confirmed(p, l, s)
}

// raid writes the arrays: level, devices, spares, file system, mount, members.
func raid(p *preseed.File, l layout) {
	if len(l.arrays) == 0 {
		return
	}
	var lines []string
	for _, a := range l.arrays {
		lines = append(lines, a+" .")
	}
	p.SetLines("partman-auto-raid/recipe", preseed.String, lines)
}

// confirmed answers what is asked about old contents, and about the plan.
func confirmed(p *preseed.File, l layout, s intent.Subject) {
	p.Section("Disk: what would be asked about old contents, and about the plan.")
	p.Yes("partman-lvm/device_remove_lvm", "partman-lvm/confirm", "partman-lvm/confirm_nooverwrite",
		"partman-md/device_remove_md", "partman-md/confirm", "partman-md/confirm_nooverwrite",
		"partman-partitioning/confirm_write_new_label", "partman-efi/non_efi_system")
	p.Set("partman/choose_partition", preseed.Select, "finish")
	p.Yes("partman/confirm", "partman/confirm_nooverwrite")
	swap := slices.ContainsFunc(l.parts, func(p preseed.Part) bool { return p.Kind == preseed.Swap })
	for _, a := range l.arrays {
		swap = swap || slices.Contains(strings.Fields(a), preseed.Swap)
	}
	if !swap {
		p.No("partman-basicfilesystems/no_swap")
	}
	if v := intent.Version(s.Image.Release); len(l.arrays) > 0 && s.Image.Family == image.Ubuntu && (v == 0 || v < 16) {
		p.Yes("mdadm/boot_degraded") // a RAID is for that; asked where / is on one
	}
	if s.Image.Family == image.Ubuntu {
		p.Yes("partman/unmount_active")
	}
}
