package image

import (
	"strings"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
)

// debianLike fills the image from a medium of Debian or of Ubuntu's
// debian-installer; info may be empty, for a partial mirror. False when the
// medium has neither an archive nor an installer.
func (p *probe) debianLike(info debian.Info) bool {
	s, archive := debian.FindSuite(p.med, info.Codename)
	cd := debian.CDPair(p.med, info.CPU)
	if !archive && cd[0] == "" && !p.med.IsDir("install/netboot") {
		return false
	}
	if !info.Found {
		info = debian.Info{Ubuntu: s.Ubuntu, Version: s.Version, Codename: s.Codename, CPU: s.CPU(p.med)}
	}
	if archive && s.Codename != "" {
		info.Codename = s.Codename
	}
	p.img.Family = Debian
	if info.Ubuntu {
		p.img.Family = Ubuntu
	}
	p.img.Release = debian.Release(info.Ubuntu, info.Version, info.Codename)
	p.img.Codename = tree.Clip(info.Codename, 40)
	p.img.CPU = tree.CPU(info.CPU)
	p.img.Title = info.Title()
	if archive {
		p.archive(s)
	}
	p.installer(cd)
	if info.Netinst {
		p.warn("a netinst medium holds the base system only: packages beyond it need a mirror")
	}
	if info.Disc > 1 {
		p.warn("this is a further disc of a set and has no base system: import the first disc")
	}
	if info.Ubuntu {
		p.add(Stage2, Medium, "install/filesystem.squashfs")
	}
	return true
}

// archive says whether the medium can be the installer's mirror.
func (p *probe) archive(s debian.Suite) {
	p.img.MirrorDir = s.Base
	p.img.Signed = p.med.IsFile(s.Dir+"/InRelease") || p.med.IsFile(s.Dir+"/Release.gpg")
	debs := debian.Index(p.med, s.Dir+"/main/binary-"+p.img.CPU)
	udebs := debian.Index(p.med, s.Dir+"/main/debian-installer/binary-"+p.img.CPU)
	p.img.Mirror = debs != "" && udebs != ""
	switch {
	case debs == "":
		p.warn("no package index for ", p.img.CPU, " in ", s.Dir, ": the medium cannot be the package source, name a mirror in the profile")
	case udebs == "":
		p.warn("no installer parts for ", p.img.CPU, " in ", s.Dir, "/main/debian-installer: the medium cannot be the package source, name a mirror in the profile")
	}
}

// installer adds the netboot pair and its loaders, from the netboot tree if
// one was given, else from the medium; else the CD's pair with a warning.
func (p *probe) installer(cd [2]string) {
	onMedium, okM := debian.FindPair(p.med, p.img.CPU, []string{"install/netboot", "install"}, 0)
	apart, okN := debian.FindPair(p.net, p.img.CPU, []string{""}, debian.WalkDepth)
	if okN && p.img.CPU == "" {
		p.img.CPU = apart.CPU
	}
	if okN {
		p.sameRelease(apart)
		p.addPair(Netboot, apart)
	} else if p.net.Given() {
		p.warn("the netboot tree has no kernel and initrd for ", p.img.CPU, ": it is not used for them")
	}
	if okM {
		p.addPair(Medium, onMedium)
	}
	if okN || okM {
		p.img.Netboot = true
		p.matchKernel()
		return
	}
	p.add(Kernel, Medium, cd[0])
	p.add(Initrd, Medium, cd[1])
	p.warn(p.netbootHint(cd[1]))
}

// netbootHint names what to add to a medium that has a CD's initrd only.
func (p *probe) netbootHint(initrd string) string {
	what := "the medium has no installer that starts over the network"
	if initrd != "" {
		what = initrd + " is a CD-ROM initrd, over the network it stops at cdrom-detect"
	}
	tarball := "dists/" + p.img.Codename + "/main/installer-" + p.img.CPU + "/current/images/netboot/netboot.tar.gz of a mirror"
	if p.img.Family == Ubuntu {
		return what + ": import it again with --netboot and the file " + tarball
	}
	number := strings.TrimPrefix(p.img.Release, "debian-")
	return what + ": import it again with --netboot and the directory that the package debian-installer-" + number +
		"-netboot-" + p.img.CPU + " brings, or the file " + tarball
}

// sameRelease warns of a netboot tree that belongs to another release.
func (p *probe) sameRelease(n debian.Pair) {
	v := debian.VersionOf(p.net, n)
	if rel := v.Release(); rel != "" && rel != p.img.Release {
		p.warn("the netboot tree is of ", rel, ", the medium of ", p.img.Release, ": its kernel finds no modules there")
	}
}
