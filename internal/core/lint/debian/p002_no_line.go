package debian

import (
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

var noLine = lint.Rule{ID: "P002", Title: "a line is no answer: owner, key and type are needed", Kinds: onlyPreseed, Severity: lint.Error, Question: "preseed/load_error", Traps: []int{28},
	Why: "preseed-common's debconf-set-selections, run: it stops at such a line and drops the rest of the file",
	Fix: "write it as: d-i KEY TYPE VALUE",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, f := range of(s).faults {
			if f.Fatal && f.Cause != preseed.IndentedComment {
				r.At(f.Line, f.Column, "%s: the rest of the file is dropped", f.Msg)
			}
		}
	}}
