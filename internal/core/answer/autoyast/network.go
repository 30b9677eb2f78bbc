package autoyast

import (
	"fmt"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/network"
)

// networking is the section of that name. Cards that are known by their MAC
// address get a name by a rule of udev's.
func (w *writer) networking() node {
	n := group("networking", boolean("keep_install_network", w.in.Network.Plain()))
	dns := group("dns", boolean("dhcp_hostname", false), text("hostname", intent.Or(w.in.HostNameFor(w.s), "localhost")))
	if w.s.Domain != "" {
		dns.add(text("domain", w.s.Domain))
	}
	if w.in.Network.Plain() {
		n.add(dns)
		return n
	}
	names, search, seen := list("nameservers"), list("searchlist"), map[string]bool{}
	interfaces, rules, routes := list("interfaces"), list("net-udev"), list("routes")
	called := map[string]string{}
	for k, i := range w.in.Network.Settled(w.s) {
		at := fmt.Sprintf("network.interfaces[%d].", k)
		name := i.Name
		if name == "" {
			name = fmt.Sprintf("eth%d", k)
		}
		called[i.Name] = name
		if i.MAC != "" {
			rules.add(group("rule", text("name", name), text("rule", "ATTR{address}"), text("value", i.MAC)))
		}
		for _, d := range i.DNS {
			if !seen[d.String()] {
				names.add(text("nameserver", d.String()))
			}
			seen[d.String()] = true
		}
		for _, d := range i.Search {
			if !seen[d] {
				search.add(text("search", d))
			}
			seen[d] = true
		}
		interfaces.add(w.card(at, i, name, called))
		if i.Gateway.IsValid() {
			routes.add(group("route", text("destination", "default"), text("device", name), text("gateway", i.Gateway.String()), text("netmask", "-")))
		}
		routes.add(w.routes(at, i, name)...)
	}
	if len(names.children) > 0 {
		dns.add(names)
	}
	if len(search.children) > 0 {
		dns.add(search)
	}
	n.add(dns, interfaces)
	if len(rules.children) > 0 {
		n.add(rules)
	}
	if len(routes.children) > 0 {
		n.add(group("routing", routes))
	}
	return n
}

func (w *writer) card(at string, i intent.Interface, name string, called map[string]string) node {
	n := group("interface", text("device", name))
	mode := "auto"
	if i.Optional {
		mode = "hotplug"
	}
	n.add(text("startmode", mode))
	switch {
	case i.Way() == intent.DHCP:
		n.add(text("bootproto", "dhcp"))
	case i.Way() == intent.None:
		n.add(text("bootproto", "none"))
	default:
		n.add(text("bootproto", "static"))
		for k, p := range i.Addresses {
			if k == 0 {
				n.add(text("ipaddr", p.Addr().String()), text("prefixlen", fmt.Sprint(p.Bits())))
				continue
			}
			n.add(group("aliases", group(fmt.Sprintf("alias%d", k-1), text("IPADDR", p.Addr().String()), text("PREFIXLEN", fmt.Sprint(p.Bits())), text("LABEL", fmt.Sprint(k)))))
			if k > 1 {
				w.Lose(at+"addresses", "more than two addresses are not written for AutoYaST")
				n.children = n.children[:len(n.children)-1]
			}
		}
	}
	if i.MTU != 0 {
		n.add(text("mtu", fmt.Sprint(i.MTU)))
	}
	if i.VLAN != 0 {
		n.add(text("etherdevice", called[i.On]), text("vlan_id", fmt.Sprint(i.VLAN)))
	}
	if len(i.Bond) > 0 {
		n.add(text("bonding_master", "yes"), text("bonding_module_opts", "mode="+intent.Or(i.Mode, "active-backup")+" miimon=100"))
		for k, m := range i.Bond {
			n.add(text(fmt.Sprintf("bonding_slave%d", k), called[m]))
		}
	}
	return n
}

// routes are those of a card beside its gateway.
func (w *writer) routes(at string, i intent.Interface, name string) []node {
	var out []node
	for j, r := range i.Routes {
		if !r.To.Addr().Is4() {
			w.Lose(fmt.Sprintf("%sroutes[%d]", at, j), "routes of IPv6 are not written for AutoYaST")
			continue
		}
		out = append(out, group("route", text("destination", r.To.Addr().String()), text("device", name), text("gateway", r.Via.String()), text("netmask", network.Mask(r.To))))
		if r.Metric != 0 {
			w.Lose(fmt.Sprintf("%sroutes[%d].metric", at, j), "AutoYaST's routes have no metric")
		}
	}
	return out
}
