package main

import (
	"maps"
	"slices"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/control"
)

// debs are what an installed system may ask for, beyond the packages of priority
// required and important: kernel, boot loaders, disks, login, and what the
// installer itself puts onto every target.
var debs = strings.Fields(`
	linux-image-amd64 initramfs-tools zstd busybox
	grub-pc grub-efi-amd64 grub-efi-amd64-signed shim-signed efibootmgr os-prober
	lvm2 mdadm cryptsetup-initramfs systemd-cryptsetup dosfstools e2fsprogs xfsprogs btrfs-progs
	openssh-server openssh-client task-ssh-server tasksel tasksel-data
	sudo rsync curl wget ca-certificates less vim-tiny screen bash-completion
	locales keyboard-configuration console-setup kbd
	dbus libpam-systemd systemd-timesyncd apparmor
	discover laptop-detect installation-report eject eatmydata
	usbutils pciutils acpid popularity-contest debian-archive-keyring
`)

// udebs are installer packages that an answer file may need, beyond those of
// priority standard and higher.
var udebs = strings.Fields(`
	download-installer load-cdrom cdrom-retriever cdrom-detect media-retriever load-media net-retriever
	ethdetect disk-detect netcfg netcfg-static apt-mirror-setup apt-cdrom-setup
	preseed-common env-preseed file-preseed initrd-preseed network-preseed kickseed-common initrd-kickseed
	partman-lvm partman-auto-lvm partman-md partman-auto-raid partman-crypto partman-crypto-dm partman-auto-crypto
	cdebconf-newt-entropy cdebconf-text-entropy
	partman-xfs partman-btrfs partman-jfs partman-basicfilesystems partman-efi
	lvm2-udeb mdadm-udeb e2fsprogs-udeb xfsprogs-udeb btrfs-progs-udeb dosfstools-udeb parted-udeb fdisk-udeb
	multipath-udeb partman-multipath open-iscsi-udeb hdparm-udeb
	grub-mount-udeb os-prober-udeb mbr-udeb rescue-mode di-utils-exit-installer lowmem
	network-console openssh-server-udeb openssh-client-udeb eatmydata-udeb pwgen-udeb strace-udeb
`)

// chooseDebs gives the packages of the medium. A want that the archive cannot
// meet is an error.
func chooseDebs(x *control.Index, extra []string) (map[string]control.Stanza, error) {
	roots := x.Select(func(s control.Stanza) bool {
		p := s.Get("Priority")
		return p == "required" || p == "important" || s.Get("Essential") == "yes"
	})
	chosen, unmet := x.Closure(slices.Concat(roots, debs, extra))
	if len(unmet) > 0 {
		return nil, fault.New(fault.NotFound, "look at the names given with --packages, and at the suite",
			"the archive lacks %d of the packages wanted: %s", len(unmet), shorten(unmet))
	}
	return chosen, nil
}

// chooseUdebs gives the installer packages of the medium, all those of the
// kernel among them, and what they want and the archive does not list: that is
// no error, for the installer's kernel has much of it built in.
func chooseUdebs(x *control.Index, kernel string) (map[string]control.Stanza, []string) {
	roots := x.Select(func(s control.Stanza) bool {
		p := s.Get("Priority")
		return p == "required" || p == "important" || p == "standard" || s.Get("Kernel-Version") == kernel
	})
	return x.Closure(slices.Concat(roots, udebs))
}

// byName gives the values of a choice in the order of their names.
func byName(chosen map[string]control.Stanza) []control.Stanza {
	var out []control.Stanza
	for _, n := range slices.Sorted(maps.Keys(chosen)) {
		out = append(out, chosen[n])
	}
	return out
}

func shorten(list []string) string {
	const most = 8
	if len(list) > most {
		list = append(slices.Clone(list[:most]), "…")
	}
	return strings.Join(list, ", ")
}
