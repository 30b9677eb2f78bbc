package debian

import (
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

var openEnd = lint.Rule{ID: "P006", Title: "a backslash does not do what it shall", Kinds: onlyPreseed, Severity: lint.Error, Stage: "network",
	Effect: "the answer is lost, or ends where the line ends", Fix: "let the backslash be the last character of a line that another follows",
	Why: "preseed-common's debconf-set-selections, run",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, f := range of(s).faults {
			if f.Cause == preseed.OpenEnd || f.Cause == preseed.BlankAfterBackslash {
				r.At(f.Line, f.Column, "%s", f.Msg)
			}
		}
	}}
