package redhat

import "seedbed/internal/core/lint"

var bootCard = lint.Rule{ID: "R022", Title: "with more than one network card the installer asks which to use", Kinds: kinds, Severity: lint.Error, Question: "prompt/networking-device", Traps: []int{65},
	Why: "community-templates issue 36: EL5 and EL6 ask before they fetch the file",
	Check: func(s *lint.Subject, r *lint.Report) {
		n, ok := s.Release.RHEL()
		if _, dev := s.Arg("ksdevice"); ok && n <= 6 && s.ArgsKnown() && !dev && s.Cards != 1 {
			r.Place(s.ArgsAt, "")
		}
	}}
