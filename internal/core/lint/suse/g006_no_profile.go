package suse

import "seedbed/internal/core/lint"

var noAgamaProfile = lint.Rule{ID: "G006", Title: "inst.auto= is not in the kernel arguments", Kinds: agama, Severity: lint.Error, Question: "agama/no-profile", Traps: []int{98},
	Why: "agama-autoinstall: only inst.auto= starts an unattended installation",
	Check: func(s *lint.Subject, r *lint.Report) {
		if _, ok := s.Arg("inst.auto"); s.ArgsKnown() && !ok {
			r.Place(s.ArgsAt, "")
		}
	}}
