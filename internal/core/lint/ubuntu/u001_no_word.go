package ubuntu

import "seedbed/internal/core/lint"

var noWord = lint.Rule{ID: "U001", Title: "the word autoinstall is not in the kernel arguments", Kinds: kinds, Severity: lint.Error,
	Question: "subiquity/confirm", Traps: []int{78}, Why: "Ubuntu's autoinstall documentation, zero-touch; subiquity server/controllers/install.py",
	Check: func(s *lint.Subject, r *lint.Report) {
		if _, ok := s.Arg("autoinstall"); s.ArgsKnown() && !ok {
			r.Place(s.ArgsAt, "")
		}
	}}
