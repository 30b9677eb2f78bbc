package redhat

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/reading"
)

// section reads %packages and scripts.
func (r *reader) section(n *kickstart.Node) {
	switch n.Name() {
	case "%packages":
		r.packages(n)
	case "%post":
		r.post(n)
	case "%pre", "%pre-install":
		if strings.Contains(n.Script(), "} >/tmp/seedbed.ks") {
			r.Keep(n.Line, "Seedbed's own "+n.Name(), "storage")
			return
		}
		r.Lose(n.Line, n.Name(), "the neutral install runs nothing before the installation; what a disk must be like stands at storage.disk")
	case "%onerror", "%traceback":
		if strings.Contains(n.Script(), "/failed?why=") {
			r.Keep(n.Line, "Seedbed's own "+n.Name(), "")
			return
		}
		r.Lose(n.Line, n.Name(), "failures are reported to the server")
	case "%addon":
		what := strings.TrimSpace(n.Raw()[:strings.IndexByte(n.Raw()+"\n", '\n')])
		if strings.Contains(what, "com_redhat_kdump") {
			r.Change(n.Line, what, "", "kdump is as the distribution has it: set the kernel argument crashkernel=")
			return
		}
		r.Lose(n.Line, what, "an add-on of Anaconda's has no counterpart")
	default:
		r.Lose(n.Line, n.Name(), "the section has no counterpart")
	}
}

func (r *reader) packages(n *kickstart.Node) {
	if len(n.Args()) > 0 && !n.Has("--ignoremissing") {
		r.Change(n.Line, "%packages "+n.Args()[0].Text, "", "options of the whole section are left out")
	}
	for _, p := range kickstart.Parse(sectionText(n)).Packages() {
		line := n.Line + p.Line - 1
		switch {
		case p.Kind == kickstart.EnvironmentPackage:
			if p.Name == "minimal-environment" || p.Name == "minimal" {
				r.Keep(line, "@^"+p.Name, "")
				continue
			}
			r.Add(line, "environment", "groups", &r.In.Groups, "^"+p.Name)
		case p.Kind == kickstart.GroupPackage && p.Excluded:
			r.Lose(line, "-@"+p.Name, "groups cannot be left out")
		case p.Kind == kickstart.GroupPackage && (p.Name == "core" || p.Name == "base" && r.preseed != nil):
			r.Keep(line, "@"+p.Name, "")
		case p.Kind == kickstart.GroupPackage:
			r.Add(line, "group", "groups", &r.In.Groups, p.Name)
		case strings.ContainsAny(p.Name, "*?"):
			r.Lose(line, p.Name, "patterns of names have no counterpart: name the packages")
		case p.Excluded:
			r.Add(line, "without", "excluded-packages", &r.In.Excluded, p.Name)
		default:
			r.Add(line, "package", "packages", &r.In.Packages, p.Name)
		}
	}
	for _, l := range n.Body {
		if strings.HasPrefix(strings.TrimSpace(l.Text), "%include") {
			r.Lose(l.Line, strings.TrimSpace(l.Text), "what it brings in is not known here")
		}
	}
}

// sectionText is the section with an end, as a file of its own.
func sectionText(n *kickstart.Node) string {
	raw := n.Raw()
	if !n.Closed {
		raw = strings.TrimRight(raw, "\n") + "\n%end\n"
	}
	return raw
}

func (r *reader) post(n *kickstart.Node) {
	script := n.Script()
	if r.Own(script, n.Line) {
		r.Keep(n.Line, "Seedbed's own %post", "")
		return
	}
	if n.Has("--nochroot") {
		r.Lose(n.Line, "%post --nochroot", "post scripts run inside the new system: what this one copies from the installer must be had otherwise")
		return
	}
	if i := value(n, "--interpreter"); i != "" && i != "/bin/sh" {
		script = "#!" + i + "\n" + script
	} else if !strings.HasPrefix(script, "#!") && strings.TrimSpace(script) != "" && bashWords(script) {
		script = "#!/bin/bash\n" + script // Anaconda's sh is bash
	}
	r.Post(script, n.Line, "%post")
}

// bashWords says whether a script needs more than a POSIX shell.
func bashWords(script string) bool {
	for _, w := range []string{"[[", "function ", "<(", "${!", "&>", "<<<", "source ", "declare "} {
		if strings.Contains(script, w) {
			return true
		}
	}
	return false
}

// number is a size in MiB as an option gives it, in bytes; 0 where it is none.
func mib(s string) int64 { return reading.Number(s) << 20 }
