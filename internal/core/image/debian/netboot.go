package debian

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/image/tree"
)

// WalkDepth reaches the pair in a tree unpacked from Debian's package:
// usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64.
const (
	WalkDepth = 10
	walkDirs  = 2000
)

// Pair is a directory with a kernel and an initrd that start over the network.
type Pair struct {
	Dir    string // of kernel, initrd and loaders
	Kernel string
	Initrd string
	CPU    string
	Live   bool // Ubuntu's live-server netboot tree
}

// FindPair finds the pair for a CPU, "" for any, under one of tops; it looks
// at most depth directories below the known places. The text installer is
// taken before the graphical one, a shallow place before a deep one.
func FindPair(t *tree.Tree, cpu string, tops []string, depth int) (Pair, bool) {
	if !t.Given() {
		return Pair{}, false
	}
	type step struct {
		dir   string
		depth int
	}
	var queue, late []step
	for _, top := range tops {
		queue = append(queue, step{tree.Join(top, "."), depth})
	}
	for seen := 0; len(queue)+len(late) > 0 && seen < walkDirs; seen++ {
		if len(queue) == 0 {
			queue, late = late, nil
		}
		s := queue[0]
		queue = queue[1:]
		if p, ok := pairAt(t, s.dir, cpu); ok {
			return p, true
		}
		if s.depth == 0 {
			continue
		}
		for _, n := range t.List(s.dir) {
			next := step{path.Join(s.dir, n), s.depth - 1}
			switch {
			case slices.Contains([]string{"grub", "boot-screens", "pxelinux.cfg", "pool", "dists", "doc"}, n) || !t.IsDir(next.dir):
			case n == "gtk":
				late = append(late, next)
			default:
				queue = append(queue, next)
			}
		}
	}
	return Pair{}, false
}

// pairAt looks in one directory: below it by the installer's name, or in it.
func pairAt(t *tree.Tree, dir, cpu string) (Pair, bool) {
	cpus := []string{cpu}
	if cpu == "" {
		cpus = []string{"amd64", "arm64", "i386"}
	}
	for _, c := range cpus {
		for _, sub := range []string{"debian-installer/" + c, "ubuntu-installer/" + c, c} {
			if p, ok := pairIn(t, path.Join(dir, sub)); ok {
				p.CPU = c
				return p, true
			}
		}
	}
	p, ok := pairIn(t, dir)
	if !ok {
		return p, false
	}
	p.CPU = cpuOfPair(t, p)
	return p, cpu == "" || p.CPU == "" || p.CPU == cpu
}

func pairIn(t *tree.Tree, dir string) (Pair, bool) {
	linux := path.Join(dir, "linux")
	if !t.IsFile(linux) {
		return Pair{}, false
	}
	for _, n := range []string{"initrd.gz", "initrd"} {
		if initrd := path.Join(dir, n); t.IsFile(initrd) {
			return Pair{Dir: dir, Kernel: linux, Initrd: initrd, Live: n == "initrd"}, true
		}
	}
	return Pair{}, false
}

// cpuOfPair tells the CPU of a pair that lies in no directory named for it.
func cpuOfPair(t *tree.Tree, p Pair) string {
	base := path.Base(p.Dir)
	if slices.Contains([]string{"amd64", "arm64", "i386"}, base) {
		return base
	}
	return tree.KernelCPU(t.Head(p.Kernel, tree.KernelHead))
}

// Version is what a netboot tree says of itself.
type Version struct {
	Ubuntu   bool
	Number   string
	Codename string
}

func (v Version) Release() string {
	if v.Number == "" && v.Codename == "" {
		return ""
	}
	return Release(v.Ubuntu, v.Number, v.Codename)
}

var (
	versionLine = regexp.MustCompile(`(?m)^(Debian|Ubuntu) version:\s*([0-9][0-9.]*|[a-z]+)(?:\s+LTS)?(?:[ /]*\(?([a-z]+)\)?)?`)
	helpLine    = regexp.MustCompile(`(Debian|Ubuntu)(?: GNU/Linux)? ([0-9][0-9.]*)(?: LTS)? (?:\(([a-z]+)\))?`)
)

// VersionOf reads version.info beside or above the pair, else the first
// help screen; the number is "" when neither says.
func VersionOf(t *tree.Tree, n Pair) Version {
	for d := n.Dir; ; d = path.Dir(d) {
		for _, name := range []string{"version.info", "boot-screens/f1.txt", "f1.txt"} {
			text := t.Text(path.Join(d, name))
			m := versionLine.FindStringSubmatch(text)
			if m == nil {
				m = helpLine.FindStringSubmatch(text)
			}
			if m == nil {
				continue
			}
			v := Version{Ubuntu: m[1] == "Ubuntu", Number: m[2], Codename: m[3]}
			if v.Codename == "" {
				v.Codename = codenameOf(v.Ubuntu, v.Number)
			}
			return v
		}
		if d == "." {
			break
		}
	}
	return Version{Ubuntu: strings.Contains(n.Dir, "ubuntu-installer")}
}
