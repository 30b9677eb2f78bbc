package ubuntu

import "seedbed/internal/core/lint"

var isoAsConfig = lint.Rule{ID: "U004", Title: "url= names the ISO, and cloud-init reads url= as its configuration", Severity: lint.Warning, Stage: "network",
	Effect: "the ISO is downloaded twice, and a machine with little memory runs out of it", Traps: []int{81},
	Why: "cloud-init, cmd/main.py: both cloud-config-url and url are read", Fix: "add cloud-config-url=/dev/null to the kernel arguments",
	Check: func(s *lint.Subject, r *lint.Report) {
		_, url := s.Arg("url")
		if _, other := s.Arg("cloud-config-url"); url && !other && s.Release.Ubuntu(1804, 0) && live(s) {
			r.Place(s.ArgsAt, "")
		}
	}}

// live says that the arguments start a live installer, not debian-installer.
func live(s *lint.Subject) bool {
	_, word := s.Arg("autoinstall")
	_, ds := s.Arg("ds")
	return word || ds
}
