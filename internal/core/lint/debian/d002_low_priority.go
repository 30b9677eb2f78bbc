package debian

import "seedbed/internal/core/lint"

var lowPriority = lint.Rule{ID: "D002", Title: "questions of priority high are asked too", Kinds: both, Severity: lint.Warning, Question: "debian-installer/main-menu",
	Stage: "language", Traps: []int{32}, Why: "debian-installer's manual, B.2.2: auto=true alone asks at priority high",
	Effect: "every question of priority high that the file does not answer is asked", Fix: "add priority=critical to the kernel arguments",
	Check: func(s *lint.Subject, r *lint.Report) {
		if p, _ := arg(s, "debconf/priority"); s.ArgsKnown() && p != "critical" {
			r.Place(s.ArgsAt, "")
		}
	}}
