package redhat

import (
	"seedbed/internal/core/answer/kickstart/check"
	"seedbed/internal/core/lint"
)

var deprecated = lint.Rule{ID: "R002", Title: "the release's reader warns of the line", Kinds: kinds, Severity: lint.Warning, Stage: "language",
	Effect: "it is read; a later release refuses it, and inst.ksstrict refuses it now", Fix: "write it as the release's documentation has it",
	Why: "the Kickstart commands and options of each release, as pykickstart 3.74 has them",
	Check: func(s *lint.Subject, r *lint.Report) {
		if report := verdict(s); report != nil {
			for _, p := range report.Problems {
				if p.Verdict == check.Deprecated || p.Verdict == check.Warning {
					r.At(p.Line, p.Column, "%s", p.Msg)
				}
			}
		}
	}}
