package suse

import "seedbed/internal/core/lint"

var reportBlocks = lint.Rule{ID: "S007", Title: "a message is shown until somebody answers it", Kinds: yast, Severity: lint.Warning, Question: "autoyast/profile-error", Stage: "end", Traps: []int{99},
	Effect: "with timeout 0 and show true an error or a warning waits for ever", Fix: "set a timeout, as 30, in report/messages, warnings and errors",
	Why: "AutoYaST's documentation, report: errors have the timeout 0 by default",
	Check: parsed(func(root *element, s *lint.Subject, r *lint.Report) {
		for _, kind := range []string{"messages", "warnings", "yesno_messages", "errors"} {
			e := root.at("report", kind)
			if t := e.at("timeout"); e.at("show").value() == "true" && t.value() == "0" {
				r.At(t.line, 0, "report/%s has the timeout 0", kind)
			}
		}
	})}
