package suse

import "seedbed/internal/core/lint"

var tooOld = lint.Rule{ID: "G007", Title: "this release has AutoYaST, not Agama", Kinds: agama, Severity: lint.Error, Question: "autoyast/profile-error",
	Effect: "the installer cannot read a JSON profile", Fix: "write an AutoYaST profile: seedbed convert FILE --to autoyast", Why: "SUSE releases up to 15 are installed by YaST",
	Check: func(s *lint.Subject, r *lint.Report) {
		if n, ok := s.Release.SUSE(); ok && n > 0 && n < 16 {
			r.At(0, 0, "%s is installed by AutoYaST", s.Release)
		}
	}}
