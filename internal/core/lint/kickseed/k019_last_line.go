package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var lastLine = lint.Rule{ID: "K019", Title: "the last line has no end, and is not read", Kinds: kinds, Severity: lint.Error, Stage: "network",
	Effect: "the line is lost", Fix: "end the file with a newline", Why: source,
	Check: func(s *lint.Subject, r *lint.Report) {
		one(kickseed.LastLine)(s, r)
		r.Each(func(f *lint.Finding) { f.Replace(f.Line, len(s.Line(f.Line))+1, len(s.Line(f.Line))+1, "\n") })
	}}
