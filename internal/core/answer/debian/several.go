package debian

import (
	"fmt"
	"slices"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/preseed"
)

// crypto as a method is LVM in LUKS on one disk.
const crypto = "crypto"

// crypto is a layout with an encrypted volume group (partman-auto-crypto): the
// installer makes its partition by itself, last, on all that is left, and gives
// it to the group that volumes without a group's name belong to.
func (p *planner) crypto(used []int) {
	p.method = crypto
	if len(used) > 1 {
		p.Bad("storage.disks", "put it on one disk", "debian-installer encrypts on one disk, or on RAID")
	}
	if len(p.st.VolumeGroups) > 1 {
		p.Bad("storage.volume-groups", "put all volumes into one group", "debian-installer makes one volume group on an encrypted disk")
	}
	for i, q := range p.st.Partitions {
		if q.Passphrase != "" {
			p.encryptedPartition(i)
		}
	}
	efi, fixed, rest := p.plain()
	var logical []preseed.Part
	for i, g := range p.st.VolumeGroups {
		at := fmt.Sprintf("storage.volume-groups[%d].", i)
		if g.Passphrase == "" {
			continue // told above
		}
		if g.Size != intent.Rest || len(rest) > 0 {
			p.Bad(at+"encryption", "give the group the rest, and each partition a size", "debian-installer gives an encrypted group all that is left of the disk")
		}
		volumes, grows := volumes(g)
		p.guide(volumes, grows)
		p.group, p.secret = g.Name, g.Passphrase
		logical = append(logical, volumes...)
		if p.bootable() {
			p.Remark("storage", "the boot loader reads no encrypted disk: /boot of 1 GiB is added")
			boot := part("/boot", "ext4", 1<<30, 0)
			fixed = slices.Concat([]preseed.Part{boot}, fixed)
		}
	}
	p.finish(used[0], efi, fixed, rest, logical)
	p.need[used[0]] += 8 + 17 // of LVM and LUKS themselves
}

// bootable says whether an encrypted layout lacks a /boot; swap in clear, which
// would give away what is in memory, the installer refuses.
func (p *planner) bootable() (lacks bool) {
	root := false
	lacks = true
	for _, q := range p.st.Places() {
		root = root || q.Mount == "/" && q.Encrypted
		lacks = lacks && q.Mount != "/boot"
		if q.Filesystem == "swap" && !q.Encrypted {
			p.Bad(q.Field+"filesystem", "make it a volume of the encrypted group", "debian-installer refuses swap in clear beside encryption")
		}
	}
	lacks = lacks && root
	if lacks && p.method == preseed.RAID {
		p.Bad("storage.raid", "add an array with mount: /boot", "the boot loader reads no encrypted disk: there must be a /boot in clear")
	}
	return lacks
}

func (p *planner) encryptedPartition(i int) {
	p.Bad(fmt.Sprintf("storage.partitions[%d].encryption", i), "make it a volume of an encrypted group", "debian-installer encrypts a volume group, no partition by itself")
}

// spread is a layout of several disks without arrays: plain partitions on the
// first, and a volume group on each (partman-auto-lvm, which makes physical
// volumes only on further disks).
func (p *planner) spread(used []int) {
	p.method, p.guided = preseed.PV, "max"
	main := p.st.Disks()[used[0]].Name
	for i, q := range p.st.Partitions {
		if max(0, p.st.DiskIndex(q.Disk)) != used[0] {
			p.Bad("storage.disks", "put it on "+main+", or make it a volume", "debian-installer makes plain partitions on one disk: storage.partitions[%d] cannot be on another", i)
		}
	}
	efi, fixed, rest := p.plain()
	p.disksOf()
	var pvs, logical []preseed.Part
	groups := map[int]bool{}
	for i, g := range p.st.VolumeGroups {
		at := fmt.Sprintf("storage.volume-groups[%d].", i)
		on := max(0, p.st.DiskIndex(g.Disk))
		if groups[on] {
			p.Bad("storage.volume-groups", "put all volumes of a disk into one group", "debian-installer cannot make more than one volume group on a disk")
		}
		groups[on] = true
		if on != used[0] && g.Size != intent.Rest {
			p.Bad("storage.disks", "write size: rest for it", "debian-installer gives a further disk wholly to its volume group: storage.volume-groups[%d] cannot have a size", i)
		}
		volumes, grows := volumes(g)
		if !grows {
			p.Bad("storage.disks", "let one of its volumes take the rest", "debian-installer fills each of several volume groups: storage.volume-groups[%d] must have a volume that does", i)
		}
		for k := range volumes {
			volumes[k].Group = g.Name
		}
		pv := p.physical(at, g, volumes, on != used[0] || len(rest) == 0)
		pv.Device = p.disks.Name(on)
		p.need[on] += preseed.Sum(volumes) + pv.Min + spare
		pvs = append(pvs, pv)
		logical = append(logical, volumes...)
	}
	if !groups[used[0]] {
		p.Bad("storage.disks", "put a volume group on "+main+", too", "debian-installer makes a physical volume on each of several disks")
	}
	first := firmwareParts(p.s.Firmware, efi, p.table)
	p.need[used[0]] += preseed.Sum(first) + preseed.Sum(fixed) + preseed.Sum(rest)
	p.parts = slices.Concat(first, fixed, rest, pvs, logical)
}
