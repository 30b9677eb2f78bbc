package suse

import "seedbed/internal/core/lint"

var notJSON = lint.Rule{ID: "G001", Title: "the profile is not a JSON object", Kinds: agama, Severity: lint.Error, Question: "agama/no-profile",
	Effect: "Agama cannot read it, and waits for somebody", Fix: "mend the line; a .jsonnet file must be named so", Why: "Agama's documentation, unattended installation",
	Check: func(s *lint.Subject, r *lint.Report) {
		if o := settings(s); o.keys == nil {
			r.At(o.line, 0, "not a profile: %s", o.err)
		}
	}}
