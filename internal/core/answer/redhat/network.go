package redhat

import (
	"fmt"
	"net/netip"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/network"
)

func (w *writer) network() {
	host := w.in.HostNameFor(w.s)
	if host != "" && w.s.Domain != "" {
		host += "." + w.s.Domain
	}
	all := w.in.Network.Settled(w.s)
	members := map[string]bool{}
	for _, i := range all {
		for _, b := range i.Bond {
			members[b] = true
		}
	}
	for k, i := range all {
		if members[i.Name] && i.Name != "" {
			continue // the bond's line speaks of it
		}
		w.card(fmt.Sprintf("network.interfaces[%d].", k), i, all)
	}
	if host != "" {
		w.add("network --hostname=%s", host)
	}
}

// device is what --device says of a card, or what others say of it: a name, or
// a token for the name of the card with that MAC address.
func (w *writer) device(i intent.Interface, byName bool) string {
	switch {
	case !i.Card() || i.Name != "" && i.MAC == "":
		return i.Name
	case i.MAC == "":
		return "link"
	case !byName:
		return i.MAC
	}
	v := "nic" + strings.ReplaceAll(i.MAC, ":", "")
	line := v + "=$(nic " + i.MAC + ")\n"
	for _, p := range w.pre {
		if p == line {
			return token + v + token
		}
	}
	w.pre = append(w.pre, line)
	return token + v + token
}

func (w *writer) card(at string, i intent.Interface, all []intent.Interface) {
	find := func(name string) string {
		for _, o := range all {
			if o.Name == name {
				return w.device(o, true)
			}
		}
		return name
	}
	line := "network"
	switch {
	case i.VLAN != 0:
		line += fmt.Sprintf(" --device=%s --vlanid=%d", find(i.On), i.VLAN)
		if w.v.old(6) {
			w.Lose(at+"name", "RHEL 6 names a VLAN after its interface")
		} else {
			line += " --interfacename=" + i.Name
		}
	case len(i.Bond) > 0:
		var members []string
		for _, m := range i.Bond {
			members = append(members, find(m))
		}
		line += " --device=" + i.Name + " --bondslaves=" + strings.Join(members, ",") +
			" --bondopts=mode=" + intent.Or(i.Mode, "active-backup") + ",miimon=100"
	default:
		line += " --device=" + w.device(i, false)
	}
	line += " --onboot=yes"
	if !w.v.old(6) || i.Card() {
		line += " --activate"
	}
	w.add("%s", line+w.addresses(at, i))
	if len(i.Routes) > 0 {
		w.Lose(at+"routes", "Kickstart has no static routes: add them in post")
	}
	if i.Optional {
		w.Remark(at+"optional", "Kickstart cannot say so; NetworkManager waits for one interface only")
	}
}

// addresses are the options that say how the interface gets its address.
func (w *writer) addresses(at string, i intent.Interface) string {
	line := ""
	four, six := netip.Prefix{}, netip.Prefix{}
	for _, p := range i.Addresses {
		switch {
		case p.Addr().Is4() && !four.IsValid():
			four = p
		case !p.Addr().Is4() && !six.IsValid():
			six = p
		default:
			w.Lose(at+"addresses", "Kickstart gives an interface one address of each kind")
		}
	}
	switch {
	case i.Way() == intent.None:
		line += " --noipv4 --noipv6"
	case i.Way() == intent.DHCP:
		line += " --bootproto=dhcp"
	case four.IsValid():
		line += fmt.Sprintf(" --bootproto=static --ip=%s --netmask=%s", four.Addr(), network.Mask(four))
		if i.Gateway.Is4() {
			line += " --gateway=" + i.Gateway.String()
		}
	default:
		line += " --noipv4"
	}
	if six.IsValid() {
		line += " --ipv6=" + six.String()
		if i.Gateway.Is6() && w.v.old(6) {
			w.Lose(at+"gateway", "RHEL 6 takes the gateway of IPv6 from the router")
		} else if i.Gateway.Is6() {
			line += " --ipv6gateway=" + i.Gateway.String()
		}
	}
	if len(i.DNS) > 0 {
		var names []string
		for _, d := range i.DNS {
			names = append(names, d.String())
		}
		line += " --nameserver=" + strings.Join(names, ",")
	}
	if len(i.Search) > 0 && w.v.search() {
		line += " --ipv4-dns-search=" + strings.Join(i.Search, ",")
	} else if len(i.Search) > 0 {
		w.Lose(at+"search", "this release's Kickstart has no search domains")
	}
	if i.MTU != 0 {
		line += fmt.Sprintf(" --mtu=%d", i.MTU)
	}
	return line
}
