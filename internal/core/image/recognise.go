package image

import (
	"io/fs"
	"strings"

	"seedbed/internal/fault"
)

// Recognise says what a medium and a netboot tree are; either may be nil. It
// fills Family, Release, Codename, Title, CPU, Files, Mirror, MirrorDir,
// Netboot, Signed and Warnings, all from what the files hold; Name, Sources and
// Imported are the caller's.
//
// A tree that is none of the families is an Image of family Unknown with a
// warning that says what was looked for. The error is a *fault.Fault: Invalid
// when both are nil, else that of a file which is there and cannot be read.
func Recognise(medium, netboot fs.FS) (Image, error) {
	if medium == nil && netboot == nil {
		return Image{}, fault.New(fault.Invalid, "give an ISO file, a directory or a netboot tarball", "there is no medium to recognise")
	}
	p := &probe{img: Image{Family: Unknown}}
	p.med = &tree{fsys: medium}
	p.net = &tree{fsys: netboot}
	p.run()
	for _, t := range []*tree{p.med, p.net} {
		if t.err != nil {
			return Image{}, fault.Wrap(t.err, kindOf(t.err), fault.HintOf(t.err), "recognising the medium")
		}
	}
	return p.img, nil
}

// kindOf keeps the kind a damaged medium's own fault has.
func kindOf(err error) fault.Kind {
	if k := fault.KindOf(err); k != fault.Internal {
		return k
	}
	return fault.Unavailable
}

// probe is one run of Recognise.
type probe struct {
	med, net *tree
	img      Image
}

// run tries the families, the surest marker first. SUSE goes before Red Hat
// because its newer media carry a .treeinfo too.
func (p *probe) run() {
	info := parseDiskInfo(p.med.text(".disk/info"))
	switch {
	case info.ubuntu && p.med.isDir("casper"):
		p.subiquity(info)
	case info.found && p.debianLike(info):
	case p.suse():
	case p.redHat():
	case p.debianLike(diskInfo{}):
	case p.netbootOnly():
	default:
		p.unknown(info)
	}
}

func (p *probe) warn(parts ...string) {
	p.img.Warnings = append(p.img.Warnings, strings.Join(parts, ""))
}

// add puts a file into the image, unless the role has one already or the file
// is not there.
func (p *probe) add(role Role, side Side, name string) bool {
	for _, f := range p.img.Files {
		if f.Role == role {
			return false
		}
	}
	t := p.med
	if side == Netboot {
		t = p.net
	}
	size, ok := t.size(name)
	if ok {
		p.img.Files = append(p.img.Files, File{Role: role, Side: side, Path: name, Size: size})
	}
	return ok
}

// addFirst adds the first of names that is there.
func (p *probe) addFirst(role Role, side Side, names ...string) bool {
	for _, n := range names {
		if p.add(role, side, n) {
			return true
		}
	}
	return false
}

// cpuOf gives the house's name of a CPU for the publishers' names.
func cpuOf(arch string) string {
	arch, _, _ = strings.Cut(arch, "/") // multi-arch media: "amd64/i386"
	switch arch {
	case "x86_64", "x64":
		return "amd64"
	case "aarch64", "aa64":
		return "arm64"
	case "i486", "i586", "i686", "x86":
		return "i386"
	}
	return arch
}

// unknown says what was looked for, and names what it looks like.
func (p *probe) unknown(info diskInfo) {
	p.img.Title = "unknown medium"
	if info.line != "" {
		p.img.Title = clip(info.line, 80)
	}
	if root := p.med.list("."); len(root) == 1 && strings.EqualFold(root[0], "readme.txt") {
		p.warn("the ISO 9660 side holds only a ", root[0], ": the content is UDF, as Windows media have, and is not read by seedbed yet")
		return
	}
	for _, k := range strangers {
		for _, m := range k.marks {
			if p.med.there(m) {
				p.warn("this looks like ", k.what, ", which is not installed by seedbed yet; its files are served as they are")
				return
			}
		}
	}
	p.warn("not recognised: looked for .disk/info and dists/*/Release (Debian, Ubuntu), casper/ (Ubuntu live-server), ",
		".treeinfo and .discinfo (Red Hat family), media.1/ and content (SUSE), ",
		"debian-installer/ARCH/linux or ubuntu-installer/ARCH/linux (netboot trees); its files are served as they are")
}

// strangers are media that are known by sight only.
var strangers = []struct {
	what  string
	marks []string
}{
	{"a Windows medium", []string{"sources/install.wim", "sources/install.esd", "sources/boot.wim", "bootmgr"}},
	{"VMware ESXi", []string{"b.b00", "tboot.b00", "s.v00", "B.B00", "S.V00"}},
	{"Arch Linux", []string{"arch/boot", "arch/x86_64"}},
	{"Alpine Linux", []string{".alpine-release", "boot/vmlinuz-lts"}},
	{"Proxmox VE", []string{".pve-cd-id.txt", "proxmox"}},
	{"NixOS", []string{"nix-store.squashfs"}},
	{"a Debian live medium", []string{"live/filesystem.squashfs", "live/vmlinuz", "live"}},
	{"an Ubuntu desktop medium", []string{"casper"}},
}

// clip shortens text of a medium that is shown to people.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
