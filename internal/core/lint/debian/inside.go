package debian

import (
	"net/netip"
	"strings"

	"seedbed/internal/core/lint"
)

// inside says that a host lies in the machine's own subnet, or is where this
// server's trees are.
func inside(s *lint.Subject, host string) bool {
	name, _, _ := strings.Cut(strings.Trim(host, "[]"), ":")
	if strings.Contains(s.Mirror, "://"+host+"/") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && s.Subnet != nil && s.Subnet.Network.Contains(a)
}
