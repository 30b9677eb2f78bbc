package image

import (
	"regexp"
	"strings"

	"seedbed/internal/core/image/tree"
)

var (
	leap  = regexp.MustCompile(`(?i)openSUSE[- ]Leap[- :]*(\d+\.\d+)|\bleap:(\d+\.\d+)`)
	sle   = regexp.MustCompile(`(?i)(?:SLES?[-_ ]?|SUSE[ _]SLES[ _-]*|SUSE Linux Enterprise Server |cpe:/o:suse:sles?:)(\d+)(?:[-_. :]*(SP\d+))?`)
	agama = regexp.MustCompile(`(?i)\bagama\b`)
)

// suse fills the image from a medium of SUSE's, by media.1/ or content and
// boot/ARCH.
func (p *probe) suse() bool {
	text := p.med.Text("media.1/products") + "\n" + p.med.Text("media.1/media") + "\n" + p.med.Text("content") +
		"\n" + p.med.Text("install/media.1/products") + "\n" + p.med.Text("install/media.1/media")
	ini := tree.INI(p.med.Text(".treeinfo"))
	family, _, _ := treeInfo(ini)
	if strings.Contains(family, "SUSE") {
		text += "\n" + family + " " + ini["general"]["version"]
	}
	text += p.agamaProduct()
	var arch, loader string
	for _, a := range []string{"x86_64", "aarch64", "i386"} {
		for _, d := range []string{"boot/" + a + "/loader", "boot/" + a} {
			if p.med.IsFile(d+"/linux") && p.med.IsFile(d+"/initrd") && arch == "" {
				arch, loader = a, d
			}
		}
	}
	named := strings.Contains(strings.ToUpper(text), "SUSE") || sle.MatchString(text)
	if !named && (arch == "" || !p.med.IsFile("CHECKSUMS") && !p.med.IsFile("LiveOS/squashfs.img")) {
		return false
	}
	p.img.Family = SUSE
	p.img.CPU = tree.CPU(arch)
	p.suseRelease(text)
	p.img.Netboot = arch != ""
	if arch == "" {
		p.warn("looked for boot/ARCH/loader/linux and initrd and found no such pair: nothing can be started from this medium")
		return true
	}
	p.add(Kernel, Medium, loader+"/linux")
	p.add(Initrd, Medium, loader+"/initrd")
	p.addFirst(Stage2, Medium, "boot/"+arch+"/root", "LiveOS/squashfs.img")
	p.efiLoaders()
	if n, ok := p.img.Major(); ok && n >= 16 && n < 42 || agama.MatchString(text) || p.med.IsFile("LiveOS/.agama") {
		// Agama's system is the live one on the medium, which dracut fetches whole.
		p.img.Whole = p.med.IsFile("LiveOS/squashfs.img")
	}
	for _, m := range []string{"repodata/repomd.xml", "suse/setup/descr", "suse/" + arch, "Module-Basesystem", "install/repodata/repomd.xml"} {
		p.img.Mirror = p.img.Mirror || p.med.There(m)
	}
	if p.img.Whole && p.med.IsDir("install/repodata") {
		p.img.MirrorDir = "install"
	}
	if !p.img.Mirror {
		p.warn("a network medium without packages: the profile must name an installation source the machines can reach")
	}
	return true
}

// suseRelease names the release from the product texts.
func (p *probe) suseRelease(text string) {
	upper := strings.ToUpper(text)
	switch m, s := leap.FindStringSubmatch(text), sle.FindStringSubmatch(text); {
	case m != nil:
		p.img.Release = "opensuse-leap-" + m[1] + m[2]
		p.img.Title = "openSUSE Leap " + m[1] + m[2]
	case strings.Contains(upper, "TUMBLEWEED"):
		p.img.Release, p.img.Title = "opensuse-tumbleweed", "openSUSE Tumbleweed"
	case s != nil:
		p.img.Release = "sles-" + s[1]
		p.img.Title = strings.TrimSpace("SUSE Linux Enterprise " + s[1] + " " + strings.ToUpper(s[2]))
	default:
		p.img.Release, p.img.Title = "suse", "SUSE"
		p.warn("a SUSE medium whose product was not recognised in media.1/products, media.1/media or content")
	}
	p.img.Title = strings.TrimSpace(p.img.Title + " " + p.img.CPU)
}
