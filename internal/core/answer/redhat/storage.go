package redhat

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/shell"
)

// mib is a size in MiB, as Kickstart counts, rounded up.
func mib(size int64) int64 { return (size + 1<<20 - 1) >> 20 }

// size is the options for a size.
func size(n int64, mount string) string {
	if n != intent.Rest {
		return fmt.Sprintf(" --size=%d", mib(n))
	}
	least := 64
	if mount == "/" {
		least = 2048
	}
	return fmt.Sprintf(" --size=%d --grow", least)
}

func (w *writer) storage() {
	st := w.in.Storage.Filled()
	disks := w.disks(st)
	w.add("zerombr")
	only := strings.Join(disks, ",")
	table := ""
	if st.Table != "" {
		if w.v.old(6) {
			w.Lose("storage.table", "RHEL 6 chooses the partition table by itself")
		} else {
			table = " --disklabel=" + map[string]string{"gpt": "gpt", "mbr": "msdos"}[st.Table]
		}
	}
	switch st.Wipe {
	case "none":
		w.add("ignoredisk --only-use=%s", only)
		w.add("clearpart --none")
	case "all":
		w.add("clearpart --all --initlabel%s", table)
	default:
		w.add("ignoredisk --only-use=%s", only)
		w.add("clearpart --all --initlabel%s --drives=%s", table, only)
	}
	boot := "bootloader"
	if len(disks) > 1 {
		boot += map[bool]string{true: " --driveorder=", false: " --boot-drive="}[w.v.old(6)] + disks[0]
	}
	if len(w.in.KernelArgs) > 0 {
		boot += " --append=" + shell.Quote(strings.Join(w.in.KernelArgs, " "))
	}
	w.add("%s", boot)
	w.bootParts(st, disks)
	w.parts(st, disks)
	w.arrays(st, disks)
	w.groups(st, disks)
}

// bootParts are those that firmware and boot loader need and nobody gave.
func (w *writer) bootParts(st intent.Storage, disks []string) {
	bios, efi := w.s.BootParts()
	ownESP, ownBoot, root := false, false, ""
	for _, p := range st.Places() {
		ownESP = ownESP || p.Mount == intent.EFIMount
		ownBoot = ownBoot || p.Mount == "/boot"
		if p.Mount == "/" {
			root = p.Field
			if !p.Encrypted && strings.HasPrefix(p.Field, "storage.partitions") {
				root = ""
			}
		}
	}
	switch {
	case ownESP:
	case !w.v.old(6):
		w.add("reqpart") // what the platform needs
	default:
		if efi && !bios {
			w.add("part /boot/efi --fstype=efi --size=200 --ondisk=%s", disks[0])
		}
		if bios && st.Table == "gpt" {
			w.add("part biosboot --fstype=biosboot --size=1 --ondisk=%s", disks[0])
		}
	}
	if root != "" && !ownBoot {
		w.add("part /boot --fstype=ext4 --size=1024 --ondisk=%s", disks[0])
		w.Remark(strings.TrimSuffix(root, "."), "Anaconda boots from a plain partition only: /boot of 1 GiB is added")
	}
}

// where are the options of every kind of file system.
func (w *writer) where(fs, label string, options []string, secret intent.Secret) string {
	line := ""
	switch fs {
	case "":
		line += " --fstype=ext4"
	default:
		line += " --fstype=" + fs
	}
	if label != "" {
		line += " --label=" + label
	}
	if len(options) > 0 {
		line += " --fsoptions=" + word(strings.Join(options, ","))
	}
	return line + encrypted(secret)
}

func encrypted(s intent.Secret) string {
	if s == "" {
		return ""
	}
	return " --encrypted --passphrase=" + shell.Quote(string(s))
}

func target(mount, fs string) string {
	if fs == "swap" {
		return "swap"
	}
	return mount
}

func (w *writer) parts(st intent.Storage, disks []string) {
	for _, p := range st.Partitions {
		fs := p.Filesystem
		if p.Mount == intent.EFIMount {
			fs = "efi"
		}
		line := "part " + target(p.Mount, fs) + w.where(fs, p.Label, p.Options, p.Passphrase) + size(p.Size, p.Mount)
		if p.Primary {
			line += " --asprimary"
		}
		w.add("%s --ondisk=%s", line, w.disk(st, disks, p.Disk))
	}
}

