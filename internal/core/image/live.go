package image

import (
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
)

// archiso fills the image from a medium that archiso made: Arch Linux itself,
// SystemRescue and others. Its system lies in a directory of its own name.
func (p *probe) archiso() bool {
	for _, d := range append([]string{"arch", "sysresccd"}, p.med.List(".")...) {
		root := d + "/x86_64/airootfs"
		if !p.med.IsFile(root+".sfs") && !p.med.IsFile(root+".erofs") {
			continue
		}
		boot := d + "/boot/x86_64"
		kernel := p.addFirst(Kernel, Medium, boot+"/vmlinuz-linux", boot+"/vmlinuz", boot+"/vmlinuz-linux-lts")
		initrd := p.addFirst(Initrd, Medium, boot+"/initramfs-linux.img", boot+"/"+d+".img", boot+"/initramfs-linux-lts.img")
		p.addFirst(Stage2, Medium, root+".sfs", root+".erofs")
		version := tree.FirstLine(p.med.Text(d + "/version")) // archiso writes it
		p.img.Family, p.img.CPU, p.img.Netboot, p.img.RAM = Arch, "amd64", kernel && initrd, 2048
		switch {
		case d == "sysresccd":
			if version == "" {
				version = tree.FirstLine(p.med.Text(d + "/VERSION"))
			}
			p.named("systemrescue", "SystemRescue", version)
		case d == "arch":
			p.named("arch", "Arch Linux", version)
		default:
			p.named(strings.ToLower(d), d+" (made by archiso)", version)
		}
		p.wantPair(boot + "/vmlinuz-linux and initramfs-linux.img")
		return true
	}
	return false
}

// named fills release and title from a version, as "3.20.3 240906" or
// "clonezilla-live-3.1.2-22-amd64": the first number in it counts.
func (p *probe) named(release, title, version string) {
	v := versionWord.FindString(version)
	p.img.Release, p.img.Title = release, title
	if v != "" {
		p.img.Release += "-" + tree.Clip(v, 20)
		p.img.Title += " " + tree.Clip(v, 20)
	}
	p.img.Title = strings.TrimSpace(tree.Clip(p.img.Title, 80) + " " + p.img.CPU)
}

var versionWord = regexp.MustCompile(`\d+(\.\d+)*`)

// wantPair warns when the medium has not what starts it.
func (p *probe) wantPair(looked string) {
	if !p.img.Netboot {
		p.warn("looked for ", looked, " and found no such pair: nothing can be started from this medium")
	}
}

var alpineInfo = regexp.MustCompile(`^alpine-(?:([a-z]+)-)?(\d[0-9.]*)`)

// alpine fills the image from Alpine's medium or its netboot archive. The
// medium's own initramfs has no network drivers (aports, mkimg.base.sh: the
// features lack "network"; mkimg.netboot.sh has it).
func (p *probe) alpine() bool {
	line := tree.FirstLine(p.med.Text(".alpine-release"))
	t, side := p.med, Medium
	if line == "" && !p.med.Given() {
		t, side = p.net, Netboot
	}
	flavour, dir, ok := alpineBoot(t)
	if !ok || line == "" && !t.IsFile(dir+"modloop-"+flavour) {
		return false
	}
	p.img.Family, p.img.CPU, p.img.RAM = Alpine, "amd64", 512
	if a := p.med.List("apks"); len(a) > 0 && !slices.Contains(a, "x86_64") {
		p.img.CPU = tree.CPU(a[0])
	} else if c := tree.KernelCPU(t.Head(dir+"vmlinuz-"+flavour, tree.KernelHead)); c != "" {
		p.img.CPU = c
	}
	m := alpineInfo.FindStringSubmatch(line)
	if m == nil {
		m = make([]string, 3)
	}
	p.named("alpine", "Alpine Linux", m[2])
	p.img.Mirror, p.img.MirrorDir = p.med.IsDir("apks"), "apks"
	if f, d, ok := alpineBoot(p.net); ok {
		t, side, flavour, dir = p.net, Netboot, f, d
	}
	p.add(Kernel, side, dir+"vmlinuz-"+flavour)
	p.add(Initrd, side, dir+"initramfs-"+flavour)
	p.add(Stage2, side, dir+"modloop-"+flavour)
	p.img.Netboot = side == Netboot || line == ""
	if !p.img.Netboot {
		p.warn("its initramfs has no network drivers, over the network it finds no packages: import it again with --netboot and the file alpine-netboot-",
			tree.Clip(m[2], 20), "-", p.apkArch(), ".tar.gz of the same release")
	}
	if !p.img.Mirror {
		p.warn("no packages: the profile's kernel-args must name a repository with alpine_repo=")
	}
	return true
}

func (p *probe) apkArch() string {
	switch p.img.CPU {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	}
	return p.img.CPU
}

// alpineBoot finds the boot files, by the kernel's flavour.
func alpineBoot(t *tree.Tree) (flavour, dir string, ok bool) {
	for _, d := range []string{"boot/", ""} {
		for _, f := range []string{"lts", "virt", "vanilla", "hardened", "grsec", "stable"} {
			if t.IsFile(d+"vmlinuz-"+f) && t.IsFile(d+"initramfs-"+f) {
				return f, d, true
			}
		}
	}
	return "", "", false
}

