package debian

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"

	"seedbed/internal/core/image/tree"
)

// Suite is an archive's dists/SUITE directory on a medium.
type Suite struct {
	Base     string // what lies above dists/, "" for the root
	Dir      string // base/dists/SUITE
	Codename string
	Version  string
	Ubuntu   bool
	Archs    []string
}

// FindSuite finds the archive: the directory of dists/ whose Release file calls it
// by its own name, so that the links "stable" and "unstable" are passed over.
func FindSuite(t *tree.Tree, codename string) (Suite, bool) {
	for _, base := range []string{"", "debian", "ubuntu"} {
		names := t.List(tree.Join(base, "dists"))
		if i := slices.Index(names, codename); i > 0 {
			names[0], names[i] = names[i], names[0]
		}
		for _, n := range names {
			dir := tree.Join(base, "dists/"+n)
			rel := tree.Fields(t.Text(dir + "/Release"))
			if c := rel["Codename"]; len(rel) == 0 || (c != "" && c != n) {
				continue
			}
			return Suite{
				Base: base, Dir: dir, Codename: n, Version: rel["Version"],
				Ubuntu: strings.EqualFold(rel["Origin"], "Ubuntu"),
				Archs:  strings.Fields(rel["Architectures"]),
			}, true
		}
	}
	return Suite{}, false
}

// CPU picks the CPU whose package index the medium really has.
func (s Suite) CPU(t *tree.Tree) string {
	for _, a := range append([]string{"amd64", "arm64", "i386"}, s.Archs...) {
		if t.IsDir(s.Dir + "/main/binary-" + a) {
			return a
		}
	}
	return ""
}

// Index finds a package index in one of its compressions.
func Index(t *tree.Tree, dir string) string {
	for _, ext := range []string{"", ".gz", ".xz", ".bz2"} {
		if name := dir + "/Packages" + ext; t.IsFile(name) {
			return name
		}
	}
	return ""
}

// CDPair is the kernel and initrd a CD boots with, "" when there is none.
func CDPair(t *tree.Tree, cpu string) [2]string {
	dirs := []string{"install." + map[string]string{"amd64": "amd", "i386": "386", "arm64": "a64"}[tree.CPU(cpu)], "install", "install.amd", "install.386", "install.a64"}
	for _, d := range dirs {
		for _, k := range []string{"vmlinuz", "linux"} {
			if t.IsFile(d+"/"+k) && t.IsFile(d+"/initrd.gz") {
				return [2]string{d + "/" + k, d + "/initrd.gz"}
			}
		}
	}
	return [2]string{}
}

// maxIndex bounds an installer index once unpacked; Debian 13's has 1 MB.
const maxIndex = 64 << 20

// UdebKernels lists the Kernel-Version fields of an index of installer parts;
// none when it is absent or compressed in a way the standard library lacks.
func UdebKernels(t *tree.Tree, index string) []string {
	if index == "" {
		return nil
	}
	f := t.Open(index)
	if f == nil {
		return nil
	}
	defer f.Close()
	var r io.Reader = f
	switch {
	case strings.HasSuffix(index, ".gz"):
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil
		}
		r = z
	case !strings.HasSuffix(index, "/Packages"):
		return nil
	}
	var found []string
	lines := bufio.NewScanner(io.LimitReader(r, maxIndex))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		v, ok := bytes.CutPrefix(lines.Bytes(), []byte("Kernel-Version: "))
		if s := string(bytes.TrimSpace(v)); ok && !slices.Contains(found, s) && len(found) < 16 {
			found = append(found, s)
		}
	}
	return found
}
