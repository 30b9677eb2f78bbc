package redhat

import "seedbed/internal/core/lint"

var network = lint.Rule{ID: "R016", Title: "the source is remote, and no network is set up", Kinds: kinds, Severity: lint.Error, Question: "spoke/network", Traps: []int{56},
	Why: "pyanaconda's network spoke is mandatory when the source is remote",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !closed(s) || !s.ArgsKnown() || has(s, "network") {
			return
		}
		if _, ok := s.Arg("ip", "BOOTIF", "ksdevice", "inst.ks.device"); !ok {
			r.At(0, 0, "")
		}
	}}
