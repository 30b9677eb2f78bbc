package config

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/lease"
	"seedbed/internal/wire/dhcp"
	"seedbed/internal/wire/dhcp/packet"
)

func (r *reader) subnet(n *yaml.Node) {
	var s lease.Subnet
	var pools []*yaml.Node
	var gateway, optionsAt *yaml.Node
	var given []lease.Route // by options 121 and 249
	r.mapping(n, "a subnet", keys{
		"network": func(n *yaml.Node) {
			p, err := netip.ParsePrefix(n.Value)
			if err != nil || !p.Addr().Is4() || p.Bits() > 30 {
				r.bad(n, "as 192.168.0.0/24", "%q is not an IPv4 network", n.Value)
				return
			}
			if p != p.Masked() {
				r.bad(n, "write "+p.Masked().String(), "%s is an address inside a network, not the network", p)
			}
			s.Network = p.Masked()
		},
		"pools": func(n *yaml.Node) {
			r.list(n, "pools", func(c *yaml.Node) {
				if p, ok := r.pool(c); ok {
					s.Pools, pools = append(s.Pools, p), append(pools, c)
				}
			})
		},
		"gateway":        func(n *yaml.Node) { gateway = n; r.addr(n, &s.Gateway) },
		"dns":            func(n *yaml.Node) { r.addrs(n, "dns", &s.DNS) },
		"ntp":            func(n *yaml.Node) { r.addrs(n, "ntp", &s.NTP) },
		"domain":         func(n *yaml.Node) { r.str(n, &s.Domain) },
		"broadcast":      func(n *yaml.Node) { r.addr(n, &s.Broadcast) },
		"lease-time":     func(n *yaml.Node) { r.term(n, &s.LeaseTime) },
		"max-lease-time": func(n *yaml.Node) { r.term(n, &s.MaxLease) },
		"next-server":    func(n *yaml.Node) { r.addr(n, &s.NextServer) },
		"boot-file":      func(n *yaml.Node) { r.str(n, &s.BootFile) },
		"options":        func(n *yaml.Node) { optionsAt = n; r.options(n, &s.Options, &given) },
		"routes":         func(n *yaml.Node) { r.list(n, "routes", func(n *yaml.Node) { r.subnetRoute(n, &s.Routes) }) },
		"rapid-commit":   func(n *yaml.Node) { r.boolean(n, &s.RapidCommit) },
		"identity": func(n *yaml.Node) {
			var word string
			r.oneOf(n, &word, "mac", "client-id")
			s.ClientIDFirst = word == "client-id"
		},
	})
	if given != nil {
		if s.Routes != nil && !slices.Equal(s.Routes, given) {
			r.bad(optionsAt, "keep routes:, which serves 121, 249 and 3", "options gives other routes than routes: does")
		}
		s.Routes = given
	}
	if !s.Network.IsValid() {
		r.bad(n, "add network: 192.168.0.0/24", "this subnet has no network")
		return
	}
	r.cfg.At["subnet "+s.Network.String()] = r.at(n)
	r.cfg.Subnets = append(r.cfg.Subnets, s)
	r.marks.subnets = append(r.marks.subnets, n)
	r.marks.pools = append(r.marks.pools, pools)
	r.marks.gateway = append(r.marks.gateway, gateway)
}

func (r *reader) pool(n *yaml.Node) (lease.Range, bool) {
	first, last, ok := strings.Cut(n.Value, "-")
	if !ok {
		last = first
	}
	a, err := netip.ParseAddr(strings.TrimSpace(first))
	b, err2 := netip.ParseAddr(strings.TrimSpace(last))
	if err != nil || err2 != nil || !a.Is4() || !b.Is4() {
		r.bad(n, "as 192.168.0.210-192.168.0.220", "%q is not a range of addresses", n.Value)
		return lease.Range{}, false
	}
	if b.Less(a) {
		r.bad(n, "write "+b.String()+"-"+a.String(), "the range %s ends before it starts", n.Value)
		return lease.Range{}, false
	}
	return lease.Range{First: a, Last: b}, true
}

func (r *reader) options(n *yaml.Node, into *[]lease.Option, given *[]lease.Route) {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		r.bad(n, "as options: {150: 192.168.0.150}", "options must be a mapping")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		var values []string
		r.strs(deref(n.Content[i+1]), "an option", &values)
		o, err := dhcp.ParseOption(n.Content[i].Value, values)
		if err != nil {
			r.bad(n.Content[i], "", "%v", err)
			continue
		}
		if o.Code == packet.OptRoutes || o.Code == packet.OptRoutesMS {
			// As routes, 121, 249 and 3 say the same to whoever asks for which.
			routes, err := dhcp.ParseRoutes(o.Data)
			switch {
			case err != nil:
				r.bad(n.Content[i], "write routes: [{to: 10.0.0.0/8, via: 192.168.0.254}] instead", "option %d: %v", o.Code, err)
			case *given != nil && !slices.Equal(*given, routes):
				r.bad(n.Content[i], "keep one of them: routes: serves both options", "option %d gives other routes than those given already", o.Code)
			}
			*given = routes
			continue
		}
		*into = append(*into, o)
	}
}

// subnetRoute reads {to: 10.0.0.0/8, via: 192.168.0.254}.
func (r *reader) subnetRoute(n *yaml.Node, into *[]lease.Route) {
	var x lease.Route
	r.mapping(n, "a route", keys{
		"to": func(n *yaml.Node) {
			p, err := netip.ParsePrefix(n.Value)
			if err != nil || !p.Addr().Is4() || p != p.Masked() {
				r.bad(n, "as 10.0.0.0/8, or 0.0.0.0/0 for all the rest", "%q is not an IPv4 network", n.Value)
				return
			}
			x.To = p
		},
		"via": func(n *yaml.Node) { r.addr(n, &x.Via) },
	})
	if x.To.IsValid() && x.Via.IsValid() {
		*into = append(*into, x)
		return
	}
	r.bad(n, "as {to: 10.0.0.0/8, via: 192.168.0.254}", "a route needs to and via")
}

// term is the length of a lease, which may be infinite.
func (r *reader) term(n *yaml.Node, into *time.Duration) {
	if n.Value == "infinite" {
		*into = lease.Infinite
		return
	}
	if r.duration(n, into); *into >= lease.Infinite {
		r.bad(n, "write infinite, if that is meant", "%s is longer than a lease can be", n.Value)
	}
}
