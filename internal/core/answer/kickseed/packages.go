package kickseed

import "strings"

// packed is a word of %packages: a package, a task, or a word that is neither.
type packed struct {
	text  string
	where Line
}

// packageLine reads one line of %packages.
func (r *run) packageLine(l Line) {
	group, ok := strings.CutPrefix(l.Keyword, "@")
	switch {
	case l.Keyword == "%end":
		r.find(Fails, EndMarker, "%end", "kickseed knows no %end: it asks for a package of that name, and the install fails")
	case strings.HasPrefix(l.Keyword, "%"):
		r.find(Fails, UnknownSection, l.Keyword, "kickseed knows no such section: this and what follows are names of packages")
	}
	if !ok {
		r.packageName(l)
		return
	}
	if group == "" {
		if group = l.Args; l.Args == "" {
			group = l.Text
		}
	} else {
		group = l.Text[1:]
	}
	switch {
	case strings.HasSuffix(group, " Standard"):
		group = "standard"
	case group == "Ubuntu Desktop":
		group = "ubuntu-desktop"
	case group == "Kubuntu Desktop":
		group = "kubuntu-desktop"
	case strings.Contains(group, " "):
		r.warn(Dropped, Group, group, "of the groups with a blank only * Standard, Ubuntu Desktop and Kubuntu Desktop are known", "Package group '"+group+"' not implemented")
		return
	}
	for i, w := range strings.Fields(group) {
		if i == 0 {
			w = "task:" + w
		}
		r.packed = append(r.packed, packed{w, l})
	}
}

func (r *run) packageName(l Line) {
	words := strings.Fields(l.Text)
	if len(words) > 1 {
		r.find(Ignored, PackageWords, words[1], "only the first word of a line of %packages counts")
	}
	if i := strings.IndexAny(l.Text, "*?["); i >= 0 && !strings.HasPrefix(l.Text, "-") {
		r.find(Fails, Pattern, words[0], "patterns are not expanded: it is the name of a package")
	}
	for i, w := range words {
		if i == 0 {
			w = "pkg:" + w
		}
		r.packed = append(r.packed, packed{w, l})
	}
}

// packages writes the answers for %packages.
func (r *run) packages() {
	if len(r.packed) == 0 {
		return
	}
	// What is neither package nor task repeats the pattern before it.
	element := ""
	var yes, no, tasks, names []string
	one := func(p packed, task, pkg string) bool {
		if name, ok := strings.CutPrefix(p.text, task); ok {
			element = "~t^" + name + "$"
			tasks = append(tasks, name)
		} else if name, ok := strings.CutPrefix(p.text, pkg); ok {
			element = "~n^" + name + "$"
			names = append(names, name)
		} else {
			return false
		}
		return true
	}
	excluded := func(p packed) bool {
		return strings.HasPrefix(p.text, "task:-") || strings.HasPrefix(p.text, "pkg:-")
	}
	for _, p := range r.packed {
		if !excluded(p) && p.text != "." {
			one(p, "task:", "pkg:")
			if len(yes) > 0 || element != "" {
				yes = append(yes, element)
			}
		}
	}
	chosen, included := strings.Join(tasks, ", "), strings.Join(names, " ")
	for _, p := range r.packed {
		if excluded(p) {
			r.line = p.where
			f := r.find(Ignored, Exclusion, p.where.Text, "packages cannot be excluded: remove it in %post")
			if no == nil {
				f.Log = "exclusions in %packages not supported; remove them manually in %post instead"
			}
			one(p, "task:-", "pkg:-")
			no = append(no, "!"+element)
		}
	}
	r.line = r.packed[0].where
	r.set("pkgsel/install-pattern", "string", "("+strings.Join(yes, "|")+")"+strings.Join(no, ""))
	r.answer("tasksel", "tasksel/first", "multiselect", word(chosen))
	r.set("pkgsel/include", "string", included)
}
