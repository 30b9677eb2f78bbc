package debian

import (
	"strings"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

var trailing = lint.Rule{ID: "P004", Title: "blanks at the end of the line are part of the value", Kinds: onlyPreseed, Severity: lint.Warning, Stage: "network", Traps: []int{30},
	Effect: "a password, path or choice with a blank at its end is another one", Fix: "take them away",
	Why: "preseed-common's debconf-set-selections, run: the value is the rest of the line",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, f := range of(s).faults {
			if f.Cause != preseed.TrailingBlanks {
				continue
			}
			text := s.Line(f.Line)
			end := len(strings.TrimRight(text, " \t"))
			r.At(f.Line, end+1, "").Replace(f.Line, end+1, len(text)+1, "")
		}
	}}
