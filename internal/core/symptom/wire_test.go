package symptom

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsWrongAtAnInterfaceHasItsRemedy(t *testing.T) {
	at := netip.MustParsePrefix
	here := Wire{Name: "eth1", Present: true, Up: true, Carrier: true, Asked: true, Addresses: []netip.Prefix{at("192.0.2.1/24")}}
	with := func(s ...Server) Wire { w := here; w.Servers = s; return w }
	giver := Server{Address: netip.MustParseAddr("192.0.2.2"), Offers: at("192.0.2.77/24")}
	booter := giver
	booter.Boots, booter.BootFile = true, "x.efi"
	relayed := giver
	relayed.Relay = netip.MustParseAddr("192.0.2.9")
	proxy := Server{Address: netip.MustParseAddr("192.0.2.3"), Boots: true}
	far := Server{Address: netip.MustParseAddr("192.0.2.2"), Offers: at("198.51.100.7/24"), BootFile: "x"}
	own := Server{Address: netip.MustParseAddr("192.0.2.1"), Offers: at("192.0.2.77/24")}
	subnet := []netip.Prefix{at("192.0.2.0/24")}
	for name, c := range map[string]struct {
		wire Wire
		plan Plan
		want string // names of the symptoms
		note string // part of the notes; "" for none
	}{
		"not there":                 {Wire{Name: "eth1"}, Plan{}, "no-interface", ""},
		"switched off, no address":  {Wire{Name: "eth1", Present: true}, Plan{}, "link-down no-address", ""},
		"no cable":                  {Wire{Name: "eth1", Present: true, Up: true, Addresses: here.Addresses}, Plan{DHCP: "server", Subnets: subnet}, "no-link", ""},
		"all well":                  {here, Plan{DHCP: "server", Subnets: subnet}, "", ""},
		"another subnet":            {here, Plan{DHCP: "server", Subnets: []netip.Prefix{at("198.51.100.0/24")}}, "other-subnet", ""},
		"another mask":              {here, Plan{DHCP: "server", Subnets: []netip.Prefix{at("192.0.2.0/25")}}, "other-mask", ""},
		"a foreign server":          {with(giver), Plan{DHCP: "server", Subnets: subnet}, "foreign-dhcp", ""},
		"a foreign server, relayed": {with(relayed), Plan{DHCP: "server", Subnets: subnet}, "foreign-dhcp", "a DHCP relay (192.0.2.9)"},
		"a server that pings first": {with(Server{Address: netip.MustParseAddr("192.0.2.2"), Informs: true}), Plan{DHCP: "server", Subnets: subnet}, "foreign-dhcp", ""},
		"a slow one, for a proxy":   {with(Server{Address: netip.MustParseAddr("192.0.2.2"), Informs: true}), Plan{DHCP: "proxy"}, "", "answers"},
		"a foreign proxy":           {with(proxy), Plan{DHCP: "server", Subnets: subnet}, "foreign-proxy", ""},
		"our own":                   {with(own), Plan{DHCP: "server", Subnets: subnet}, "", ""},
		"a proxy's server":          {with(giver), Plan{DHCP: "proxy"}, "", "192.0.2.2 offers 192.0.2.77/24"},
		"a proxy's server boots":    {with(booter), Plan{DHCP: "proxy"}, "foreign-boot-file", ""},
		"a second proxy":            {with(giver, proxy), Plan{DHCP: "proxy"}, "foreign-proxy", "offers"},
		"a proxy without a server":  {here, Plan{DHCP: "proxy"}, "no-dhcp", ""},
		"off, and no boot file":     {with(giver), Plan{DHCP: "off"}, "no-boot-file", ""},
		"off, with one":             {with(booter), Plan{DHCP: "off"}, "", "x.efi"},
		"off, of another subnet":    {with(far), Plan{DHCP: "off"}, "other-subnet", "198.51.100.7/24"},
		"nothing planned":           {with(giver), Plan{}, "", "192.0.2.2 offers"},
		"two, nothing planned":      {with(giver, booter), Plan{}, "two-servers", "offers"},
	} {
		found, notes := OnWire(c.wire, c.plan)
		var names []string
		for _, s := range found {
			names = append(names, s.Name)
			if s.Who != "eth1" || s.Msg == "" || s.Remedy == "" {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if c.note == "" && len(notes) > 0 || c.note != "" && !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, c.note) }) {
			t.Errorf("%s: notes %q, want %q", name, notes, c.note)
		}
	}
}
