package image

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// walkDepth reaches the pair in a tree unpacked from Debian's package:
// usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64.
const (
	walkDepth = 10
	walkDirs  = 2000
)

// pair is a directory with a kernel and an initrd that start over the network.
type pair struct {
	dir    string // of kernel, initrd and loaders
	kernel string
	initrd string
	cpu    string
	live   bool // Ubuntu's live-server netboot tree
}

// netbootPair finds the pair for a CPU, "" for any, under one of tops; it looks
// at most depth directories below the known places. The text installer is
// taken before the graphical one, a shallow place before a deep one.
func (t *tree) netbootPair(cpu string, tops []string, depth int) (pair, bool) {
	if t.fsys == nil {
		return pair{}, false
	}
	type step struct {
		dir   string
		depth int
	}
	var queue, late []step
	for _, top := range tops {
		queue = append(queue, step{under(top, "."), depth})
	}
	for seen := 0; len(queue)+len(late) > 0 && seen < walkDirs; seen++ {
		if len(queue) == 0 {
			queue, late = late, nil
		}
		s := queue[0]
		queue = queue[1:]
		if p, ok := t.pairAt(s.dir, cpu); ok {
			return p, true
		}
		if s.depth == 0 {
			continue
		}
		for _, n := range t.list(s.dir) {
			next := step{path.Join(s.dir, n), s.depth - 1}
			switch {
			case slices.Contains([]string{"grub", "boot-screens", "pxelinux.cfg", "pool", "dists", "doc"}, n) || !t.isDir(next.dir):
			case n == "gtk":
				late = append(late, next)
			default:
				queue = append(queue, next)
			}
		}
	}
	return pair{}, false
}

// pairAt looks in one directory: below it by the installer's name, or in it.
func (t *tree) pairAt(dir, cpu string) (pair, bool) {
	cpus := []string{cpu}
	if cpu == "" {
		cpus = []string{"amd64", "arm64", "i386"}
	}
	for _, c := range cpus {
		for _, sub := range []string{"debian-installer/" + c, "ubuntu-installer/" + c, c} {
			if p, ok := t.pairIn(path.Join(dir, sub)); ok {
				p.cpu = c
				return p, true
			}
		}
	}
	p, ok := t.pairIn(dir)
	if !ok {
		return p, false
	}
	p.cpu = t.cpuOfPair(p)
	return p, cpu == "" || p.cpu == "" || p.cpu == cpu
}

func (t *tree) pairIn(dir string) (pair, bool) {
	linux := path.Join(dir, "linux")
	if !t.isFile(linux) {
		return pair{}, false
	}
	for _, n := range []string{"initrd.gz", "initrd"} {
		if initrd := path.Join(dir, n); t.isFile(initrd) {
			return pair{dir: dir, kernel: linux, initrd: initrd, live: n == "initrd"}, true
		}
	}
	return pair{}, false
}

// cpuOfPair tells the CPU of a pair that lies in no directory named for it.
func (t *tree) cpuOfPair(p pair) string {
	base := path.Base(p.dir)
	if slices.Contains([]string{"amd64", "arm64", "i386"}, base) {
		return base
	}
	return kernelCPU(t.head(p.kernel, kernelHead))
}

// addPair adds the pair and the loaders beside it, where the image has none.
func (p *probe) addPair(side Side, n pair) {
	p.add(Kernel, side, n.kernel)
	p.add(Initrd, side, n.initrd)
	p.addLoaders(side, n)
}

// addLoaders adds a netboot tree's own shim, GRUB and PXELINUX. The names are
// Debian's, Ubuntu's (bootx64.efi is its shim) and the packages'.
func (p *probe) addLoaders(side Side, n pair) {
	x := map[string]string{"amd64": "x64", "arm64": "aa64", "i386": "ia32"}[n.cpu]
	dirs := []string{n.dir, path.Dir(n.dir), path.Dir(path.Dir(n.dir))}
	d := n.dir
	p.addFirst(Shim, side, path.Join(d, "bootnet"+x+".efi"), path.Join(d, "shim"+x+".efi"), path.Join(d, "boot"+x+".efi"))
	p.addFirst(Grub, side, path.Join(d, "grub"+x+".efi"), path.Join(d, "grubnet"+x+".efi.signed"), path.Join(d, "grubnet"+x+".efi"))
	for _, d := range dirs {
		if p.add(Pxelinux, side, path.Join(d, "pxelinux.0")) {
			return
		}
	}
}

// version is what a netboot tree says of itself.
type version struct {
	ubuntu   bool
	number   string
	codename string
}

func (v version) release() string {
	if v.number == "" && v.codename == "" {
		return ""
	}
	return releaseOf(v.ubuntu, v.number, v.codename)
}

var (
	versionLine = regexp.MustCompile(`(?m)^(Debian|Ubuntu) version:\s*([0-9][0-9.]*|[a-z]+)(?:\s+LTS)?(?:[ /]*\(?([a-z]+)\)?)?`)
	helpLine    = regexp.MustCompile(`(Debian|Ubuntu)(?: GNU/Linux)? ([0-9][0-9.]*)(?: LTS)? (?:\(([a-z]+)\))?`)
)

// netbootVersion reads version.info beside or above the pair, else the first
// help screen; the number is "" when neither says.
func (t *tree) netbootVersion(n pair) version {
	for d := n.dir; ; d = path.Dir(d) {
		for _, name := range []string{"version.info", "boot-screens/f1.txt", "f1.txt"} {
			text := t.text(path.Join(d, name))
			m := versionLine.FindStringSubmatch(text)
			if m == nil {
				m = helpLine.FindStringSubmatch(text)
			}
			if m == nil {
				continue
			}
			v := version{ubuntu: m[1] == "Ubuntu", number: m[2], codename: m[3]}
			if v.codename == "" {
				v.codename = codenameOf(v.ubuntu, v.number)
			}
			return v
		}
		if d == "." {
			break
		}
	}
	return version{ubuntu: strings.Contains(n.dir, "ubuntu-installer")}
}

// netbootOnly fills the image from a netboot tree without a medium, or from a
// medium that is nothing but one.
func (p *probe) netbootOnly() bool {
	t, side := p.net, Netboot
	n, ok := t.netbootPair("", []string{""}, walkDepth)
	if !ok {
		t, side = p.med, Medium
		if n, ok = t.netbootPair("", []string{""}, walkDepth); !ok {
			return false
		}
	}
	v := t.netbootVersion(n)
	p.img.CPU, p.img.Codename = n.cpu, v.codename
	p.addPair(side, n)
	p.img.Netboot = true
	if n.live {
		p.img.Family, p.img.Title = Subiquity, "Ubuntu live-server netboot "+n.cpu
		p.img.Release = "ubuntu"
		p.img.Netboot = false
		p.warn("the live-server installer is not in its netboot tree: import the ISO file too and give this one with --netboot")
		return true
	}
	name := "Debian GNU/Linux"
	p.img.Family = Debian
	if v.ubuntu {
		p.img.Family, name = Ubuntu, "Ubuntu"
	}
	p.img.Release = v.release()
	if p.img.Release == "" {
		p.img.Release = strings.ToLower(string(p.img.Family))
		p.warn("the netboot tree does not say its release: no version.info was found")
	}
	p.img.Title = strings.Join(strings.Fields(name+" "+clip(v.number, 20)+" netboot "+n.cpu), " ")
	p.warn("no package source: the installer needs a mirror that it can reach, or import the medium and give this tree with --netboot")
	return true
}
