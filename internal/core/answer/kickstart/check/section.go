package check

import (
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/rule"
	"seedbed/internal/core/answer/kickstart/table"
)

// section checks how a section begins and ends, and what it holds as far as the
// installer's reader looks at it.
func (r *Report) section(set *table.Set, s *rule.State, n *kickstart.Node) {
	if !kickstart.KnownSection(n.Name()) {
		r.add(Error, n.Line, n.Tokens[0].Column, "Unknown kickstart section: "+n.Name())
		return
	}
	c := r.header(set, s, n)
	if !n.Closed && r.version >= table.Fedora(8) {
		r.add(Error, n.Line, 0, "Section "+n.Name()+" does not end with %end.")
	}
	r.body(n)
	if c != nil {
		r.sections = append(r.sections, c)
	}
}

// header reads a section's own options; nil where there is nothing to write.
func (r *Report) header(set *table.Set, s *rule.State, n *kickstart.Node) *rule.Call {
	cmd := set.Section(n.Name())
	if cmd == nil {
		return nil
	}
	c := rule.New(cmd, r.version, n, s)
	msg := c.Read(false)
	r.notes(c)
	if msg == "" && n.Name() == "%packages" {
		for _, o := range []string{"nobase", "nocore"} {
			if c.On("defaultPackages") && c.On(o) {
				c.At = c.Values[o].At
				msg = "--default and --" + o + " cannot be used together"
			}
		}
	}
	if msg != "" {
		r.add(Error, n.Line, c.Column(), msg)
		return nil
	}
	for _, old := range []string{"--instLangs", "--excludeWeakdeps"} {
		if i := slices.IndexFunc(c.Words, func(w string) bool { return w == old }); i >= 0 && c.Since(32, 9) {
			r.add(Deprecated, n.Line, n.Args()[i].Column, "The "+old+" option will be deprecated in future releases; "+renamed[old]+" takes its place.")
		}
	}
	return c
}

var renamed = map[string]string{"--instLangs": "--inst-langs", "--excludeWeakdeps": "--exclude-weakdeps"}

// body checks the lines of a section: %include, and the groups of %packages.
func (r *Report) body(n *kickstart.Node) {
	for _, l := range n.Body {
		text := strings.TrimSpace(l.Text)
		if text == "%include" {
			r.add(Error, l.Line, 0, "%include needs the name of a file")
		}
		if n.Name() == "%packages" && strings.HasPrefix(text, "@") && strings.Contains(text, " --nodefaults") && strings.Contains(text, " --optional") {
			r.add(Error, l.Line, 0, "Group cannot specify both --nodefaults and --optional")
		}
	}
}

// scripts writes the script sections, in order, then what is to be installed.
func (r *Report) scripts() string {
	b, end := "", "%end\n"
	if r.version < table.Fedora(8) {
		end = ""
	}
	var packages *rule.Call
	for _, c := range r.sections {
		if c.Cmd.Name == "%packages" {
			packages = c
			continue
		}
		b += "\n" + c.Cmd.Name
		if i := c.Text("interpreter"); i != "" && i != "/bin/sh" {
			b += " --interpreter=" + i
		}
		if c.On("nochroot") {
			b += " --nochroot"
		}
		if c.Given("log") {
			b += " --logfile=" + c.Text("log")
		}
		if c.On("erroronfail") {
			b += " --erroronfail"
		}
		script := c.Node.Script()
		if b += "\n" + script; !strings.HasSuffix(script, "\n") || end == "" {
			b += "\n"
		}
		b += end
	}
	if packages == nil {
		return b
	}
	return b + packagesText(packages, r.packages) + "\n" + end
}

// packagesText writes the last header of %packages and all that the sections name.
func packagesText(c *rule.Call, list []kickstart.Package) string {
	b := "\n%packages"
	for _, o := range []struct{ dest, option string }{
		{"defaultPackages", "--default"}, {"excludedocs", "--excludedocs"}, {"nobase", "--nobase"}, {"nocore", "--nocore"},
		{"ignoremissing", "--ignoremissing"}, {"ignorebroken", "--ignorebroken"},
	} {
		if c.On(o.dest) {
			b += " " + o.option
		}
	}
	langs, weak := "--instLangs", "--excludeWeakdeps"
	if c.Since(32, 9) {
		langs, weak = renamed[langs], renamed[weak]
	}
	if c.Given("instLangs") {
		b += " " + langs + "=" + c.Text("instLangs")
	}
	if c.On("multiLib") {
		b += " --multilib"
	}
	if c.On("excludeWeakdeps") {
		b += " " + weak
	}
	for _, o := range []string{"timeout", "retries"} {
		if v := c.Values[o]; v.Given && v.Kind == argument.Int {
			b += " --" + o + "=" + strconv.Itoa(v.Int)
		}
	}
	return b + "\n" + packageLines(list)
}

// packageLines writes the environment, groups, packages, and what is left out,
// each kind in alphabetical order.
func packageLines(list []kickstart.Package) string {
	environment := ""
	var groups, names, noGroups, noNames []string
	for _, p := range list {
		line := p.Name
		if p.Options != "" {
			line += " " + p.Options
		}
		switch {
		case p.Kind == kickstart.EnvironmentPackage && p.Excluded:
			if environment == p.Name {
				environment = ""
			}
		case p.Kind == kickstart.EnvironmentPackage:
			environment = p.Name
		case p.Kind == kickstart.GroupPackage && p.Excluded:
			groups = slices.DeleteFunc(groups, func(g string) bool { return g == line })
			noGroups = append(noGroups, line)
		case p.Kind == kickstart.GroupPackage:
			groups = append(groups, line)
		case p.Excluded:
			names = slices.DeleteFunc(names, func(g string) bool { return g == line })
			noNames = append(noNames, line)
		default:
			names = append(names, line)
		}
	}
	b := ""
	if environment != "" {
		b = "@^" + environment + "\n"
	}
	for _, part := range []struct {
		mark  string
		lines []string
	}{{"@", groups}, {"", names}, {"-@", noGroups}, {"-", noNames}} {
		slices.Sort(part.lines)
		for _, l := range slices.Compact(part.lines) {
			b += part.mark + l + "\n"
		}
	}
	return b
}
