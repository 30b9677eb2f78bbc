package settings

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// Settle looks at what single statements cannot show, and takes out what our
// settings refuse. Each thing that goes is in the report.
func (d *Draft) Settle() {
	if len(d.Interfaces) == 0 {
		d.Interfaces = []string{"eth1"}
		d.Change(fault.Position{}, "interfaces", "no file names one: eth1 stands there, put yours (ip link lists them), or give --interface")
	}
	if d.Proxy && len(d.Subnets) > 0 {
		d.Proxy = false
		d.Lose(d.Subnets[0].At, "DHCP as a proxy", "this file hands out addresses, and Seedbed is a server or a proxy, not both")
	}
	d.subnets()
	d.names()
	d.identities()
	d.addresses()
	d.Machines = slices.DeleteFunc(d.Machines, func(m *Machine) bool {
		none := len(m.MACs) == 0 && m.ClientID == ""
		if none {
			d.Lose(m.At, "machine "+m.Name, "it has neither a MAC address nor a client-id")
		}
		return none
	})
}

func (d *Draft) subnets() {
	var good []*Subnet
	var taken []lease.Range
	for _, s := range d.Subnets {
		what := "subnet " + s.Network.String()
		other := slices.IndexFunc(good, func(o *Subnet) bool { return o.Network.Overlaps(s.Network) })
		switch {
		case s.Network.Bits() > 30 || s.Network.Bits() == 0:
			d.Lose(s.At, what, "a subnet of Seedbed's is a /1 to a /30")
			continue
		case other >= 0:
			d.Lose(s.At, what, "it overlaps %s of %s", good[other].Network, good[other].At)
			continue
		}
		taken = d.pools(s, taken)
		d.terms(s, what)
		if s.Gateway.IsValid() && !s.Network.Contains(s.Gateway) {
			s.Gateway = netip.Addr{}
		}
		good = append(good, s)
	}
	d.Subnets = good
}

// pools keeps those that lie inside, without the first and the last address.
func (d *Draft) pools(s *Subnet, taken []lease.Range) []lease.Range {
	first, last := s.Network.Addr(), Last(s.Network)
	var good []lease.Range
	for i, p := range s.Pools {
		at, what := s.PoolsAt[i], "range "+poolText(p)
		if p.Last.Less(p.First) {
			p.First, p.Last = p.Last, p.First
			d.Change(at, what, "it ran backwards")
		}
		if !s.Network.Contains(p.First) || !s.Network.Contains(p.Last) {
			d.Lose(at, what, "it is outside its subnet %s", s.Network)
			continue
		}
		if p.First == first {
			p.First = p.First.Next()
			d.Change(at, what, "%s is the network's own address and is left out", first)
		}
		if p.Last == last {
			p.Last = p.Last.Prev()
			d.Change(at, what, "%s is the broadcast address and is left out", last)
		}
		if p.Last.Less(p.First) {
			continue
		}
		if slices.ContainsFunc(taken, func(o lease.Range) bool { return o.First.Compare(p.Last) <= 0 && p.First.Compare(o.Last) <= 0 }) {
			d.Lose(at, what, "it overlaps another range")
			continue
		}
		taken, good = append(taken, p), append(good, p)
	}
	s.Pools, s.PoolsAt = good, nil
	return taken
}

// terms keeps the usual length of a lease within the longest.
func (d *Draft) terms(s *Subnet, what string) {
	if s.LeaseTime > lease.Infinite {
		s.LeaseTime = lease.Infinite
	}
	if s.MaxLease > lease.Infinite {
		s.MaxLease = lease.Infinite
	}
	if s.LeaseTime > s.MaxLease && s.MaxLease != 0 {
		d.Change(s.At, what, "the usual lease was longer than the longest one: both are %s", s.MaxLease)
		s.LeaseTime = s.MaxLease
	}
}

// names gives each machine a name of its own that is a word.
func (d *Draft) names() {
	taken := map[string]bool{}
	for i, m := range d.Machines {
		name := word(m.Name)
		if name == "" && len(m.MACs) > 0 {
			name = "m-" + m.MACs[0].Hyphened()
		} else if name == "" {
			name = fmt.Sprintf("machine%d", i+1)
		}
		if taken[name] {
			base := name[:min(len(name), 55)]
			for n := 2; taken[name]; n++ {
				name = fmt.Sprintf("%s-%d", base, n)
			}
		}
		if name != m.Name && m.Name != "" {
			d.Change(m.At, "machine "+m.Name, "it is called %s: a name has letters, digits and hyphens, and is one machine's", name)
		} else if m.Name == "" {
			d.Change(m.At, "a machine without a name", "it is called %s", name)
		}
		m.Name, taken[name] = name, true
	}
}

// word is a text as a name of our settings can be.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, s)
	s = strings.Trim(s[:min(len(s), 63)], "-")
	return strings.TrimLeft(s, ".-")
}

// identities lets the first of two machines have what both claim.
func (d *Draft) identities() {
	macs, ids := map[machine.MAC]*Machine{}, map[string]*Machine{}
	for _, m := range d.Machines {
		m.MACs = slices.DeleteFunc(m.MACs, func(a machine.MAC) bool {
			o := macs[a]
			switch {
			case o == m:
			case o != nil:
				d.Lose(m.At, "machine "+m.Name+" by "+a.String(), "that address is machine %s already (%s): a machine is one, with one reservation", o.Name, o.At)
			default:
				macs[a] = m
			}
			return o != nil
		})
		if o := ids[m.ClientID]; o != nil && m.ClientID != "" {
			d.Lose(m.At, "client-id of machine "+m.Name, "it is that of machine %s already (%s)", o.Name, o.At)
			m.ClientID = ""
		}
		if len(m.ClientID) > 255 || len(m.ClientID) == 1 && !plain(m.ClientID) {
			d.Lose(m.At, "client-id of machine "+m.Name, "it is longer than 255 bytes, or one byte alone")
			m.ClientID = ""
		}
		ids[m.ClientID] = m
	}
}

// addresses takes out reservations that no subnet could give.
func (d *Draft) addresses() {
	taken := map[netip.Addr]*Machine{}
	for _, m := range d.Machines {
		if !m.Address.IsValid() {
			continue
		}
		what := fmt.Sprintf("the address %s of machine %s", m.Address, m.Name)
		i := slices.IndexFunc(d.Subnets, func(s *Subnet) bool { return s.Network.Contains(m.Address) })
		o := taken[m.Address]
		switch {
		case o != nil:
			d.Lose(m.At, what, "it is reserved for %s already (%s)", o.Name, o.At)
		case i < 0 && !d.Proxy:
			d.Lose(m.At, what, "no subnet holds it")
		case i >= 0 && (m.Address == d.Subnets[i].Gateway || m.Address == d.Subnets[i].Network.Addr() || m.Address == Last(d.Subnets[i].Network)):
			d.Lose(m.At, what, "it is the gateway's, the network's or its broadcast address")
		default:
			taken[m.Address] = m
			continue
		}
		m.Address = netip.Addr{}
	}
}

// plain says that a text can stand in one line of settings as it is.
func plain(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func poolText(p lease.Range) string {
	if p.First == p.Last {
		return p.First.String()
	}
	return p.First.String() + "-" + p.Last.String()
}
