package network

import (
	"fmt"
	"net/netip"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// Ifupdown is shell text that writes /etc/network/interfaces (interfaces(5)),
// and /etc/resolv.conf where name servers are given. A card's name is looked up
// by its MAC address when the script runs; a card with neither is the first
// that has a link.
func Ifupdown(interfaces []intent.Interface) string {
	var b, names, search strings.Builder
	b.WriteString(nic)
	called := map[string]string{}
	for k, i := range interfaces {
		v := variable(i.Name, k)
		switch {
		case !i.Card():
			fmt.Fprintf(&b, "%s=%s\n", v, i.Name)
		case i.MAC != "":
			fmt.Fprintf(&b, "%s=$(nic %s)\n", v, i.MAC)
		case i.Name != "":
			fmt.Fprintf(&b, "%s=%s\n", v, i.Name)
		default:
			fmt.Fprintf(&b, "%s=$(nic '')\n", v)
		}
		called[i.Name] = v
		for _, d := range i.DNS {
			if line := "nameserver " + d.String() + "\n"; !strings.Contains(names.String(), line) {
				names.WriteString(line)
			}
		}
		for _, d := range i.Search {
			search.WriteString(" " + d)
		}
	}
	b.WriteString("cat >/etc/network/interfaces <<SEEDBED-END\nauto lo\niface lo inet loopback\n")
	for k, i := range interfaces {
		stanza(&b, i, variable(i.Name, k), called)
	}
	b.WriteString("SEEDBED-END\n")
	if names.Len() > 0 {
		if search.Len() > 0 {
			names.WriteString("search" + search.String() + "\n")
		}
		b.WriteString("rm -f /etc/resolv.conf\ncat >/etc/resolv.conf <<SEEDBED-END\n" + names.String() + "SEEDBED-END\n")
	}
	return b.String()
}

// nic prints the name of the card with a MAC address, or of the first with a
// link.
const nic = `nic() {
	for card in /sys/class/net/*; do
		[ -e "$card/device" ] || continue
		if [ -n "$1" ]; then
			[ "$(cat "$card/address")" = "$1" ] || continue
		else
			[ "$(cat "$card/carrier" 2>/dev/null)" = 1 ] || continue
		fi
		basename "$card"
		return
	done
	echo "no network card fits $1" >&2
	exit 1
}
`

func stanza(b *strings.Builder, i intent.Interface, v string, called map[string]string) {
	hook := "auto"
	if i.Optional {
		hook = "allow-hotplug"
	}
	fmt.Fprintf(b, "\n%s $%s\n", hook, v)
	four, six := split(i.Addresses)
	method := "manual"
	switch {
	case i.Way() == intent.DHCP:
		method = "dhcp"
	case i.Way() == intent.Static && len(four) > 0:
		method = "static"
	}
	fmt.Fprintf(b, "iface $%s inet %s\n", v, method)
	add := func(format string, args ...any) { fmt.Fprintf(b, "\t"+format+"\n", args...) }
	if method == "static" {
		add("address %s", four[0].Addr())
		add("netmask %s", Mask(four[0]))
		if i.Gateway.Is4() {
			add("gateway %s", i.Gateway)
		}
		for _, more := range four[1:] {
			add("up ip address add %s dev \\$IFACE", more)
		}
	}
	if i.MTU != 0 {
		add("up ip link set dev \\$IFACE mtu %d", i.MTU)
	}
	for _, r := range i.Routes {
		metric := ""
		if r.Metric != 0 {
			metric = fmt.Sprintf(" metric %d", r.Metric)
		}
		add("up ip route add %s via %s%s", r.To, r.Via, metric)
	}
	if i.VLAN != 0 {
		add("vlan-raw-device $%s", called[i.On])
		add("vlan-id %d", i.VLAN)
	}
	if len(i.Bond) > 0 {
		var members []string
		for _, m := range i.Bond {
			members = append(members, "$"+called[m])
		}
		add("bond-slaves %s", strings.Join(members, " "))
		add("bond-mode %s", intent.Or(i.Mode, "active-backup"))
		add("bond-miimon 100")
	}
	if len(six) > 0 {
		fmt.Fprintf(b, "iface $%s inet6 static\n", v)
		add("address %s", six[0].Addr())
		add("netmask %d", six[0].Bits())
		if i.Gateway.Is6() {
			add("gateway %s", i.Gateway)
		}
	}
}

func split(all []netip.Prefix) (four, six []netip.Prefix) {
	for _, p := range all {
		if p.Addr().Is4() {
			four = append(four, p)
		} else {
			six = append(six, p)
		}
	}
	return four, six
}
