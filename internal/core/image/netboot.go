package image

import (
	"path"
	"strings"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
)

// addPair adds the pair and the loaders beside it, where the image has none.
func (p *probe) addPair(side Side, n debian.Pair) {
	p.add(Kernel, side, n.Kernel)
	p.add(Initrd, side, n.Initrd)
	p.addLoaders(side, n)
}

// addLoaders adds a netboot tree's own shim, GRUB and PXELINUX. The names are
// Debian's, Ubuntu's (bootx64.efi is its shim) and the packages'.
func (p *probe) addLoaders(side Side, n debian.Pair) {
	x := map[string]string{"amd64": "x64", "arm64": "aa64", "i386": "ia32"}[n.CPU]
	dirs := []string{n.Dir, path.Dir(n.Dir), path.Dir(path.Dir(n.Dir))}
	d := n.Dir
	p.addFirst(Shim, side, path.Join(d, "bootnet"+x+".efi"), path.Join(d, "shim"+x+".efi"), path.Join(d, "boot"+x+".efi"))
	p.addFirst(Grub, side, path.Join(d, "grub"+x+".efi"), path.Join(d, "grubnet"+x+".efi.signed"), path.Join(d, "grubnet"+x+".efi"))
	for _, d := range dirs {
		if p.add(Pxelinux, side, path.Join(d, "pxelinux.0")) {
			return
		}
	}
}

// netbootOnly fills the image from a netboot tree without a medium, or from a
// medium that is nothing but one.
func (p *probe) netbootOnly() bool {
	t, side := p.net, Netboot
	n, ok := debian.FindPair(t, "", []string{""}, debian.WalkDepth)
	if !ok {
		t, side = p.med, Medium
		if n, ok = debian.FindPair(t, "", []string{""}, debian.WalkDepth); !ok {
			return false
		}
	}
	v := debian.VersionOf(t, n)
	p.img.CPU, p.img.Codename = n.CPU, v.Codename
	p.addPair(side, n)
	p.img.Netboot = true
	if n.Live {
		p.img.Family, p.img.Title = Subiquity, "Ubuntu live-server netboot "+n.CPU
		p.img.Release = "ubuntu"
		p.img.Netboot = false
		p.warn("the live-server installer is not in its netboot tree: import the ISO file too and give this one with --netboot")
		return true
	}
	name := "Debian GNU/Linux"
	p.img.Family = Debian
	if v.Ubuntu {
		p.img.Family, name = Ubuntu, "Ubuntu"
	}
	p.img.Release = v.Release()
	if p.img.Release == "" {
		p.img.Release = strings.ToLower(string(p.img.Family))
		p.warn("the netboot tree does not say its release: no version.info was found")
	}
	p.img.Title = strings.Join(strings.Fields(name+" "+tree.Clip(v.Number, 20)+" netboot "+n.CPU), " ")
	p.warn("no package source: the installer needs a mirror that it can reach, or import the medium and give this tree with --netboot")
	return true
}
