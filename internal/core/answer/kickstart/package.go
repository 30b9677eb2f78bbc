package kickstart

import "strings"

// Package is one line of %packages.
type Package struct {
	Name     string // without its marks
	Kind     PackageKind
	Excluded bool   // -name
	Options  string // behind a group's name: --nodefaults, --optional
	Line     int
	Column   int
}

// PackageKind is what a line of %packages names.
type PackageKind int

// The kinds: name, @group, @^environment.
const (
	PlainPackage PackageKind = iota
	GroupPackage
	EnvironmentPackage
)

// Packages lists what all %packages sections name, in order. A line of an
// %include within them is left out.
func (f *File) Packages() []Package {
	var out []Package
	for _, s := range f.Sections("%packages") {
		for _, l := range s.Body {
			if p, ok := packageLine(l); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

func packageLine(l BodyLine) (Package, bool) {
	text, _, _ := strings.Cut(l.Text, "#")
	name := strings.TrimSpace(text)
	if name == "" || strings.HasPrefix(name, "%") {
		return Package{}, false
	}
	p := Package{Line: l.Line, Column: len([]rune(text)) - len([]rune(strings.TrimLeft(text, " \t"))) + 1}
	if rest, ok := strings.CutPrefix(name, "-"); ok {
		p.Excluded, name = true, rest
	}
	if rest, ok := strings.CutPrefix(name, "@^"); ok {
		p.Kind, name = EnvironmentPackage, rest
	} else if rest, ok := strings.CutPrefix(name, "@"); ok {
		p.Kind, name = GroupPackage, rest
	}
	name = strings.TrimSpace(name)
	if p.Kind != PlainPackage {
		if i := strings.Index(name, " --"); i >= 0 {
			name, p.Options = strings.TrimSpace(name[:i]), strings.TrimSpace(name[i:])
		}
	}
	p.Name = name
	return p, name != ""
}
