package kickseed

import (
	"strings"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var endMarker = lint.Rule{ID: "K001", Title: "kickseed knows no %end", Kinds: kinds, Severity: lint.Error, Question: "debian-installer/main-menu/item-failure", Traps: []int{1},
	Effect: "after %packages it asks for a package named %end, and the step \"Select and install software\" fails; in a script it is a command that is not found",
	Fix:    "take the %end away: a section ends where the next begins", Why: source,
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, l := range kickseed.Parse(string(s.Text)).Lines() {
			if l.Keyword == "%end" || strings.HasPrefix(l.Text, "%end") {
				r.At(l.Line, l.Column, "").Delete(l.Line, l.Line)
			}
		}
	}}
