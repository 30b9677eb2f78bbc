package ubuntu

import "seedbed/internal/core/lint"

var tooOld = lint.Rule{ID: "U029", Title: "this release has no autoinstall", Kinds: kinds, Severity: lint.Error, Question: "subiquity/language",
	Effect: "the live installer before 20.04 reads no answer file and asks everything", Fix: "take 20.04 or newer, or the classic installer with a preseed file",
	Why: "Ubuntu's autoinstall documentation: from 20.04 on",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Release.Distro == "ubuntu" && s.Release.Major > 0 && s.Release.Ubuntu(1, 1910) {
			r.At(0, 0, "%s has no autoinstall", s.Release)
		}
	}}
