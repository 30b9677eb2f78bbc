package image

import (
	"strconv"
	"strings"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
)

// subiquity fills the image from an Ubuntu live medium. Kernel and initrd must
// be the medium's own (they look for exactly its squashfs files), so a netboot
// tree gives loaders only.
func (p *probe) subiquity(info debian.Info) {
	p.img.CPU = tree.CPU(info.CPU)
	p.img.Codename = tree.Clip(info.Codename, 40)
	p.img.Release = debian.Release(true, info.Version, info.Codename)
	p.img.Title = info.Title()
	year, _ := strconv.Atoi(strings.SplitN(info.Version, ".", 2)[0])
	if !info.Server && year < 23 {
		p.warn("this is an Ubuntu desktop medium, whose installer takes no answer file: import the live-server medium")
		return
	}
	p.img.Family, p.img.Whole = Subiquity, true
	p.img.RAM = 4096
	if year >= 22 {
		p.img.RAM = 8192 // a little over twice the medium: it is fetched into memory
	}
	kernel := p.addFirst(Kernel, Medium, "casper/vmlinuz", "casper/hwe-vmlinuz", "casper/vmlinuz.efi")
	initrd := p.addFirst(Initrd, Medium, "casper/initrd", "casper/hwe-initrd", "casper/initrd.lz", "casper/initrd.gz")
	p.img.Netboot = kernel && initrd
	if !p.img.Netboot {
		p.warn("looked for casper/vmlinuz and casper/initrd and found no such pair: nothing can be started from this medium")
	}
	if n, ok := debian.FindPair(p.net, p.img.CPU, []string{""}, debian.WalkDepth); ok {
		p.addLoaders(Netboot, n)
	}
	if info.Version != "" && year < 20 {
		p.warn("the live-server installer of ", info.Version, " takes no answer file (autoinstall came with 20.04): use the medium of the older installer, \"alternate\"")
	}
	if !info.Server {
		p.warn("this is a desktop medium: the live-server medium is smaller and needs less memory")
	}
}
