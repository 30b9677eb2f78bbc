package suse

import "seedbed/internal/core/lint"

var tooNew = lint.Rule{ID: "S006", Title: "this release has Agama in AutoYaST's place", Kinds: yast, Severity: lint.Error, Question: "agama/no-profile", Traps: []int{98},
	Effect: "autoyast= is not read; by inst.auto= the sections that Agama does not know are skipped", Fix: "write an Agama profile: seedbed convert FILE --to agama",
	Why: "SLES 16 and Leap 16: the installer is Agama (agama-autoinstall)",
	Check: func(s *lint.Subject, r *lint.Report) {
		if n, ok := s.Release.SUSE(); ok && n >= 16 && n < 40 {
			r.At(0, 0, "%s is installed by Agama", s.Release)
		}
	}}
