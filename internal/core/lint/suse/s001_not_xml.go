package suse

import "seedbed/internal/core/lint"

var notXML = lint.Rule{ID: "S001", Title: "the profile is not XML that can be read", Kinds: yast, Severity: lint.Error, Question: "autoyast/profile-error",
	Why: "AutoYaST's documentation: a profile must be well-formed", Fix: "mend the line; xmllint --noout FILE shows it too",
	Check: func(s *lint.Subject, r *lint.Report) {
		if d := profile(s); d.root == nil {
			r.At(d.line, 0, "not a profile: %s", d.err)
		}
	}}
