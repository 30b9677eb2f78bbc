package redhat

import "seedbed/internal/core/lint"

var layouts = []string{"autopart", "part", "partition", "logvol", "raid", "btrfs", "mount", "reqpart", "ostreecontainer"}

var storage = lint.Rule{ID: "R013", Title: "there is no partitioning", Kinds: kinds, Severity: lint.Error, Question: "spoke/storage", Traps: []int{57},
	Why: "up to RHEL 7 \"Kickstart insufficient\"; from 8 on autopart is assumed, in what space is free: pykickstart issue 377",
	Fix: "say it: zerombr, clearpart --all --initlabel and autopart, or part commands",
	Check: func(s *lint.Subject, r *lint.Report) {
		if closed(s) && !has(s, layouts...) {
			r.At(0, 0, "")
		}
	}}
