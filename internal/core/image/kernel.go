package image

import (
	"slices"
	"strings"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
)

// matchKernel warns when the medium's installer parts are for another kernel
// than the one that will run: debian-installer then stops with the question
// anna/no_kernel_modules.
func (p *probe) matchKernel() {
	k, ok := p.img.Find(Kernel)
	if !ok || !p.img.Mirror {
		return
	}
	t := p.med
	if k.Side == Netboot {
		t = p.net
	}
	runs := tree.KernelVersion(t.Head(k.Path, tree.KernelHead))
	has := debian.UdebKernels(p.med, debian.Index(p.med, tree.Join(p.img.MirrorDir, "dists/"+p.img.Codename+"/main/debian-installer/binary-"+p.img.CPU)))
	if runs == "" || len(has) == 0 || slices.Contains(has, runs) {
		return
	}
	p.warn("anna/no_kernel_modules: kernel ", runs, " is not on the medium, which has modules for ", tree.Clip(strings.Join(has, ", "), 120),
		": give the netboot tree of the medium's own point release")
}
