package debian

import (
	"slices"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/image"
)

// diskOf says which disk partman shall take, for a layout of need MB.
func diskOf(d intent.Disk, need int64, f *finding.List) preseed.Disk {
	disk := preseed.Disk{Model: d.Model, Serial: d.Serial, MinSectors: need * 1000000 / 512}
	if !d.Auto() {
		disk.Path = d.Path
	}
	if d.MinSize > 0 {
		disk.MinSectors = max(disk.MinSectors, (d.MinSize+511)/512)
	}
	if d.MaxSize > 0 {
		disk.MaxSectors = d.MaxSize / 512
		if disk.MaxSectors < disk.MinSectors {
			f.Bad("storage.disk.max-size", "write a larger one, or smaller partitions", "no disk can be as small as this and hold the partitions")
		}
	}
	return disk
}

func partition(p *preseed.File, l layout, disk preseed.Disk, table string, s intent.Subject) {
	p.Section("Disk: the command below picks it, and refuses one that is too small.")
	if disk.Path != "" {
		p.Set("partman-auto/disk", preseed.String, disk.Path)
	}
	tell := failCommand(s, "disk")
	if tell != "" {
		tell += " </dev/null" // its input is debconf's answers
	}
	p.Set("partman/early_command", preseed.String, disk.Command(tell))
	p.Set("partman-auto/method", preseed.String, l.method)
	if table != "" {
		p.Set("partman-partitioning/default_label", preseed.String, map[string]string{"gpt": "gpt", "mbr": "msdos"}[table])
	}
	p.SetLines("partman-auto/expert_recipe", preseed.String, preseed.Recipe(l.parts))
	if l.method == preseed.PV {
		p.Set("partman-auto-lvm/guided_size", preseed.String, l.guided)
		p.Yes("partman-auto-lvm/no_boot") // GRUB reads LVM
	}
	p.Section("Disk: what would be asked about old contents, and about the plan.")
	p.Yes("partman-lvm/device_remove_lvm", "partman-lvm/confirm", "partman-lvm/confirm_nooverwrite",
		"partman-md/device_remove_md", "partman-md/confirm", "partman-md/confirm_nooverwrite",
		"partman-partitioning/confirm_write_new_label", "partman-efi/non_efi_system")
	p.Set("partman/choose_partition", preseed.Select, "finish")
	p.Yes("partman/confirm", "partman/confirm_nooverwrite")
	if !slices.ContainsFunc(l.parts, func(p preseed.Part) bool { return p.Kind == preseed.Swap }) {
		p.No("partman-basicfilesystems/no_swap")
	}
	if s.Image.Family == image.Ubuntu {
		p.Yes("partman/unmount_active")
	}
}