// coreOS fills the image from Fedora CoreOS's (or RHEL CoreOS's) live medium,
// or from a directory with its three PXE files.
func (p *probe) coreOS() bool {
	kernel, initrd, rootfs := "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "images/pxeboot/rootfs.img"
	if !p.med.IsFile(rootfs) || !p.med.IsFile("coreos/igninfo.json") && !p.med.IsFile("coreos/kargs.json") && !p.med.IsFile("images/ignition.img") {
		kernel, initrd, rootfs = "", "", ""
		for _, n := range p.med.List(".") {
			switch {
			case strings.Contains(n, "-live-kernel"):
				kernel = n
			case strings.Contains(n, "-live-initramfs"):
				initrd = n
			case strings.Contains(n, "-live-rootfs"):
				rootfs = n
			}
		}
		if kernel == "" || initrd == "" {
			return false
		}
	}
	p.img.Family, p.img.CPU, p.img.RAM = CoreOS, tree.KernelCPU(p.med.Head(kernel, tree.KernelHead)), 4096
	if p.img.CPU == "" {
		p.img.CPU = "amd64"
	}
	name, short := "Fedora CoreOS", "fedora-coreos"
	if p.med.IsDir("EFI/redhat") {
		name, short = "RHEL CoreOS", "rhel-coreos"
	}
	p.named(short, name, "")
	p.add(Kernel, Medium, kernel)
	p.add(Initrd, Medium, initrd)
	p.add(Stage2, Medium, rootfs)
	p.efiLoaders()
	p.img.Netboot = true
	if rootfs == "" {
		p.warn("the live-rootfs file is not there: the started system looks for it; add it to the directory and import it again")
	}
	return true
}

// flatcar fills the image from Flatcar's PXE files or its ISO.
func (p *probe) flatcar() bool {
	for _, f := range [][2]string{{"flatcar_production_pxe.vmlinuz", "flatcar_production_pxe_image.cpio.gz"}, {"flatcar/vmlinuz", "flatcar/cpio.gz"}} {
		if !p.med.IsFile(f[0]) || !p.med.IsFile(f[1]) {
			continue
		}
		p.img.Family, p.img.Netboot, p.img.RAM = Flatcar, true, 2048
		if p.img.CPU = tree.KernelCPU(p.med.Head(f[0], tree.KernelHead)); p.img.CPU == "" {
			p.img.CPU = "amd64"
		}
		version := ""
		for line := range strings.Lines(p.med.Text("version.txt")) {
			if v, ok := strings.CutPrefix(line, "FLATCAR_VERSION="); ok {
				version = v
			}
		}
		p.named("flatcar", "Flatcar Container Linux", version)
		p.add(Kernel, Medium, f[0])
		p.add(Initrd, Medium, f[1])
		return true
	}
	return false
}

// liveMedium fills the image from a medium of live-boot: Debian live,
// Clonezilla, GParted and others.
func (p *probe) liveMedium(info debian.Info) bool {
	root := "live/filesystem.squashfs"
	if !p.med.IsFile(root) {
		return false
	}
	p.img.Family, p.img.RAM = Live, 1024
	kernel := p.addFirst(Kernel, Medium, p.med.First("live", "vmlinuz")...)
	initrd := p.addFirst(Initrd, Medium, p.med.First("live", "initrd")...)
	p.add(Stage2, Medium, root)
	p.img.Netboot = kernel && initrd
	p.img.CPU = tree.CPU(info.CPU)
	if k, ok := p.img.Find(Kernel); ok && p.img.CPU == "" {
		p.img.CPU = tree.KernelCPU(p.med.Head(k.Path, tree.KernelHead))
	}
	clonezilla, gparted := p.anyText("Clonezilla-Live-Version"), p.anyText("GParted-Live-Version")
	switch {
	case clonezilla != "":
		p.named("clonezilla", "Clonezilla live", clonezilla)
	case gparted != "":
		p.named("gparted", "GParted live", gparted)
	case info.Found:
		p.named("debian-live", "Debian live", info.Version)
	case strings.Contains(info.Line, "Debian GNU/Linux"):
		p.named("debian-live", "Debian live", strings.TrimPrefix(info.Line, "Official "))
	default:
		p.named("live", "live medium", "")
	}
	p.wantPair("live/vmlinuz and live/initrd.img")
	return true
}

// anyText is the first line of a file at the root or in live/.
func (p *probe) anyText(name string) string {
	if s := tree.FirstLine(p.med.Text(name)); s != "" {
		return s
	}
	return tree.FirstLine(p.med.Text("live/" + name))
}

// memtest fills the image from a memory tester: from version 6 on one file is
// both a Linux kernel and an EFI program.
func (p *probe) memtest() bool {
	for _, n := range []string{"boot/memtest64", "boot/memtest", "boot/memtest86+x64.bin", "isolinux/memtest", "memtest64.bin", "memtest.bin",
		"EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/bootx64.efi", "boot/memtest32", "boot/memtestx64.efi", "memtest64.efi", "boot/mt86plus"} {
		head := p.med.Head(n, tree.MaxText)
		i := strings.Index(string(head), "Memtest86")
		if i < 0 || !tree.IsKernel(head) {
			continue
		}
		p.add(Kernel, Medium, n)
		p.img.Family, p.img.CPU, p.img.Netboot, p.img.RAM = Memtest, tree.KernelCPU(head), true, 64
		p.named("memtest86plus", "Memtest86+", strings.TrimPrefix(string(head[i:min(len(head), i+24)]), "Memtest86"))
		return true
	}
	return false
}
