package image

import (
	"strings"

	"seedbed/internal/core/image/tree"
)

// redHat fills the image from a medium of Anaconda's family: .treeinfo (an INI
// file, productmd's format or the older one), else .discinfo.
func (p *probe) redHat() bool {
	ini := tree.INI(p.med.Text(".treeinfo"))
	if len(ini) == 0 {
		ini = tree.INI(p.med.Text("treeinfo"))
	}
	name, version, arch := treeInfo(ini)
	if name == "" && version == "" {
		name, version, arch = p.discInfo()
	}
	if arch == "" && name == "" && version == "" {
		var ok bool
		if name, version, arch, ok = p.bareAnaconda(); !ok {
			return false
		}
		p.dotless(".treeinfo")
	}
	short := productOf(name)
	if short == "" {
		return false
	}
	p.img.Family = RedHat
	p.img.CPU = tree.CPU(arch)
	major, _, _ := strings.Cut(version, ".")
	p.img.Release = strings.TrimSuffix(short+"-"+major, "-")
	p.img.Title = tree.Clip(name, 60)
	if version != "" && !strings.Contains(name, version) {
		p.img.Title += " " + tree.Clip(version, 20)
	}
	p.img.Title = strings.TrimSpace(p.img.Title + " " + p.img.CPU)
	p.anaconda(ini["images-"+arch], ini["stage2"]["mainimage"])
	return true
}

// anaconda adds the files. images/pxeboot is taken before what .treeinfo names,
// which on some media is the CD's copy under isolinux/.
func (p *probe) anaconda(images map[string]string, stage2 string) {
	kernel := p.addFirst(Kernel, Medium, "images/pxeboot/vmlinuz", images["kernel"], "isolinux/vmlinuz")
	initrd := p.addFirst(Initrd, Medium, "images/pxeboot/initrd.img", images["initrd"], "isolinux/initrd.img")
	p.addFirst(Stage2, Medium, stage2, "images/install.img", "LiveOS/squashfs.img", "images/stage2.img")
	p.efiLoaders()
	p.img.Netboot = kernel && initrd
	if !p.img.Netboot {
		p.warn("looked for images/pxeboot/vmlinuz and initrd.img and found no such pair: nothing can be started from this medium")
	}
	for _, d := range []string{"", "BaseOS", "Server", "CentOS", "Packages", "Fedora"} {
		if p.med.IsFile(tree.Join(d, "repodata/repomd.xml")) {
			p.img.Mirror = true
		}
	}
	if !p.img.Mirror {
		p.warn("a boot medium without packages: the profile must name an installation source the machines can reach")
	}
	if p.net.Given() {
		p.warn("this medium starts over the network by itself: the netboot tree is not used")
	}
}

// efiLoaders adds the medium's own shim and the GRUB that it accepts.
func (p *probe) efiLoaders() {
	x := map[string]string{"amd64": "x64", "arm64": "aa64", "i386": "ia32"}[p.img.CPU]
	p.addFirst(Shim, Medium, "EFI/BOOT/BOOT"+strings.ToUpper(x)+".EFI", "EFI/BOOT/boot"+x+".efi")
	p.addFirst(Grub, Medium, "EFI/BOOT/grub"+x+".efi", "EFI/BOOT/GRUB"+strings.ToUpper(x)+".EFI", "EFI/BOOT/grub.efi", "EFI/BOOT/GRUB.EFI")
}

// treeInfo gives name, version and architecture, "" where it does not say.
func treeInfo(ini map[string]map[string]string) (name, version, arch string) {
	g, r := ini["general"], ini["release"]
	name = g["family"]
	if name == "" {
		name = r["name"]
	}
	version = g["version"]
	if version == "" {
		version = r["version"]
	}
	arch = g["arch"]
	if arch == "" {
		arch = ini["tree"]["arch"]
	}
	return name, version, arch
}

// discInfo reads .discinfo: a time, the version or full name, the architecture.
func (p *probe) discInfo() (name, version, arch string) {
	lines := strings.SplitN(p.med.Text(".discinfo"), "\n", 4)
	if len(lines) < 3 {
		return "", "", ""
	}
	name, arch = strings.TrimSpace(lines[1]), strings.TrimSpace(lines[2])
	for w := range strings.FieldsSeq(name) {
		if w[0] >= '0' && w[0] <= '9' {
			version = w
		}
	}
	for _, n := range p.med.List("CentOS") { // CentOS 5 says "Final" for a version
		if rest, ok := strings.CutPrefix(n, "centos-release-"); ok && version == "" {
			version, _, _ = strings.Cut(rest, "-")
		}
	}
	if productOf(name) == "" {
		for _, k := range []struct{ dir, name string }{{"CentOS", "CentOS"}, {"Fedora", "Fedora"}, {"RedHat", "Red Hat Enterprise Linux"}, {"Server", "Red Hat Enterprise Linux"}, {"images/pxeboot", "Red Hat family"}} {
			if p.med.IsDir(k.dir) {
				return k.name, version, arch
			}
		}
	}
	return strings.TrimSpace(strings.Replace(name, version, "", 1)), version, arch
}

// productOf is the first half of a release's name, "" for other publishers.
func productOf(name string) string {
	for _, k := range []struct{ part, short string }{
		{"CentOS Stream", "centos-stream"}, {"CentOS", "centos"}, {"Fedora", "fedora"}, {"Rocky", "rocky"},
		{"AlmaLinux", "almalinux"}, {"Oracle", "oracle"}, {"Scientific", "scientific"}, {"Red Hat", "rhel"}, {"RHEL", "rhel"},
	} {
		if strings.Contains(name, k.part) {
			return k.short
		}
	}
	return ""
}
