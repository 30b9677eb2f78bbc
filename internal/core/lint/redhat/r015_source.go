package redhat

import "seedbed/internal/core/lint"

var source = lint.Rule{ID: "R015", Title: "there is no installation source", Kinds: kinds, Severity: lint.Error, Question: "spoke/source", Traps: []int{56},
	Why: "pyanaconda's source spoke is mandatory",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !closed(s) || has(s, "url", "cdrom", "nfs", "harddrive", "liveimg", "hmc", "ostreesetup", "ostreecontainer", "bootc", "rhsm", "module") {
			return
		}
		if _, ok := s.Arg("inst.repo", "repo", "method", "inst.stage2"); ok || !s.ArgsKnown() {
			return
		}
		r.At(0, 0, "neither the file nor inst.repo= names a source")
	}}
