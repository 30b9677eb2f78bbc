package redhat

import (
	"strings"

	"seedbed/internal/core/answer/kickstart/check"
	"seedbed/internal/core/lint"
)

const openSectionWords = "does not end with %end"

var refused = lint.Rule{ID: "R001", Title: "the release's reader refuses the line", Kinds: kinds, Severity: lint.Error, Question: "prompt/ks-error", Traps: []int{60, 73},
	Why: "the Kickstart commands and options of each release, as pykickstart 3.74 has them",
	Check: func(s *lint.Subject, r *lint.Report) {
		if report := verdict(s); report != nil {
			for _, p := range report.Problems {
				if p.Verdict == check.Error && !strings.Contains(p.Msg, openSectionWords) {
					r.At(p.Line, p.Column, "%s", p.Msg)
				}
			}
		}
	}}
