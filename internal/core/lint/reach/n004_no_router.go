package reach

import "seedbed/internal/core/lint"

var noWay = lint.Rule{ID: "N004", Title: "DHCP hands out no router, and packages come from outside the subnet", Severity: lint.Error, Stage: "packages",
	Kinds: kinds[2:], Effect: "the installer cannot reach its packages: it stops at its installation source, or fails",
	Fix: "add gateway: to the subnet, or take the packages from the image on this server",
	Why: "without DHCP's option 3 the machine has a route to its own subnet only (RFC 2132); debian-installer's form of it is D005",
	Check: way(func(s *lint.Subject, p lint.Source, r *lint.Report) {
		if !s.Subnet.Gateway.IsValid() && !s.Inside(p) {
			r.Place(s.SubnetAt, "subnet %s hands out no router, and %s lies elsewhere", s.Subnet.Network, by(p))
		}
	})}
