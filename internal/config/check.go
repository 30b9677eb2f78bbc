package config

import (
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// check looks at what single values cannot show.
func (r *reader) check() {
	if len(r.cfg.Interfaces) == 0 {
		r.bad(r.marks.interfaces, "add interfaces: [eth1]; nothing is answered on any other", "no interface is named")
	}
	for i := range r.cfg.Subnets {
		r.checkSubnet(i)
	}
	r.checkPools()
	r.checkMachines()
	r.checkReferences()
	r.checkMenu()
}

func (r *reader) checkSubnet(i int) {
	s, n := &r.cfg.Subnets[i], r.marks.subnets[i]
	for j := range i {
		if o := r.cfg.Subnets[j]; o.Network.Overlaps(s.Network) {
			r.bad(n, "make one subnet of them, or change one", "network %s overlaps %s of line %d", s.Network, o.Network, r.marks.subnets[j].Line)
		}
	}
	if s.Gateway.IsValid() && !s.Network.Contains(s.Gateway) {
		r.bad(r.marks.gateway[i], "", "the gateway %s is outside %s", s.Gateway, s.Network)
	}
	if len(s.DNS) == 0 && r.cfg.DHCP == "server" {
		r.add(n, "warning", "add dns: [ADDRESS]; any address that answers or refuses quickly will do",
			"subnet %s hands out no DNS: debian-installer stops and asks netcfg/get_nameservers", s.Network)
	}
	if s.LeaseTime == lease.Infinite && s.MaxLease != lease.Infinite {
		r.bad(n, "add max-lease-time: infinite, if that is meant", "lease-time of %s is infinite, and max-lease-time does not allow that", s.Network)
	} else if s.MaxLease != 0 && s.LeaseTime > s.MaxLease {
		r.bad(n, "", "lease-time of %s is longer than its max-lease-time", s.Network)
	}
}

func (r *reader) checkPools() {
	type placed struct {
		lease.Range
		node *yaml.Node
	}
	var all []placed
	for i, s := range r.cfg.Subnets {
		for j, p := range s.Pools {
			n := r.marks.pools[i][j]
			if !s.Network.Contains(p.First) || !s.Network.Contains(p.Last) {
				r.bad(n, "keep it inside the subnet's network", "pool %s is outside its subnet %s", n.Value, s.Network)
			}
			if first, last := s.Network.Addr(), broadcast(s.Network); p.Contains(first) || p.Contains(last) {
				r.bad(n, "leave out "+first.String()+" and "+last.String(), "pool %s holds the network's own or its broadcast address", n.Value)
			}
			for _, o := range all {
				if o.First.Compare(p.Last) <= 0 && p.First.Compare(o.Last) <= 0 {
					r.bad(n, "make one pool of them, or change one", "pool %s overlaps pool %s of line %d", n.Value, o.node.Value, o.node.Line)
				}
			}
			all = append(all, placed{p, n})
		}
	}
}

func broadcast(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

func (r *reader) checkMachines() {
	names, addrs, macs := map[string]int{}, map[netip.Addr]int{}, map[machine.MAC]int{}
	ids, ports := map[string]int{}, map[machine.Port]int{}
	for i, m := range r.cfg.Machines {
		n := r.marks.machines[i]
		if j, twice := names[m.Name]; twice && m.Name != "" {
			r.bad(n, "rename one", "machine %q stands on line %d already", m.Name, r.marks.machines[j].Line)
		}
		names[m.Name] = i
		for _, mac := range m.MACs {
			if j, twice := macs[mac]; twice {
				r.bad(n, "a MAC address belongs to one machine", "%s is machine %q already (line %d)", mac, r.cfg.Machines[j].Name, r.marks.machines[j].Line)
			}
			macs[mac] = i
		}
		if j, twice := ids[m.ClientID]; twice && m.ClientID != "" {
			r.bad(n, "a client-id belongs to one machine", "its client-id is that of machine %q (line %d)", r.cfg.Machines[j].Name, r.marks.machines[j].Line)
		}
		ids[m.ClientID] = i
		if j, twice := ports[m.Port]; twice && m.Port != (machine.Port{}) {
			r.bad(n, "a port belongs to one machine", "its relay-port is that of machine %q (line %d)", r.cfg.Machines[j].Name, r.marks.machines[j].Line)
		}
		ports[m.Port] = i
		if !m.Address.IsValid() {
			continue
		}
		if j, twice := addrs[m.Address]; twice {
			r.bad(r.marks.address[i], "an address belongs to one machine", "%s is reserved for %q already (line %d)", m.Address, r.cfg.Machines[j].Name, r.marks.machines[j].Line)
		}
		addrs[m.Address] = i
		inside := false
		for _, s := range r.cfg.Subnets {
			inside = inside || s.Network.Contains(m.Address)
			if m.Address == s.Gateway || m.Address == s.Network.Addr() && s.Network.Contains(m.Address) || m.Address == broadcast(s.Network) {
				r.bad(r.marks.address[i], "choose another", "the address %s of %q is the gateway's, the network's or its broadcast address", m.Address, m.Name)
			}
		}
		if !inside && r.cfg.DHCP == "server" {
			r.bad(r.marks.address[i], "add a subnet that holds it", "the address %s of %q is in no subnet", m.Address, m.Name)
		}
	}
}

func (r *reader) checkReferences() {
	known := func(name string) bool { _, ok := r.cfg.Boot.Profiles[name]; return ok }
	list := "profiles: " + strings.Join(r.cfg.Boot.Order, ", ")
	for i, m := range r.cfg.Machines {
		if m.Profile != "" && !known(m.Profile) {
			r.bad(r.marks.profileOf[i], list, "machine %q names a profile that is not there: %q", m.Name, m.Profile)
		}
	}
	b := r.cfg.Boot
	switch {
	case b.Unknown == "menu" || b.Unknown == "ignore":
	case !known(b.Unknown):
		r.bad(r.marks.unknown, "menu, ignore, or one of the "+list, "unknown-machines names a profile that is not there: %q", b.Unknown)
	default:
		r.add(r.marks.unknown, "warning", "use it only on a wire that holds nothing but machines to be erased",
			"every machine that boots on this wire is erased and installed as %q", b.Unknown)
	}
	if b.Default != "" && b.Default != script.LocalLabel && !known(b.Default) {
		r.bad(r.marks.deflt, "local, or one of the "+list, "menu.default names a profile that is not there: %q", b.Default)
	}
}
