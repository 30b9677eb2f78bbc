package suse

import "seedbed/internal/core/lint"

var registration = lint.Rule{ID: "S005", Title: "SLES 15 is to be installed, and neither registration nor another repository is given", Kinds: yast, Severity: lint.Warning, Question: "autoyast/registration",
	Traps: []int{97}, Why: "SLES 15: the online medium holds the installer alone; the full one has the modules as add-ons",
	Check: parsed(func(root *element, s *lint.Subject, r *lint.Report) {
		n, ok := s.Release.SUSE()
		if sles := s.Release.Distro == "sles" || s.Release.Distro == "sle"; !ok || !sles || n != 15 {
			return
		}
		if root.at("suse_register", "do_registration").value() == "true" || root.at("add-on", "add_on_products") != nil || root.at("add-on", "add_on_others") != nil {
			return
		}
		r.At(root.line, 0, "")
	})}
