package image

import (
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"seedbed/internal/core/image/debian"
	"seedbed/internal/core/image/tree"
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
	p.med = tree.New(medium)
	p.net = tree.New(netboot)
	p.run()
	for _, t := range []*tree.Tree{p.med, p.net} {
		if t.Err() != nil {
			return Image{}, fault.Wrap(t.Err(), kindOf(t.Err()), fault.HintOf(t.Err()), "recognising the medium")
		}
	}
	p.img.printable()
	return p.img, nil
}

// printable drops what is no text from what people and terminals are shown of
// a medium's own words.
func (i *Image) printable() {
	for _, s := range []*string{&i.Title, &i.Release, &i.Codename, &i.CPU} {
		*s = graphic(*s)
	}
	for n := range i.Warnings {
		i.Warnings[n] = graphic(i.Warnings[n])
	}
}

func graphic(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
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
	med, net *tree.Tree
	img      Image
}

// run tries the families, the surest marker first. Those that carry others'
// markers too go before them: Proxmox and live media have a Debian archive,
// SUSE's newer media a .treeinfo.
func (p *probe) run() {
	info := debian.ReadInfo(p.med.Text(".disk/info"))
	switch {
	case info.Ubuntu && p.med.IsDir("casper"):
		p.subiquity(info)
	case info.Line == "" && p.casper():
	case p.proxmox(), p.liveMedium(info):
	case info.Found && p.debianLike(info):
	case p.windows(), p.esxi(), p.archiso(), p.alpine(), p.coreOS(), p.flatcar():
	case p.suse():
	case p.redHat():
	case p.debianLike(debian.Info{}):
	case p.netbootOnly():
	case p.memtest():
	default:
		p.unknown(info)
	}
	if p.img.RAM == 0 {
		p.img.RAM = p.memory()
	}
}

// memory is about what the family's installer needs, in MiB (what publishers
// and their bug trackers say; an installer that is fetched whole into memory
// needs its size and as much to unpack it).
func (p *probe) memory() int {
	switch p.img.Family {
	case Debian, Ubuntu:
		return 512
	case RedHat:
		if n, ok := p.img.Major(); ok && n <= 7 && !strings.HasPrefix(p.img.Release, "fedora-") {
			return 1280
		}
		return 3072
	case SUSE:
		if p.img.Whole {
			return 4096
		}
		return 2048
	}
	return 0
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
	size, ok := t.Size(name)
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

// looked is what an unknown medium is told that was looked for.
const looked = "not recognised: looked for .disk/info and dists/*/Release (Debian, Ubuntu), casper/ (Ubuntu live-server), " +
	".treeinfo, .discinfo and images/pxeboot/ (Red Hat family), media.1/ and content (SUSE), arch/ (Arch Linux), .alpine-release, coreos/ and flatcar files, " +
	"proxmox/, boot.cfg (ESXi), sources/*.wim (Windows), live/filesystem.squashfs (live media), a memory tester, " +
	"debian-installer/ARCH/linux or ubuntu-installer/ARCH/linux (netboot trees); its files are served as they are"

// unknown keeps the medium, and says what was looked for.
func (p *probe) unknown(info debian.Info) {
	p.img.Title = "unknown medium"
	if info.Line != "" {
		p.img.Title = tree.Clip(info.Line, 80)
	}
	switch {
	case p.med.IsFile("nix-store.squashfs"):
		p.warn("this looks like NixOS, whose installer takes no answer file; its files are served as they are")
	default:
		p.warn(looked)
	}
}
