package redhat

import "seedbed/internal/core/lint"

var zerombr = lint.Rule{ID: "R010", Title: "a disk without a partition table asks whether to initialise it", Kinds: kinds, Severity: lint.Error, Question: "prompt/zerombr", Traps: []int{55},
	Why: "RHEL 6.3 (anaconda 13.21.176-1) and later; openshift-extras issue 54, rocksclusters base issue 11",
	Check: func(s *lint.Subject, r *lint.Report) {
		v, ok := version(s)
		if c := file(s).Command("clearpart"); c != nil && ok && v.Since(16, 6) && !has(s, "zerombr") && closed(s) {
			r.At(c.Line, 1, "clearpart without zerombr")
		}
	}}
