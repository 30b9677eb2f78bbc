package redhat

import (
	"slices"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/lint"
)

// desktops are RHEL 7's environments and groups that bring initial-setup.
var desktops = []string{"graphical-server-environment", "gnome-desktop-environment", "gnome-desktop", "kde-desktop-environment", "kde-desktop",
	"developer-workstation-environment", "initial-setup", "initial-setup-gui", "x11"}

var licence = lint.Rule{ID: "R020", Title: "RHEL 7 with a desktop asks for the licence at its first start", Kinds: kinds, Severity: lint.Error, Question: "spoke/eula", Traps: []int{62},
	Why: "initial-setup issues 19 and 20, anaconda issue 1078",
	Check: func(s *lint.Subject, r *lint.Report) {
		v, ok := version(s)
		if !ok || !v.IsRHEL() || v.Number() != 7 || has(s, "eula") && has(s, "firstboot") || !closed(s) {
			return
		}
		for _, p := range file(s).Packages() {
			if !p.Excluded && slices.Contains(desktops, p.Name) {
				f := r.At(p.Line, p.Column, "%s brings initial-setup, which asks for the licence", shown(p))
				for _, c := range [][2]string{{"eula", "eula --agreed"}, {"firstboot", "firstboot --disable"}} {
					if !has(s, c[0]) {
						add(s, f, c[1])
					}
				}
				return
			}
		}
	}}

func shown(p kickstart.Package) string {
	switch p.Kind {
	case kickstart.GroupPackage:
		return "@" + p.Name
	case kickstart.EnvironmentPackage:
		return "@^" + p.Name
	}
	return p.Name
}
