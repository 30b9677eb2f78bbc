package reading

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// Keyfiles reads NetworkManager's connections (nm-settings-keyfile(5)), by
// their files' names.
func (d *Draft) Keyfiles(files map[string]string, line int) {
	master := map[string][]string{}
	var plain, bonds, vlans []intent.Interface
	for _, name := range slices.Sorted(maps.Keys(files)) {
		k := sections(files[name])
		i := intent.Interface{Name: k["connection.interface-name"], MAC: MAC(k["ethernet.mac-address"]), MTU: int(number(k["ethernet.mtu"]))}
		if id := k["connection.id"]; i.Name == "" && !strings.HasPrefix(id, "card") && i.MAC != "" {
			i.Name = id
		}
		if m := intent.Or(k["connection.master"], k["connection.controller"]); m != "" {
			master[m] = append(master[m], i.Name)
		}
		ips(&i, k)
		switch k["connection.type"] {
		case "vlan":
			i.VLAN, i.On = int(number(k["vlan.id"])), k["vlan.parent"]
			vlans = append(vlans, i)
		case "bond":
			if i.Mode = k["bond.mode"]; i.Mode == "active-backup" {
				i.Mode = ""
			}
			bonds = append(bonds, i)
		case "ethernet", "802-3-ethernet":
			plain = append(plain, i)
		default:
			d.Lose(line, "connection "+name, "the neutral install has cards, bonds and VLANs")
		}
	}
	for _, i := range plain {
		d.Card(line, "connection "+i.Name, i)
	}
	for _, i := range bonds {
		i.Bond = master[i.Name]
		d.Card(line, "connection "+i.Name, i)
	}
	for _, i := range vlans {
		d.Card(line, "connection "+i.Name, i)
	}
	d.Members()
}

// Members leaves out that the interfaces of a bond have no address: a bond's
// never have.
func (d *Draft) Members() {
	n := &d.In.Network
	for k := range n.Interfaces {
		if i := &n.Interfaces[k]; n.Enslaved(i.Name) && i.Method == intent.None {
			i.Method = ""
		}
	}
}

// sections are a keyfile's values as section.key.
func sections(text string) map[string]string {
	out := map[string]string{}
	section := ""
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "[") {
			section = strings.Trim(l, "[]")
		} else if k, v, ok := strings.Cut(l, "="); ok && !strings.HasPrefix(l, "#") {
			out[section+"."+strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out
}

func ips(i *intent.Interface, k map[string]string) {
	for _, ip := range []string{"ipv4.", "ipv6."} {
		for n := 1; n < 20; n++ {
			// With a comma the gateway follows.
			a, gateway, _ := strings.Cut(k[ip+fmt.Sprintf("address%d", n)], ",")
			if p, err := netip.ParsePrefix(a); err == nil {
				i.Addresses = append(i.Addresses, p)
			}
			if g := Address(gateway); g.IsValid() && !i.Gateway.IsValid() {
				i.Gateway = g
			}
			w := Fields(k[ip+fmt.Sprintf("route%d", n)])
			if len(w) >= 2 {
				to, err := netip.ParsePrefix(w[0])
				if via := Address(w[1]); err == nil && via.IsValid() {
					r := intent.Route{To: to.Masked(), Via: via}
					if len(w) > 2 {
						r.Metric = int(number(w[2]))
					}
					i.Routes = append(i.Routes, r)
				}
			}
		}
		if g := Address(k[ip+"gateway"]); g.IsValid() && !i.Gateway.IsValid() {
			i.Gateway = g
		}
		i.DNS = append(i.DNS, Addresses(k[ip+"dns"])...)
		for _, s := range Fields(k[ip+"dns-search"]) {
			if !slices.Contains(i.Search, s) {
				i.Search = append(i.Search, s)
			}
		}
	}
	if k["ipv4.method"] == "disabled" && (k["ipv6.method"] == "disabled" || k["ipv6.method"] == "ignore") || k["ipv4.method"] == "" && len(i.Addresses) == 0 {
		i.Method = intent.None
	}
}
