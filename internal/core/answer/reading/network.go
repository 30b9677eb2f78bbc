package reading

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// Card adds an interface. Those that a bond or VLAN names and nobody
// described are put before it.
func (d *Draft) Card(line int, what string, i intent.Interface) {
	n := &d.In.Network
	need := slices.Clone(i.Bond)
	if i.VLAN != 0 {
		need = append(need, i.On)
	}
	for _, name := range need {
		if name != "" && n.Find(name) == nil {
			n.Interfaces = append(n.Interfaces, intent.Interface{Name: name, Method: intent.None})
		}
	}
	d.Keep(line, what, fmt.Sprintf("network.interfaces[%d]", len(n.Interfaces)))
	n.Interfaces = append(n.Interfaces, i)
}

var address = regexp.MustCompile(`^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$`)

// MAC is a MAC address as the neutral install has it, or "".
func MAC(s string) string {
	if !address.MatchString(s) {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(s, "-", ":"))
}

// Netplan reads a section of netplan's version 2.
func (d *Draft) Netplan(n Node) {
	if v := n.Get("version").Text(); v != "" && v != "2" {
		d.Lose(n.Line, "network of version "+v, "only netplan's version 2 is read")
		return
	}
	for _, kind := range []string{"ethernets", "bonds", "vlans"} {
		n.Get(kind).Each(func(key string, c Node) {
			i := d.netplanCard(key, c)
			switch kind {
			case "bonds":
				i.Bond, i.Mode = c.Get("interfaces").Texts(), c.Get("parameters").Get("mode").Text()
				if i.Mode == "active-backup" {
					i.Mode = ""
				}
			case "vlans":
				i.VLAN, i.On = int(Number(c.Get("id").Text())), c.Get("link").Text()
			}
			d.Card(c.Line, kind+" "+key, i)
		})
	}
	n.Each(func(key string, c Node) {
		if !slices.Contains([]string{"version", "renderer", "ethernets", "bonds", "vlans"}, key) {
			d.Lose(c.Line, "network "+key, "the neutral install has cards, bonds and VLANs")
		}
	})
	for k := range d.In.Network.Interfaces {
		if i := &d.In.Network.Interfaces[k]; d.In.Network.Enslaved(i.Name) && i.Method == intent.None {
			i.Method = ""
		}
	}
}

func (d *Draft) netplanCard(key string, c Node) intent.Interface {
	i := intent.Interface{Name: key, MTU: int(Number(c.Get("mtu").Text())), Optional: c.Get("optional").Text() == "true"}
	if m := c.Get("match"); m.There() {
		i.MAC, i.Name = MAC(m.Get("macaddress").Text()), c.Get("set-name").Text()
		if name := m.Get("name").Text(); name != "" && !strings.ContainsAny(name, "*?[") {
			i.Name = name
		} else if i.MAC == "" {
			i.Name = ""
		}
		if i.MAC != "" && i.Name == "" && !strings.HasPrefix(key, "card") {
			i.Name = key
		}
	}
	for _, a := range c.Get("addresses").List() {
		if p, err := netip.ParsePrefix(a.Text()); err == nil {
			i.Addresses = append(i.Addresses, p)
		}
	}
	for _, k := range []string{"gateway4", "gateway6"} {
		if g := Address(c.Get(k).Text()); g.IsValid() {
			i.Gateway = g
		}
	}
	for _, r := range c.Get("routes").List() {
		to, via := r.Get("to").Text(), Address(r.Get("via").Text())
		p, err := netip.ParsePrefix(to)
		switch {
		case to == "default" || err == nil && p.Bits() == 0:
			i.Gateway = via
		case err == nil && via.IsValid():
			i.Routes = append(i.Routes, intent.Route{To: p.Masked(), Via: via, Metric: int(Number(r.Get("metric").Text()))})
		default:
			d.Lose(r.Line, "route "+to, "it has no network or no gateway")
		}
	}
	names := c.Get("nameservers")
	for _, a := range names.Get("addresses").Texts() {
		i.DNS = append(i.DNS, Addresses(a)...)
	}
	i.Search = names.Get("search").Texts()
	if yes := c.Get("dhcp4").Text(); len(i.Addresses) == 0 && yes != "true" && yes != "yes" {
		i.Method = intent.None
	}
	return i
}

// NetplanText is Netplan for a whole file.
func (d *Draft) NetplanText(text string, line int) {
	n, err := Parse(text)
	if err != nil {
		d.Lose(line, "netplan file", "it is no YAML: %v", err)
		return
	}
	d.Netplan(n.Get("network"))
}

var (
	ownCard = regexp.MustCompile(`(?m)^(nic_\w+)=(\$\(nic (\S*)\)|\S+)$`)
	resolv  = regexp.MustCompile(`(?ms)^cat >/etc/resolv\.conf <<SEEDBED-END\n(.*?)SEEDBED-END$`)
)

