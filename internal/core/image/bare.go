package image

import (
	"path"
	"strings"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
)

// A tree that was copied with "cp -r MEDIUM/* DIR" has lost the files whose
// names begin with a dot, and most media say in those what they are. What
// follows goes by the rest.

// dotless warns that such a tree is before us.
func (p *probe) dotless(file string) {
	p.warn("its ", file, " is missing: what it is was told from its other files. A copy by cp -r MEDIUM/* leaves files out whose names begin with a dot; cp -r MEDIUM/. takes them along")
}

// casper is an Ubuntu live medium without .disk/info.
func (p *probe) casper() bool {
	s, ok := debian.FindSuite(p.med, "")
	if !ok || !s.Ubuntu || !p.med.IsDir("casper") {
		return false
	}
	server := p.med.IsFile("casper/ubuntu-server-minimal.squashfs") || p.med.IsFile("casper/installer.squashfs")
	p.subiquity(debian.Info{Found: true, Ubuntu: true, Server: server, Version: s.Version, Codename: s.Codename, CPU: s.CPU(p.med)})
	p.dotless(".disk/info")
	return true
}

// bareAnaconda is what redHat would read from .treeinfo and .discinfo: told
// from the kernel and from the package that holds the release's name. ok says
// that the installer of that family is there.
func (p *probe) bareAnaconda() (name, version, arch string, ok bool) {
	const pair = "images/pxeboot/"
	stage2 := p.med.IsFile("images/install.img") || p.med.IsFile("LiveOS/squashfs.img") || p.med.IsFile("images/stage2.img")
	if !stage2 || !p.med.IsFile(pair+"vmlinuz") || !p.med.IsFile(pair+"initrd.img") {
		return "", "", "", false
	}
	name, version = p.releasePackage()
	return name, version, tree.KernelCPU(p.med.Head(pair+"vmlinuz", tree.KernelHead)), true
}

// release is a package that says which distribution a medium is of: its name
// without the version behind it.
type release struct{ pkg, name string }

var anacondas = []release{
	{"centos-stream-release-", "CentOS Stream"}, {"centos-linux-release-", "CentOS"}, {"centos-release-", "CentOS"}, {"rocky-release-", "Rocky Linux"},
	{"almalinux-release-", "AlmaLinux"}, {"oraclelinux-release-", "Oracle Linux"}, {"fedora-release-common-", "Fedora"}, {"fedora-release-", "Fedora"},
	{"redhat-release-server-", "Red Hat Enterprise Linux"}, {"redhat-release-", "Red Hat Enterprise Linux"},
}

// releasePackage gives the distribution and version, "Red Hat family" and ""
// where no package says.
func (p *probe) releasePackage() (name, version string) {
	for _, dir := range []string{"Packages", "BaseOS/Packages", "CentOS", "Server", "Fedora", "."} {
		for _, r := range anacondas {
			for _, d := range []string{dir, tree.Join(dir, r.pkg[:1])} {
				if v := p.versionOf(d, r.pkg); v != "" {
					return r.name, v
				}
			}
		}
	}
	return "Red Hat family", ""
}

// agamaProduct names the product of a medium with Agama from its repository:
// those have no media.1 that says it.
func (p *probe) agamaProduct() string {
	for _, r := range []release{{"Leap-release-", "openSUSE Leap"}, {"SLES-release-", "SUSE Linux Enterprise Server"}} {
		for _, arch := range []string{"x86_64", "aarch64", "noarch"} {
			if v := p.versionOf("install/"+arch, r.pkg); v != "" {
				return "\n" + r.name + " " + v
			}
		}
	}
	return ""
}

// versionOf is the version of a package in a directory, "" where it is not.
func (p *probe) versionOf(dir, pkg string) string {
	for _, file := range p.med.First(dir, pkg) {
		version, _, _ := strings.Cut(strings.TrimPrefix(path.Base(file), pkg), "-")
		if version != "" && version[0] >= '0' && version[0] <= '9' {
			return version
		}
	}
	return ""
}
