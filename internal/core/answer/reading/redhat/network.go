package redhat

import (
	"net/netip"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/reading"
)

// card is what a word of the file calls a network card.
func card(word string) (name, mac string) {
	if rest, ok := strings.CutPrefix(word, "$nic"); ok && len(rest) == 12 { // of our own %pre
		for i := 0; i < 12; i += 2 {
			mac += ":" + rest[i:i+2]
		}
		return "nic" + rest, mac[1:]
	}
	if mac = reading.MAC(word); mac != "" {
		return "", mac
	}
	switch word {
	case "link", "bootif", "ibft":
		return "", ""
	}
	return word, ""
}

func (r *reader) network(n *kickstart.Node) {
	if h := value(n, "--hostname"); h != "" {
		if h == "localhost.localdomain" || h == "localhost" {
			r.Keep(n.Line, "network --hostname="+h+" (no name)", "")
		} else {
			r.Host(n.Line, "network --hostname", h)
		}
	}
	only := true
	for _, a := range n.Args() {
		only = only && strings.HasPrefix(a.Text, "--hostname")
	}
	if only {
		return
	}
	for _, o := range []string{"--teamslaves", "--bridgeslaves", "--essid", "--wepkey", "--wpakey"} {
		if n.Has(o) {
			r.Lose(n.Line, "network "+o, "the neutral install has cards, bonds and VLANs")
			return
		}
	}
	i := intent.Interface{MTU: int(reading.Number(value(n, "--mtu"))), Optional: value(n, "--onboot") == "no" || value(n, "--onboot") == "off"}
	device := value(n, "--device")
	i.Name, i.MAC = card(device)
	if i.Name != "" && !strings.Contains(device, "$") {
		if name, vlan, ok := strings.Cut(i.Name, "."); ok && reading.Number(vlan) > 0 { // eth0.10
			i.VLAN, i.On = int(reading.Number(vlan)), name
		}
	}
	if id := value(n, "--vlanid"); id != "" {
		i.VLAN, i.On, i.MAC = int(reading.Number(id)), i.Name, ""
		if i.Name = value(n, "--interfacename"); i.Name == "" {
			i.Name = i.On + "." + id
		}
		if i.On == "" {
			r.Lose(n.Line, "network --vlanid", "the VLAN's card has no name: give --device")
			return
		}
	}
	for _, m := range reading.Fields(value(n, "--bondslaves")) {
		name, mac := card(m)
		if mac != "" && r.In.Network.Find(name) == nil {
			r.In.Network.Interfaces = append(r.In.Network.Interfaces, intent.Interface{Name: name, MAC: mac})
		} else if r.In.Network.Find(name) == nil {
			r.In.Network.Interfaces = append(r.In.Network.Interfaces, intent.Interface{Name: name})
		}
		i.Bond = append(i.Bond, name)
	}
	for _, o := range strings.FieldsFunc(value(n, "--bondopts"), func(c rune) bool { return c == ',' || c == ';' || c == ' ' }) {
		if mode, ok := strings.CutPrefix(o, "mode="); ok && mode != "active-backup" && mode != "1" {
			i.Mode = bondMode(mode)
		}
	}
	r.addresses(n, &i)
	r.Card(n.Line, "network "+device, i)
}

// bondMode is the kernel's name of a mode that may be a number.
func bondMode(s string) string {
	names := []string{"balance-rr", "", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"}
	if len(s) == 1 && s[0] >= '0' && s[0] <= '6' {
		return names[s[0]-'0']
	}
	return s
}

func (r *reader) addresses(n *kickstart.Node, i *intent.Interface) {
	way := value(n, "--bootproto")
	switch {
	case way == "static" || value(n, "--ip") != "":
		if p, ok := reading.Prefix(value(n, "--ip"), value(n, "--netmask")); ok {
			i.Addresses = append(i.Addresses, p)
		} else if !n.Has("--ipv6") {
			r.Lose(n.Line, "network --bootproto=static", "it has no address with a netmask: DHCP takes its place")
		}
	case way == "query" || way == "ibft" || way == "bootp":
		r.Change(n.Line, "network --bootproto="+way, "", "DHCP takes its place")
	}
	six := value(n, "--ipv6")
	if p, err := netip.ParsePrefix(six); err == nil {
		i.Addresses = append(i.Addresses, p)
	} else if six != "" && six != "auto" {
		r.Lose(n.Line, "network --ipv6", "only addresses with the length of their network are kept")
	}
	i.Gateway = reading.Address(value(n, "--gateway"))
	if !i.Gateway.IsValid() {
		i.Gateway = reading.Address(value(n, "--ipv6gateway"))
	}
	i.DNS = reading.Addresses(value(n, "--nameserver"))
	i.Search = append(i.Search, reading.Fields(value(n, "--ipv4-dns-search"))...)
	if n.Has("--noipv4") && n.Has("--noipv6") && len(i.Addresses) == 0 {
		i.Method = intent.None
	}
}