// Ifupdown reads interfaces(5). Its variables are those of a script of ours.
func (d *Draft) Ifupdown(script, text string, line int) {
	names, macs := map[string]string{}, map[string]string{}
	for _, m := range ownCard.FindAllStringSubmatch(script, -1) {
		name := strings.TrimPrefix(m[1], "nic_")
		if strings.HasPrefix(m[2], "$(") {
			mac := MAC(strings.Trim(m[3], "'"))
			macs["$"+m[1]] = mac
			if strings.HasPrefix(name, "card") {
				name = ""
			}
		} else {
			name = m[2]
		}
		names["$"+m[1]] = name
	}
	name := func(s string) string {
		if n, ok := names[s]; ok {
			return n
		}
		return s
	}
	var cards []intent.Interface
	var hot []string
	at := -1
	for l := range strings.SplitSeq(text, "\n") {
		w := strings.Fields(l)
		switch {
		case len(w) < 2:
		case w[0] == "allow-hotplug":
			hot = append(hot, w[1])
		case w[0] == "iface" && w[1] == "lo":
			at = -1
		case w[0] == "iface" && len(w) >= 4:
			if len(cards) == 0 || at < 0 || w[2] == "inet" {
				i := intent.Interface{Name: name(w[1]), MAC: macs[w[1]], Optional: slices.Contains(hot, w[1])}
				if w[3] == "manual" {
					i.Method = intent.None
				}
				cards = append(cards, i)
				at = len(cards) - 1
			}
			if w[2] == "inet6" && w[3] == "static" {
				cards[at].Method = ""
			}
		case at >= 0:
			ifupdownLine(&cards[at], w, name)
		}
	}
	for _, i := range cards {
		d.Card(line, "interface "+i.Name, i)
	}
	if m := resolv.FindStringSubmatch(script); m != nil {
		d.Resolv(m[1])
	}
	for k := range d.In.Network.Interfaces {
		if i := &d.In.Network.Interfaces[k]; d.In.Network.Enslaved(i.Name) && i.Method == intent.None {
			i.Method = ""
		}
	}
}

// Resolv takes name servers and search domains from resolv.conf(5), for all
// interfaces.
func (d *Draft) Resolv(text string) {
	n := &d.In.Network
	for l := range strings.SplitSeq(text, "\n") {
		w := strings.Fields(l)
		switch {
		case len(w) < 2:
		case w[0] == "nameserver":
			n.DNS = append(n.DNS, Addresses(w[1])...)
		case w[0] == "search" || w[0] == "domain":
			for _, s := range w[1:] {
				if !slices.Contains(n.Search, s) {
					n.Search = append(n.Search, s)
				}
			}
		}
	}
}

func ifupdownLine(i *intent.Interface, w []string, name func(string) string) {
	switch w[0] {
	case "address":
		if p, err := netip.ParsePrefix(w[1]); err == nil {
			i.Addresses = append(i.Addresses, p)
		} else if a := Address(w[1]); a.IsValid() {
			i.Addresses = append(i.Addresses, netip.PrefixFrom(a, a.BitLen()))
		}
	case "netmask":
		if k := len(i.Addresses) - 1; k >= 0 {
			if p, ok := Prefix(i.Addresses[k].Addr().String(), w[1]); ok {
				i.Addresses[k] = p
			}
		}
	case "gateway":
		i.Gateway = Address(w[1])
	case "dns-nameservers", "dns-nameserver":
		i.DNS = append(i.DNS, Addresses(strings.Join(w[1:], " "))...)
	case "dns-search":
		i.Search = append(i.Search, w[1:]...)
	case "mtu":
		i.MTU = int(Number(w[1]))
	case "vlan-raw-device", "vlan_raw_device":
		i.On = name(w[1])
		if _, id, ok := strings.Cut(i.Name, "."); ok && i.VLAN == 0 {
			i.VLAN = int(Number(id))
		}
	case "vlan-id":
		i.VLAN = int(Number(w[1]))
	case "bond-slaves", "slaves":
		for _, s := range w[1:] {
			i.Bond = append(i.Bond, name(s))
		}
	case "bond-mode", "bond_mode":
		if i.Mode = w[1]; i.Mode == "active-backup" {
			i.Mode = ""
		}
	case "up", "post-up":
		upLine(i, w[1:])
	}
}

// upLine reads the commands that Seedbed writes for what interfaces(5) has no
// word for.
func upLine(i *intent.Interface, w []string) {
	line := strings.Join(w, " ")
	switch {
	case strings.HasPrefix(line, "ip link set dev") && len(w) >= 7 && w[5] == "mtu":
		i.MTU = int(Number(w[6]))
	case strings.HasPrefix(line, "ip address add") && len(w) > 3:
		if p, err := netip.ParsePrefix(w[3]); err == nil {
			i.Addresses = append(i.Addresses, p)
		}
	case strings.HasPrefix(line, "ip route add") && len(w) >= 6:
		p, err := netip.ParsePrefix(w[3])
		if via := Address(w[5]); err == nil && via.IsValid() {
			r := intent.Route{To: p, Via: via}
			if len(w) >= 8 && w[6] == "metric" {
				r.Metric = int(Number(w[7]))
			}
			i.Routes = append(i.Routes, r)
		}
	}
}
