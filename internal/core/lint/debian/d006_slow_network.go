package debian

import "seedbed/internal/core/lint"

var slowNetwork = lint.Rule{ID: "D006", Title: "a switch port that forwards late is not waited for", Kinds: both, Severity: lint.Warning, Question: "netcfg/dhcp_failed",
	Traps: []int{53}, Why: "netcfg gives DHCP 25 s; a port with spanning tree and without portfast blocks for 30 s and more",
	Fix: "add netcfg/dhcp_timeout=60 to the kernel arguments",
	Check: func(s *lint.Subject, r *lint.Report) {
		if _, ok := arg(s, "netcfg/dhcp_timeout"); s.ArgsKnown() && !ok {
			r.Place(s.ArgsAt, "")
		}
	}}
