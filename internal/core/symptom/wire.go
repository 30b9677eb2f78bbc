package symptom

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"seedbed/internal/core/machine"
)

// Wire is what was found at one interface.
type Wire struct {
	Name      string         `json:"interface"`
	Present   bool           `json:"present"` // there is such an interface
	Up        bool           `json:"up"`      // by this host
	Carrier   bool           `json:"link"`    // and somebody is at the other end
	MAC       machine.MAC    `json:"mac"`
	Addresses []netip.Prefix `json:"addresses"` // IPv4
	Asked     bool           `json:"asked"`     // servers were asked for
	Servers   []Server       `json:"dhcp-servers"`
}

// Server is a DHCP server that answered there.
type Server struct {
	Address    netip.Addr    `json:"address"`
	MAC        machine.MAC   `json:"mac"`                  // of the answer's sender: the server's or a relay's
	Offers     netip.Prefix  `json:"offers,omitzero"`      // the address that it would give, in its subnet
	Term       time.Duration `json:"lease-time,omitempty"` // of it
	Informs    bool          `json:"informs"`              // it answers DHCPINFORM: it is a whole DHCP server
	Boots      bool          `json:"boots"`                // it answers boot firmware as such
	NextServer netip.Addr    `json:"next-server,omitzero"`
	BootFile   string        `json:"boot-file,omitempty"` // for UEFI on amd64
	Relay      netip.Addr    `json:"relay,omitzero"`      // that passed the question on
}

// Plan is what the settings want of a wire.
type Plan struct {
	DHCP    string         // server, proxy, off; "" when nothing is planned there
	Subnets []netip.Prefix // that addresses are given in; none: not known
}

// OnWire gives what is wrong at an interface, and in notes what is worth
// knowing and as it should be.
func OnWire(w Wire, p Plan) (found []Symptom, notes []string) {
	s := &story{who: w.Name}
	switch {
	case !w.Present:
		return s.say("no-interface", "`ip link` lists those there are", "there is no interface of this name"), nil
	case !w.Up:
		found = s.say("link-down", "ip link set "+w.Name+" up", "the interface is switched off")
	case !w.Carrier:
		found = s.say("no-link", "is the cable in, is the switch port on? Both ends show a light when there is a link",
			"there is no link: nobody is at the other end of the cable")
	}
	found = append(found, s.addresses(w, p)...)
	for _, x := range w.Servers {
		if slices.ContainsFunc(w.Addresses, func(a netip.Prefix) bool { return a.Addr() == x.Address }) {
			continue // this host's own
		}
		f, n := s.server(x, w, p)
		found = append(found, f...)
		notes = append(notes, n...)
	}
	return append(found, s.missed(w, p)...), notes
}

func (s *story) addresses(w Wire, p Plan) []Symptom {
	if len(w.Addresses) == 0 {
		example := "192.0.2.1/24"
		if len(p.Subnets) > 0 {
			n := p.Subnets[0]
			example = netip.PrefixFrom(n.Masked().Addr().Next(), n.Bits()).String()
		}
		return s.say("no-address", "give it one of the machines' subnet: ip addr add "+example+" dev "+w.Name, "the interface has no IPv4 address: nothing can be served on it")
	}
	if p.DHCP != "server" || len(p.Subnets) == 0 {
		return nil
	}
	for _, a := range w.Addresses {
		for _, n := range p.Subnets {
			if n.Contains(a.Addr()) {
				if a.Bits() != n.Bits() {
					return s.say("other-mask", fmt.Sprintf("make them alike: ip addr replace %s/%d dev %s, or network: %s", a.Addr(), n.Bits(), w.Name, a.Masked()),
						"the interface has %s, and the subnet of the settings is %s: the two masks differ", a, n)
				}
				return nil
			}
		}
	}
	return s.say("other-subnet", "give the interface an address of the subnet, or mend network: in the settings; machines behind a relay are served all the same",
		"the interface has %s, and no subnet of the settings is there (%s): machines on this wire get no address", list(w.Addresses), list(p.Subnets))
}

func list[T fmt.Stringer](all []T) string {
	var words []string
	for _, x := range all {
		words = append(words, x.String())
	}
	return strings.Join(words, ", ")
}

// server says what another DHCP server there means.
func (s *story) server(x Server, w Wire, p Plan) (found []Symptom, notes []string) {
	who := "DHCP server " + x.Address.String()
	if x.Relay.IsValid() {
		notes = append(notes, fmt.Sprintf("%s: a DHCP relay (%s) on this wire passes questions on to %s", w.Name, x.Relay, x.Address))
		who += " (through the relay " + x.Relay.String() + ")"
	}
	gives := x.Offers.IsValid()
	what := "answers, and offered no address within three seconds"
	if gives {
		what = "offers " + x.Offers.String()
	}
	if x.BootFile != "" {
		what += fmt.Sprintf(" and the boot file %q", x.BootFile)
	}
	switch {
	case p.DHCP == "server" && (gives || x.Informs):
		remedy := "stop it; or set dhcp: proxy, which leaves the addresses to it; or, if it is meant to be there, seedbed serve --force"
		if x.Relay.IsValid() {
			remedy = "take this wire out of the relay; or set dhcp: proxy or off, and let that server give the addresses"
		}
		found = about(x.Address.String(), s.say("foreign-dhcp", remedy, "another %s %s", who, what))
	case p.DHCP == "server" && x.Boots, p.DHCP == "proxy" && x.Boots && !gives:
		found = about(x.Address.String(), s.say("foreign-proxy", "stop it: machines take the boot file of whoever answers first", "another server tells machines what to boot: %s %s", who, what))
	case p.DHCP == "proxy" && x.BootFile != "":
		found = about(x.Address.String(), s.say("foreign-boot-file", "take the boot file out of its settings: many machines prefer it to the proxy's",
			"%s %s, beside dhcp: proxy here", who, what))
	case p.DHCP == "off" && gives && x.BootFile == "":
		found = about(x.Address.String(), s.say("no-boot-file", "put the lines that `seedbed doctor` prints into its settings", "%s %s, and names no boot file", who, what))
	default:
		notes = append(notes, fmt.Sprintf("%s: %s %s", w.Name, who, what))
	}
	for _, a := range w.Addresses {
		if gives && a.Contains(x.Offers.Addr()) {
			return found, notes
		}
	}
	if gives && len(w.Addresses) > 0 && p.DHCP != "server" {
		found = append(found, about(x.Address.String(), s.say("other-subnet", "give the interface an address of that subnet, or a route to it: machines have to reach this server",
			"%s offers %s, and the interface has %s", who, x.Offers, list(w.Addresses)))...)
	}
	return found, notes
}

// missed: a server that the settings count on, and that did not answer.
func (s *story) missed(w Wire, p Plan) []Symptom {
	givers := 0
	for _, x := range w.Servers {
		if x.Offers.IsValid() || x.Informs {
			givers++
		}
	}
	switch {
	case !w.Asked:
	case (p.DHCP == "proxy" || p.DHCP == "off") && givers == 0:
		return s.say("no-dhcp", "start that server, look at its pool and the VLAN; or set dhcp: server here", "dhcp: %s leaves addresses to another server, and none answered within three seconds", p.DHCP)
	case p.DHCP == "" && givers > 1:
		return s.say("two-servers", "switch one of them off", "%d DHCP servers hand out addresses on this wire", givers)
	}
	return nil
}
