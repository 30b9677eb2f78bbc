package suse

import "seedbed/internal/core/lint"

var confirms = lint.Rule{ID: "S002", Title: "general/mode/confirm is not false", Kinds: yast, Severity: lint.Error, Question: "autoyast/confirm", Traps: []int{94},
	Why: "AutoYaST's documentation: confirm is true by default, and the proposal is shown; machinery issue 478",
	Check: parsed(func(root *element, s *lint.Subject, r *lint.Report) {
		e := root.at("general", "mode", "confirm")
		if e.value() == "false" {
			return
		}
		line := root.line
		if e != nil {
			line = e.line
		}
		r.At(line, 0, "")
	})}
