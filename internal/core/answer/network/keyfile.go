package network

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// Keyfile is a connection as a file of NetworkManager's (nm-settings-keyfile(5)).
type Keyfile struct{ Name, Text string }

// Keyfiles are the interfaces as such files, in their order.
func Keyfiles(interfaces []intent.Interface) []Keyfile {
	master := map[string]string{}
	for _, i := range interfaces {
		for _, b := range i.Bond {
			master[b] = i.Name
		}
	}
	var out []Keyfile
	for k, i := range interfaces {
		id := intent.Or(i.Name, fmt.Sprintf("card%d", k))
		out = append(out, Keyfile{id, keyfile(id, i, master[i.Name])})
	}
	return out
}

func keyfile(id string, i intent.Interface, master string) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	add("[connection]\nid=%s", id)
	switch {
	case i.VLAN != 0:
		add("type=vlan\ninterface-name=%s", i.Name)
	case len(i.Bond) > 0:
		add("type=bond\ninterface-name=%s", i.Name)
	default:
		add("type=ethernet")
		if i.MAC == "" && i.Name != "" {
			add("interface-name=%s", i.Name)
		}
	}
	if master != "" && i.Name != "" {
		add("master=%s\nslave-type=bond", master)
	}
	if i.Card() && (i.MAC != "" || i.MTU != 0) || i.MTU != 0 {
		add("\n[ethernet]")
		if i.MAC != "" {
			add("mac-address=%s", i.MAC)
		}
		if i.MTU != 0 {
			add("mtu=%d", i.MTU)
		}
	}
	if i.VLAN != 0 {
		add("\n[vlan]\nid=%d\nparent=%s", i.VLAN, i.On)
	}
	if len(i.Bond) > 0 {
		add("\n[bond]\nmode=%s\nmiimon=100", intent.Or(i.Mode, "active-backup"))
	}
	if master == "" || i.Name == "" {
		ip(add, i, true)
		ip(add, i, false)
	}
	return b.String()
}

// ip is the section of one of the two protocols.
func ip(add func(string, ...any), i intent.Interface, four bool) {
	name, method, n, routes := "ipv6", "auto", 0, 0
	if four {
		name = "ipv4"
		if i.Way() == intent.Static {
			method = "disabled"
		}
	}
	if i.Way() == intent.None {
		method = "disabled"
	}
	var lines []string
	for _, p := range i.Addresses {
		if p.Addr().Is4() == four {
			n++
			method = "manual"
			lines = append(lines, fmt.Sprintf("address%d=%s", n, p))
		}
	}
	if i.Gateway.IsValid() && i.Gateway.Is4() == four {
		lines = append(lines, "gateway="+i.Gateway.String())
	}
	for _, r := range i.Routes {
		if r.To.Addr().Is4() == four {
			routes++
			line := fmt.Sprintf("route%d=%s,%s", routes, r.To, r.Via)
			if r.Metric != 0 {
				line += fmt.Sprintf(",%d", r.Metric)
			}
			lines = append(lines, line)
		}
	}
	dns := ""
	for _, d := range i.DNS {
		if d.Is4() == four {
			dns += d.String() + ";"
		}
	}
	if dns != "" {
		lines = append(lines, "dns="+dns)
	}
	if len(i.Search) > 0 && method != "disabled" {
		lines = append(lines, "dns-search="+strings.Join(i.Search, ";")+";")
	}
	add("\n[%s]\nmethod=%s", name, method)
	for _, l := range lines {
		add("%s", l)
	}
}
