package debian

import "seedbed/internal/core/lint"

var noRouter = lint.Rule{ID: "D005", Title: "DHCP hands out no router, and the mirror is outside the subnet", Kinds: both, Severity: lint.Error,
	Question: "mirror/bad", Why: "netcfg leaves the route table empty then: choose-mirror cannot reach the mirror",
	Fix: "add gateway: to the subnet, or take the packages from the image on this server",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Subnet == nil || s.Subnet.Gateway.IsValid() {
			return
		}
		host, _ := value(s, "mirror/http/hostname")
		if host != "" && !inside(s, host) {
			r.Place(s.SubnetAt, "subnet %s hands out no router, and the mirror %q lies elsewhere", s.Subnet.Network, host)
		}
	}}
