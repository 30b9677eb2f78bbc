package sample

// Media are the families, each in the releases whose media differ, and one
// release of each that no table knows. Where a text is not from a medium but
// from the program that writes it, From says so.
func Media() []Medium {
	const (
		osinfo  = "osinfo-db, the volume and its .disk/info"
		lorax   = "productmd's .treeinfo, which lorax and pungi write"
		discs   = "anaconda-5's .discinfo: a time, a name, an architecture, discs"
		archiso = "archiso's mkarchiso: install_dir and its version file"
		aports  = "aports scripts/mkimage.sh: .alpine-release is image name, release, date"
	)
	vmlinuz := Linux("6.1.0-18-amd64")
	return []Medium{
		{Name: "Debian 7", Key: "debian-7", From: osinfo, Tree: di(`Debian GNU/Linux 7.11.0 "Wheezy" - Official amd64 DVD Binary-1 20160605-17:36`, "wheezy", "Debian", "7.11", false), Netboot: netboot("7", "wheezy")},
		{Name: "Debian 13 DVD", Key: "debian-13", From: osinfo, Tree: di(`Debian GNU/Linux 13.1.0 "Trixie" - Official amd64 DVD Binary-1 with firmware 20250906-10:24`, "trixie", "Debian", "13.1", false), Netboot: netboot("13", "trixie")},
		{Name: "Debian 13 DVD alone", Key: "debian-13-alone", From: osinfo, Tree: di(`Debian GNU/Linux 13.1.0 "Trixie" - Official amd64 DVD Binary-1 with firmware 20250906-10:24`, "trixie", "Debian", "13.1", false)},
		{Name: "Debian, a release to come", Key: "debian-99", From: osinfo, Unknown: true, Tree: di(`Debian GNU/Linux 99.0.0 "Zurg" - Official amd64 DVD Binary-1 20410906-10:24`, "zurg", "Debian", "99.0", false), Netboot: netboot("99", "zurg")},
		{Name: "Ubuntu 12.04 server", Key: "ubuntu-1204", From: osinfo, Tree: di(`Ubuntu-Server 12.04.5 LTS "Precise Pangolin" - Release amd64 (20140806.1)`, "precise", "Ubuntu", "12.04", true)},
		{Name: "Ubuntu 18.04 alternate", Key: "ubuntu-1804", From: osinfo, Tree: di(`Ubuntu-Server 18.04.3 LTS "Bionic Beaver" - Release amd64 (20190805)`, "bionic", "Ubuntu", "18.04", true)},
		{Name: "Ubuntu 20.04 live-server", Key: "ubuntu-2004", From: osinfo, Tree: liveServer("20.04.6", "Focal Fossa", "20230316")},
		{Name: "Ubuntu 24.04 live-server", Key: "ubuntu-2404", From: osinfo, Tree: liveServer("24.04.1", "Noble Numbat", "20240827")},
		{Name: "Ubuntu live-server, a release to come", Key: "ubuntu-4004", From: osinfo, Unknown: true, Tree: liveServer("40.04", "Zesty Zebra", "20400425")},
		{Name: "RHEL 5", Key: "rhel-5", From: discs, Tree: Files(".discinfo=1209596791.91\nRed Hat Enterprise Linux Server 5.2\nx86_64\n1\n", "Server/repodata/repomd.xml", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img")},
		{Name: "CentOS 5", Key: "centos-5", From: discs, Tree: Files(".discinfo=1236123456.89\nFinal\ni386\n1,2,3\n", "CentOS/centos-release-5-11.el5.centos.i386.rpm", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "repodata/repomd.xml")},
		{Name: "CentOS 6", Key: "centos-6", From: lorax, Tree: Anaconda("CentOS", "6.10", "repodata/repomd.xml", "Packages/x.rpm")},
		{Name: "CentOS 7", Key: "centos-7", From: lorax, Tree: Anaconda("CentOS", "7.9", "repodata/repomd.xml", "LiveOS/squashfs.img")},
		{Name: "RHEL 8", Key: "rhel-8", From: lorax, Tree: Anaconda("Red Hat Enterprise Linux", "8.10", "BaseOS/repodata/repomd.xml", "AppStream/repodata/repomd.xml")},
		{Name: "Rocky Linux 9", Key: "rocky-9", From: lorax, Tree: Anaconda("Rocky Linux", "9.4", "BaseOS/repodata/repomd.xml", "AppStream/repodata/repomd.xml")},
		{Name: "AlmaLinux 10", Key: "almalinux-10", From: lorax, Tree: Anaconda("AlmaLinux", "10.0", "BaseOS/repodata/repomd.xml", "AppStream/repodata/repomd.xml")},
		{Name: "Oracle Linux 9", Key: "oracle-9", From: lorax, Tree: Anaconda("Oracle Linux", "9.4", "BaseOS/repodata/repomd.xml")},
		{Name: "CentOS Stream 10", Key: "centos-stream-10", From: lorax, Tree: Anaconda("CentOS Stream", "10", "BaseOS/repodata/repomd.xml")},
		{Name: "Fedora 43 Server", Key: "fedora-43", From: lorax, Tree: Anaconda("Fedora", "43", "repodata/repomd.xml")},
		{Name: "Red Hat, a release to come", Key: "rhel-77", From: lorax, Unknown: true, Tree: Anaconda("Red Hat Enterprise Linux", "77.1", "BaseOS/repodata/repomd.xml")},
		{Name: "SLES 11", Key: "sles-11", From: "content of SUSE's media up to 12", Tree: Files("content=PRODUCT SUSE_SLES\nVERSION 11.4\nLABEL SUSE Linux Enterprise Server 11 SP4\n", "media.1/media=SUSE Linux Products GmbH\n20150713\n",
			"boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "boot/x86_64/root", "suse/setup/descr/packages.gz")},
		{Name: "SLES 12", Key: "sles-12", From: "media.1 of SUSE's media", Tree: suse("SUSE - SLE-12-SP5-Server-DVD-x86_64-Build0367-Media\n", "/ SLES12-SP5 12.5-0\n", "content=LABEL SUSE Linux Enterprise Server 12 SP5\n", "suse/x86_64/x.rpm")},
		{Name: "SLES 15", Key: "sles-15", From: "media.1 of SUSE's media", Tree: suse("SUSE - SLE-15-SP5-Full-x86_64-Build111.1-Media\n", "/ SLE-15-SP5-Full 15.5-0\n", "Module-Basesystem/repodata/repomd.xml")},
		{Name: "openSUSE Leap 15.6", Key: "leap-156", From: "media.1 of openSUSE's media", Tree: suse("openSUSE - openSUSE-Leap-15.6-DVD-x86_64-Build710.3-Media\nopenSUSE-Leap-15.6-DVD-x86_64-Build710.3\n1\n", "", ".treeinfo="+TreeInfo("openSUSE Leap", "15.6"), "repodata/repomd.xml")},
		{Name: "openSUSE Tumbleweed", Key: "tumbleweed", From: "media.1 of openSUSE's media", Tree: suse("openSUSE - openSUSE-Tumbleweed-DVD-x86_64-Build1234.1-Media\n", "/ openSUSE 20251101-0\n", "repodata/repomd.xml")},
		{Name: "openSUSE Leap 16", Key: "leap-160", From: "kiwi's live medium with Agama, and its install/ repository", Tree: Files("boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "LiveOS/squashfs.img", "LiveOS/.agama",
			"install/media.1/media=openSUSE - openSUSE-Leap-16.0-DVD-x86_64-Build171.1-Media\n", "install/repodata/repomd.xml", "EFI/BOOT/bootx64.efi", "EFI/BOOT/grub.efi")},
		{Name: "SLES, a release to come", Key: "sles-88", From: "media.1 of SUSE's media", Unknown: true, Tree: suse("SUSE - SLES-88.0-Full-x86_64-Build1.1-Media\n", "/ SLES-88.0 88.0-0\n", "LiveOS/squashfs.img", "install/repodata/repomd.xml")},
		{Name: "Arch Linux", Key: "arch", From: archiso, Tree: Files("arch/version=2025.11.01\n", "arch/boot/x86_64/vmlinuz-linux", "arch/boot/x86_64/initramfs-linux.img", "arch/x86_64/airootfs.sfs", "arch/pkglist.x86_64.txt")},
		{Name: "SystemRescue", Key: "systemrescue", From: archiso, Tree: Files("sysresccd/VERSION=11.02\n", "sysresccd/boot/x86_64/vmlinuz", "sysresccd/boot/x86_64/sysresccd.img", "sysresccd/x86_64/airootfs.sfs")},
		{Name: "archiso, an unknown system", Key: "archiso", From: archiso, Unknown: true, Tree: Files("newos/version=3\n", "newos/boot/x86_64/vmlinuz-linux", "newos/boot/x86_64/initramfs-linux.img", "newos/x86_64/airootfs.erofs")},
		{Name: "Alpine Linux 3.20", Key: "alpine-320", From: aports, Tree: Files(".alpine-release=alpine-standard-3.20.3 240906\n", "boot/vmlinuz-lts="+vmlinuz, "boot/initramfs-lts", "boot/modloop-lts", "apks/x86_64/APKINDEX.tar.gz"),
			Netboot: Files("boot/vmlinuz-lts="+vmlinuz, "boot/initramfs-lts", "boot/modloop-lts")},
		{Name: "Alpine Linux 3.20 alone", Key: "alpine-320-alone", From: aports, Tree: Files(".alpine-release=alpine-standard-3.20.3 240906\n", "boot/vmlinuz-lts="+vmlinuz, "boot/initramfs-lts", "boot/modloop-lts", "apks/x86_64/APKINDEX.tar.gz")},
		{Name: "Alpine, a release to come", Key: "alpine-9", From: aports, Unknown: true, Tree: Files(".alpine-release=alpine-virt-9.0.0_rc1 400906\n", "boot/vmlinuz-virt="+vmlinuz, "boot/initramfs-virt", "boot/modloop-virt", "apks/aarch64/APKINDEX.tar.gz")},
		{Name: "Fedora CoreOS", Key: "fedora-coreos", From: "coreos-assembler's live medium: coreos/igninfo.json, images/", Tree: Files("coreos/igninfo.json={\"file\": \"images/ignition.img\"}", "coreos/kargs.json", "images/pxeboot/vmlinuz="+vmlinuz,
			"images/pxeboot/initrd.img", "images/pxeboot/rootfs.img", "images/ignition.img", "EFI/fedora/grub.cfg", "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi")},
		{Name: "Fedora CoreOS, PXE files", Key: "fedora-coreos-pxe", From: "the three files of a release's artifacts", Tree: Files("fedora-coreos-43.20251101.3.0-live-kernel.x86_64="+vmlinuz,
			"fedora-coreos-43.20251101.3.0-live-initramfs.x86_64.img", "fedora-coreos-43.20251101.3.0-live-rootfs.x86_64.img")},
		{Name: "RHEL CoreOS, a release to come", Key: "rhel-coreos", From: "coreos-assembler's live medium", Unknown: true, Tree: Files("coreos/kargs.json", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "images/pxeboot/rootfs.img", "images/ignition.img", "EFI/redhat/grub.cfg")},
		{Name: "Flatcar", Key: "flatcar", From: "the files of a release, version.txt", Tree: Files("flatcar_production_pxe.vmlinuz="+vmlinuz, "flatcar_production_pxe_image.cpio.gz", "version.txt=FLATCAR_BUILD=3975\nFLATCAR_VERSION=3975.2.1\n")},
		{Name: "Flatcar, its ISO of an unknown release", Key: "flatcar-iso", From: "the ISO's flatcar/ directory", Unknown: true, Tree: Files("flatcar/vmlinuz="+vmlinuz, "flatcar/cpio.gz", "isolinux/isolinux.cfg")},
		{Name: "Proxmox VE 8", Key: "proxmox-ve-8", From: "pve-installer's release.info, copied as .cd-info", Tree: proxmox("Proxmox VE", "pve", "8.4")},
		{Name: "Proxmox VE 9, prepared for answers", Key: "proxmox-ve-9", From: "the same, and proxmox-auto-install-assistant's prepare-iso", Tree: prepared(proxmox("Proxmox VE", "pve", "9.1"))},
		{Name: "Proxmox Backup Server, a release to come", Key: "proxmox-bs", From: "pve-installer's release.info", Unknown: true, Tree: proxmox("Proxmox Backup Server", "pbs", "44.1")},
		{Name: "VMware ESXi 8", Key: "esxi-8", From: "boot.cfg of the installer", Tree: esxi("b.b00", "8.0.2-0.0.22380479")},
		{Name: "VMware ESXi 5.5", Key: "esxi-5", From: "boot.cfg of the installer", Tree: esxi("tboot.b00", "")},
		{Name: "VMware ESXi, a release to come", Key: "esxi-99", From: "boot.cfg of the installer", Unknown: true, Tree: esxi("b.b00", "99.0.0-0.0.1")},
		{Name: "Windows 11", Key: "windows-11", From: "the names on the medium; the description inside install.wim", Tree: windows("Windows 11 Home", "9", "26100")},
		{Name: "Windows 7", Key: "windows-7", From: "the names on the medium; the description inside install.wim", Tree: windows("Windows 7 PROFESSIONAL", "0", "7601")},
		{Name: "Windows Server 2022", Key: "windows-server-2022", From: "the names on the medium; the description inside install.wim", Tree: windows("Windows Server 2022 SERVERSTANDARDCORE", "9", "20348")},
		{Name: "Windows, a release to come", Key: "windows-77", From: "the names on the medium; the description inside install.wim", Unknown: true, Tree: windows("Windows 77 Pro", "9", "99999")},
		{Name: "Debian live 12", Key: "debian-live-12", From: "live-build's .disk/info and live/", Tree: Files(`.disk/info=Official Debian GNU/Linux Live 12.5.0 gnome 2024-02-10T11:55`, "live/vmlinuz="+vmlinuz, "live/vmlinuz-6.1.0-18-amd64="+vmlinuz, "live/initrd.img", "live/initrd.img-6.1.0-18-amd64", "live/filesystem.squashfs", "dists/bookworm/Release=Codename: bookworm\n")},
		{Name: "Clonezilla", Key: "clonezilla", From: "Clonezilla-Live-Version", Tree: Files("Clonezilla-Live-Version=clonezilla-live-3.1.2-22-amd64\nThis Clonezilla live was created by\n", "live/vmlinuz="+vmlinuz, "live/initrd.img", "live/filesystem.squashfs")},
		{Name: "GParted", Key: "gparted", From: "GParted-Live-Version", Tree: Files("GParted-Live-Version=gparted-live-1.6.0-3-amd64\n", "live/vmlinuz="+vmlinuz, "live/initrd.img", "live/filesystem.squashfs")},
		{Name: "a live medium of unknown make", Key: "live", From: "live-boot: live/filesystem.squashfs", Unknown: true, Tree: Files("live/vmlinuz-9.9="+vmlinuz, "live/initrd.img-9.9", "live/filesystem.squashfs")},
		{Name: "Memtest86+", Key: "memtest", From: "memtest86+ 6 and later: one file is a bzImage and an EFI program", Tree: Files("EFI/BOOT/bootx64.efi="+Linux("Memtest86+ 7.20"), "boot/grub/grub.cfg")},
		{Name: "an unknown medium", Key: "unknown-medium", From: "nothing", Unknown: true, Tree: Files("music/track01.ogg", "boot/loader.bin")},
	}
}
