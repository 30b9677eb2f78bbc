package debian

import "seedbed/internal/core/lint"

var noNames = lint.Rule{ID: "D004", Title: "DHCP hands out no name server", Kinds: both, Severity: lint.Error, Question: "netcfg/get_nameservers", Traps: []int{6},
	Why: "netcfg's dhcp.c: state NAMESERVERS asks at priority critical; seen in rehearsals",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Subnet == nil || len(s.Subnet.DNS) > 0 {
			return
		}
		if _, ok := arg(s, "netcfg/get_nameservers"); !ok {
			r.Place(s.SubnetAt, "subnet %s hands out no DNS", s.Subnet.Network)
		}
	}}
