package reach

import "seedbed/internal/core/lint"

var noNames = lint.Rule{ID: "N005", Title: "DHCP hands out no name server, and packages come from a host by its name", Severity: lint.Error, Stage: "packages",
	Kinds: kinds, Effect: "the name is not resolved: the installer cannot reach its packages, and stops or fails",
	Fix: "add dns: to the subnet, give the host's address in place of its name, or take the packages from the image on this server",
	Why: "without DHCP's option 6 the installer has nobody to ask (RFC 2132)",
	Check: way(func(s *lint.Subject, p lint.Source, r *lint.Report) {
		if len(s.Subnet.DNS) == 0 && p.Named() && !s.Here(p) {
			r.Place(s.SubnetAt, "subnet %s hands out no DNS, and %s has a name to resolve", s.Subnet.Network, by(p))
		}
	})}
