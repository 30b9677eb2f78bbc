package image

import (
	"slices"
	"strings"
)

// suite is an archive's dists/SUITE directory on a medium.
type suite struct {
	base     string // what lies above dists/, "" for the root
	dir      string // base/dists/SUITE
	codename string
	version  string
	ubuntu   bool
	archs    []string
}

// debianLike fills the image from a medium of Debian or of Ubuntu's
// debian-installer; info may be empty, for a partial mirror. False when the
// medium has neither an archive nor an installer.
func (p *probe) debianLike(info diskInfo) bool {
	s, archive := p.suite(info.codename)
	cd := p.cdPair(info.cpu)
	if !archive && cd[0] == "" && !p.med.isDir("install/netboot") {
		return false
	}
	if !info.found {
		info = diskInfo{ubuntu: s.ubuntu, version: s.version, codename: s.codename, cpu: p.cpuOfSuite(s)}
	}
	if archive && s.codename != "" {
		info.codename = s.codename
	}
	p.img.Family = Debian
	if info.ubuntu {
		p.img.Family = Ubuntu
	}
	p.img.Release = releaseOf(info.ubuntu, info.version, info.codename)
	p.img.Codename = clip(info.codename, 40)
	p.img.CPU = cpuOf(info.cpu)
	p.img.Title = info.title()
	if archive {
		p.archive(s)
	}
	p.installer(cd)
	if info.netinst {
		p.warn("a netinst medium holds the base system only: packages beyond it need a mirror")
	}
	if info.disc > 1 {
		p.warn("this is a further disc of a set and has no base system: import the first disc")
	}
	if info.ubuntu {
		p.add(Stage2, Medium, "install/filesystem.squashfs")
	}
	return true
}

// suite finds the archive: the directory of dists/ whose Release file calls it
// by its own name, so that the links "stable" and "unstable" are passed over.
func (p *probe) suite(codename string) (suite, bool) {
	for _, base := range []string{"", "debian", "ubuntu"} {
		names := p.med.list(under(base, "dists"))
		if i := slices.Index(names, codename); i > 0 {
			names[0], names[i] = names[i], names[0]
		}
		for _, n := range names {
			dir := under(base, "dists/"+n)
			rel := fields(p.med.text(dir + "/Release"))
			if c := rel["Codename"]; len(rel) == 0 || (c != "" && c != n) {
				continue
			}
			return suite{
				base: base, dir: dir, codename: n, version: rel["Version"],
				ubuntu: strings.EqualFold(rel["Origin"], "Ubuntu"),
				archs:  strings.Fields(rel["Architectures"]),
			}, true
		}
	}
	return suite{}, false
}

// cpuOfSuite picks the CPU whose package index the medium really has.
func (p *probe) cpuOfSuite(s suite) string {
	for _, a := range append([]string{"amd64", "arm64", "i386"}, s.archs...) {
		if p.med.isDir(s.dir + "/main/binary-" + a) {
			return a
		}
	}
	return ""
}

// index finds a package index in one of its compressions.
func (p *probe) index(dir string) string {
	for _, ext := range []string{"", ".gz", ".xz", ".bz2"} {
		if name := dir + "/Packages" + ext; p.med.isFile(name) {
			return name
		}
	}
	return ""
}

// archive says whether the medium can be the installer's mirror.
func (p *probe) archive(s suite) {
	p.img.MirrorDir = s.base
	p.img.Signed = p.med.isFile(s.dir+"/InRelease") || p.med.isFile(s.dir+"/Release.gpg")
	debs := p.index(s.dir + "/main/binary-" + p.img.CPU)
	udebs := p.index(s.dir + "/main/debian-installer/binary-" + p.img.CPU)
	p.img.Mirror = debs != "" && udebs != ""
	switch {
	case debs == "":
		p.warn("no package index for ", p.img.CPU, " in ", s.dir, ": the medium cannot be the package source, name a mirror in the profile")
	case udebs == "":
		p.warn("no installer parts for ", p.img.CPU, " in ", s.dir, "/main/debian-installer: the medium cannot be the package source, name a mirror in the profile")
	}
}

// cdPair is the kernel and initrd a CD boots with, "" when there is none.
func (p *probe) cdPair(cpu string) [2]string {
	dirs := []string{"install." + map[string]string{"amd64": "amd", "i386": "386", "arm64": "a64"}[cpuOf(cpu)], "install", "install.amd", "install.386", "install.a64"}
	for _, d := range dirs {
		for _, k := range []string{"vmlinuz", "linux"} {
			if p.med.isFile(d+"/"+k) && p.med.isFile(d+"/initrd.gz") {
				return [2]string{d + "/" + k, d + "/initrd.gz"}
			}
		}
	}
	return [2]string{}
}

// installer adds the netboot pair and its loaders, from the netboot tree if
// one was given, else from the medium; else the CD's pair with a warning.
func (p *probe) installer(cd [2]string) {
	onMedium, okM := p.med.netbootPair(p.img.CPU, []string{"install/netboot", "install"}, 0)
	apart, okN := p.net.netbootPair(p.img.CPU, []string{""}, walkDepth)
	if okN && p.img.CPU == "" {
		p.img.CPU = apart.cpu
	}
	if okN {
		p.sameRelease(apart)
		p.addPair(Netboot, apart)
	} else if p.net.fsys != nil {
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
func (p *probe) sameRelease(n pair) {
	v := p.net.netbootVersion(n)
	if rel := v.release(); rel != "" && rel != p.img.Release {
		p.warn("the netboot tree is of ", rel, ", the medium of ", p.img.Release, ": its kernel finds no modules there")
	}
}
