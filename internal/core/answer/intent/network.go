package intent

import (
	"net/netip"
	"strings"
)

// Network is the new system's. Empty means DHCP on the interface that the
// machine booted from.
type Network struct {
	Interfaces []Interface
	DNS        []netip.Addr // for all interfaces
	Search     []string     // domains
}

// The ways to get an IPv4 address.
const (
	DHCP   = "dhcp"
	Static = "static"
	Lease  = "lease" // static: what this server leased or reserved, with the subnet's gateway and DNS
	None   = "none"
)

// Interface is one network interface: a card, by Name or MAC or, with
// neither, the one that the machine booted from; or a VLAN or bond, by Name.
type Interface struct {
	Name      string // as eth0, bond0, vlan10; for others to name it
	MAC       string // of a card, in lower case with colons
	Method    string // "" Static where there are Addresses, else DHCP
	Addresses []netip.Prefix
	Gateway   netip.Addr
	DNS       []netip.Addr
	Search    []string
	Routes    []Route
	MTU       int
	VLAN      int      // the VLAN's number, of the interface On; 0 none
	On        string   // the name of an interface above, for VLAN
	Bond      []string // the names of the bond's interfaces; empty: it is none
	Mode      string   // of the bond, as 802.3ad; "" active-backup
	Optional  bool     // the boot does not wait for it
}

// Route is a static one.
type Route struct {
	To     netip.Prefix
	Via    netip.Addr
	Metric int
}

// Way is how the interface gets its address.
func (i Interface) Way() string {
	switch {
	case i.Method != "":
		return i.Method
	case len(i.Addresses) > 0:
		return Static
	}
	return DHCP
}

// Card says whether it is a piece of hardware.
func (i Interface) Card() bool { return i.VLAN == 0 && len(i.Bond) == 0 }

// Boot says whether it is the card that the machine booted from.
func (i Interface) Boot() bool { return i.Card() && i.Name == "" && i.MAC == "" }

// Plain says whether the network is DHCP on the boot interface and nothing
// more.
func (n Network) Plain() bool {
	if len(n.DNS) > 0 || len(n.Search) > 0 {
		return false
	}
	switch len(n.Interfaces) {
	case 0:
		return true
	case 1:
		i := n.Interfaces[0]
		return i.Boot() && i.Way() == DHCP && i.MTU == 0 && len(i.Routes)+len(i.DNS)+len(i.Search) == 0
	}
	return false
}

// Find is the interface of that name, or nil.
func (n Network) Find(name string) *Interface {
	for i := range n.Interfaces {
		if n.Interfaces[i].Name == name && name != "" {
			return &n.Interfaces[i]
		}
	}
	return nil
}

// Enslaved says whether the interface belongs to a bond: it then has no
// address of its own.
func (n Network) Enslaved(name string) bool {
	for _, i := range n.Interfaces {
		for _, b := range i.Bond {
			if b == name && name != "" {
				return true
			}
		}
	}
	return false
}

// Settled is the network with what this server knows filled in: the boot
// card's MAC where it is known, leases as static addresses, the network's DNS
// and search domains on each interface that has an address and none of its
// own. With nothing said it is one interface on DHCP.
func (n Network) Settled(s Subject) []Interface {
	if len(n.Interfaces) == 0 {
		n.Interfaces = []Interface{{}}
	}
	out := make([]Interface, len(n.Interfaces))
	for k, i := range n.Interfaces {
		if i.Boot() && !s.Machine.MAC().IsZero() {
			i.MAC = s.Machine.MAC().String()
		}
		i.Method = i.Way()
		if n.Enslaved(i.Name) {
			i.Method = None
		}
		if i.Method == Lease {
			i = i.leased(s)
		}
		if i.Method == Static || i.Method == DHCP {
			if len(i.DNS) == 0 {
				i.DNS = n.DNS
			}
			if len(i.Search) == 0 {
				i.Search = n.Search
			}
		}
		out[k] = i
	}
	return out
}

// leased is the interface with the machine's lease, or its reservation, as a
// static address; with neither it stays on DHCP.
func (i Interface) leased(s Subject) Interface {
	addr := s.Lease.Address
	if !addr.IsValid() {
		addr = s.Machine.Address
	}
	if !addr.IsValid() || s.Subnet == nil {
		i.Method = DHCP
		return i
	}
	i.Method = Static
	i.Addresses = []netip.Prefix{netip.PrefixFrom(addr, s.Subnet.Network.Bits())}
	if !i.Gateway.IsValid() {
		i.Gateway = s.Subnet.Gateway
	}
	if len(i.DNS) == 0 {
		i.DNS = s.Subnet.DNS
	}
	if len(i.Search) == 0 && s.Subnet.Domain != "" {
		i.Search = []string{s.Subnet.Domain}
	}
	return i
}

// HostNameFor is the new system's name. The pattern may hold {name}, {mac}
// (without colons) and {address} (with hyphens for dots).
func (in *Install) HostNameFor(s Subject) string {
	if in == nil || in.HostName == "" {
		return s.HostName
	}
	addr := s.Lease.Address
	if !addr.IsValid() {
		addr = s.Machine.Address
	}
	address := ""
	if addr.IsValid() {
		address = strings.NewReplacer(".", "-", ":", "-").Replace(addr.String())
	}
	return strings.NewReplacer(
		"{name}", s.HostName,
		"{mac}", strings.ReplaceAll(s.Machine.MAC().String(), ":", ""),
		"{address}", address,
	).Replace(in.HostName)
}
