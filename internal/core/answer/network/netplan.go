package network

import (
	"fmt"
	"net/netip"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// Netplan is the network section of netplan's and cloud-init's version 2
// (netplan.readthedocs.io, "YAML configuration"). A card is matched by its MAC
// address where one is known, by name else; with neither, every Ethernet card
// matches.
func Netplan(interfaces []intent.Interface) map[string]any {
	ethernets, bonds, vlans := map[string]any{}, map[string]any{}, map[string]any{}
	for k, i := range interfaces {
		c := addressing(i)
		switch {
		case i.VLAN != 0:
			c["id"], c["link"] = i.VLAN, i.On
			vlans[i.Name] = c
		case len(i.Bond) > 0:
			c["interfaces"] = i.Bond
			c["parameters"] = map[string]any{"mode": intent.Or(i.Mode, "active-backup"), "mii-monitor-interval": 100}
			bonds[i.Name] = c
		default:
			name := intent.Or(i.Name, fmt.Sprintf("card%d", k))
			switch {
			case i.MAC != "":
				c["match"] = map[string]any{"macaddress": i.MAC}
				if i.Name != "" {
					c["set-name"] = i.Name
				}
			case i.Name == "":
				c["match"] = map[string]any{"name": "e*"}
			}
			ethernets[name] = c
		}
	}
	out := map[string]any{"version": 2}
	for key, m := range map[string]map[string]any{"ethernets": ethernets, "bonds": bonds, "vlans": vlans} {
		if len(m) > 0 {
			out[key] = m
		}
	}
	return out
}

func addressing(i intent.Interface) map[string]any {
	c := map[string]any{}
	if i.Way() == intent.DHCP {
		c["dhcp4"] = true
	}
	if i.MTU != 0 {
		c["mtu"] = i.MTU
	}
	if i.Optional {
		c["optional"] = true
	}
	if i.Way() == intent.None {
		return c
	}
	if len(i.Addresses) > 0 {
		c["addresses"] = texts(i.Addresses)
	}
	var routes []any
	if i.Gateway.IsValid() {
		// gateway4 is deprecated, and "default" unknown, in some releases.
		to := "0.0.0.0/0"
		if i.Gateway.Is6() {
			to = "::/0"
		}
		routes = append(routes, map[string]any{"to": to, "via": i.Gateway.String()})
	}
	for _, r := range i.Routes {
		route := map[string]any{"to": r.To.String(), "via": r.Via.String()}
		if r.Metric != 0 {
			route["metric"] = r.Metric
		}
		routes = append(routes, route)
	}
	if len(routes) > 0 {
		c["routes"] = routes
	}
	names := map[string]any{}
	if len(i.DNS) > 0 {
		names["addresses"] = texts(i.DNS)
	}
	if len(i.Search) > 0 {
		names["search"] = i.Search
	}
	if len(names) > 0 {
		c["nameservers"] = names
	}
	return c
}

func texts[T fmt.Stringer](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.String())
	}
	return out
}

// Mask is a prefix's netmask in dotted form.
func Mask(p netip.Prefix) string {
	m := ^uint32(0) << (32 - p.Bits())
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

// variable is the shell variable that holds a card's name in Ifupdown.
func variable(name string, k int) string {
	if name == "" {
		name = fmt.Sprintf("card%d", k)
	}
	return "nic_" + strings.NewReplacer(".", "_", "-", "_").Replace(name)
}