// disk is the name of a disk for --ondisk; one that is not there is a fault
// that is told already.
func (w *writer) disk(st intent.Storage, disks []string, name string) string {
	return disks[max(0, st.DiskIndex(name))]
}

func (w *writer) arrays(st intent.Storage, disks []string) {
	for i, a := range st.Arrays {
		var members []string
		for j, d := range a.Disks {
			member := fmt.Sprintf("raid.%d%02d", i+1, j+1)
			members = append(members, member)
			w.add("part %s%s --ondisk=%s", member, size(a.Size, ""), w.disk(st, disks, d))
		}
		line := "raid "
		if g := st.GroupOn(a.Name); g != nil {
			line += fmt.Sprintf("pv.r%d", i+1) + encrypted(g.Passphrase)
		} else {
			line += target(a.Mount, a.Filesystem) + w.where(a.Filesystem, "", a.Options, a.Passphrase)
			if a.Label != "" && !w.v.old(6) {
				line += " --label=" + a.Label
			} else if a.Label != "" {
				w.Lose(fmt.Sprintf("storage.raid[%d].label", i), "RHEL 6 labels no array")
			}
		}
		if a.Spares > 0 {
			line += fmt.Sprintf(" --spares=%d", a.Spares)
		}
		w.add("%s --device=%s --level=%s %s", line, a.Name, a.Level, strings.Join(members, " "))
	}
}

func (w *writer) groups(st intent.Storage, disks []string) {
	for i, g := range st.VolumeGroups {
		pv := fmt.Sprintf("pv.%d", i+1)
		if g.Array != "" {
			for k, a := range st.Arrays {
				if a.Name == g.Array {
					pv = fmt.Sprintf("pv.r%d", k+1)
				}
			}
		} else {
			w.add("part %s%s%s --ondisk=%s", pv, size(g.Size, ""), encrypted(g.Passphrase), w.disk(st, disks, g.Disk))
		}
		w.add("volgroup %s %s", g.Name, pv)
		for j, v := range g.Volumes {
			line := "logvol " + target(v.Mount, v.Filesystem) + w.where(v.Filesystem, "", v.Options, "") + size(v.Size, v.Mount)
			if v.Label != "" && !w.v.old(6) {
				line += " --label=" + v.Label
			} else if v.Label != "" {
				w.Lose(fmt.Sprintf("storage.volume-groups[%d].volumes[%d].label", i, j), "RHEL 6 labels no volume")
			}
			w.add("%s --vgname=%s --name=%s", line, g.Name, v.Name)
		}
	}
}

// disks are the names that stand for the disks: Anaconda's own, or tokens for
// what %pre finds.
func (w *writer) disks(st intent.Storage) []string {
	var names []string
	all := st.Disks()
	if named := finish.Named(all); named != "" {
		w.pre = append(w.pre, named)
	}
	for i, d := range all {
		if !d.Auto() {
			names = append(names, strings.TrimPrefix(d.Path, "/dev/"))
			continue
		}
		v := fmt.Sprintf("disk%d", i+1)
		w.pre = append(w.pre, finish.PickDisk(v, d, finish.Fetch(w.s.FailWith("disk"))))
		names = append(names, token+v+token)
	}
	return names
}

// preScript finds the disks and cards that are not named, and writes the lines
// that speak of them. Where no disk fits, the file is not written and Anaconda
// stops, saying so.
func (w *writer) preScript() {
	if len(w.late) == 0 {
		return
	}
	w.head = append(w.head, "\n%pre --log=/tmp/seedbed-pre.log", strings.TrimRight(finish.PickFunctions+strings.Join(w.pre, ""), "\n"))
	w.head = append(w.head, "{")
	for _, l := range w.late {
		w.head = append(w.head, "printf '%s\\n' "+expand(l))
	}
	w.head = append(w.head, "} >/tmp/seedbed.ks", "%end")
}

// expand is a line with tokens as one word of a shell.
func expand(line string) string {
	var b strings.Builder
	for i, piece := range strings.Split(line, token) {
		switch {
		case i%2 == 1:
			b.WriteString(`"$` + piece + `"`)
		case piece != "":
			b.WriteString(shell.Quote(piece))
		}
	}
	return b.String()
}
