package kickseed

import (
	"slices"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var droppedLine = lint.Rule{ID: "K018", Title: "kickseed drops the line", Kinds: kinds, Severity: lint.Error, Stage: "storage",
	Effect: "nothing of the line reaches the installer, which asks what it would have answered", Fix: "write it as kickseed reads it (docs/reference/kickseed.md)", Why: source,
	Check: func(s *lint.Subject, r *lint.Report) {
		said := map[int]bool{} // by a rule that knows the option
		for _, f := range findings(s) {
			if f.Cause == kickseed.UnknownOption {
				said[f.Line] = true
			}
		}
		each(func(c string, f kickseed.Finding) bool {
			other := slices.Contains([]string{"raid", "langsupport", "keyboard", "autopart"}, c)
			return f.Cause == kickseed.Arguments && f.Effect == kickseed.Dropped && !said[f.Line] && !other
		})(s, r)
	}}
