package dhcpd

import (
	"net/netip"
	"slices"
	"strings"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/machine"
)

// host reads a machine with its reservation. What dhcpd can say to one machine
// alone, and Seedbed cannot, is lost.
func (r *reader) host(s statement) {
	m := &settings.Machine{At: s.at()}
	if len(s.words) > 1 {
		m.Name = s.words[1].text
	}
	r.d.Keep(s.at(), s.String())
	for _, b := range s.block {
		r.ofHost(m, b)
	}
	r.d.Machines = append(r.d.Machines, m)
}

func (r *reader) ofHost(m *settings.Machine, b statement) {
	at, what := b.at(), b.String()
	switch b.word(0) {
	case "hardware":
		a, err := machine.ParseMAC(b.words[len(b.words)-1].text)
		if b.word(1) != "ethernet" || len(b.words) != 3 || err != nil {
			r.d.Lose(at, what, "it is not an Ethernet address as 00:0c:29:83:d1:d1")
			return
		}
		m.MACs = append(m.MACs, a)
	case "fixed-address":
		r.fixed(m, b)
		return
	case "host-identifier":
		if b.word(1) != "option" || b.word(2) != "dhcp-client-identifier" || len(b.words) != 4 || !r.clientID(m, b.words[3:]) {
			r.d.Lose(at, what, "a machine is known by its MAC address or its dhcp-client-identifier")
			return
		}
	case "option":
		r.hostOption(m, b)
		return
	case "filename", "next-server":
		r.d.Change(at, what, "what a machine boots is said by its profile, and Seedbed picks the loader by firmware itself")
		return
	case "ddns-hostname", "dynamic", "deleted":
		r.d.Lose(at, what, "Seedbed does not have this")
		return
	case "if", "elsif", "else":
		r.condition(b, (&scope{}).inside("host"))
		return
	case "allow", "deny", "ignore":
		if b.word(1) == "booting" {
			r.d.Lose(at, what, "unknown-machines: ignore holds for those that are not listed; this machine gets the menu until it has a profile")
			return
		}
		r.d.Lose(at, what, "Seedbed says nothing of this to one machine alone")
		return
	default:
		r.d.Lose(at, what, "Seedbed says nothing of this to one machine alone")
		return
	}
	r.d.Keep(at, what)
}

func (r *reader) clientID(m *settings.Machine, words []token) bool {
	b, err := (definition{code: 61}).data(words)
	m.ClientID = string(b)
	return err == nil
}

func (r *reader) hostOption(m *settings.Machine, b statement) {
	at, what := b.at(), b.String()
	switch name := b.word(1); {
	case len(b.words) < 3:
		r.d.Lose(at, what, "it has no value")
	case name == "host-name" && len(b.words) == 3:
		// The host name is the machine's name in our settings.
		if h := b.words[2].text; h != m.Name {
			r.d.Change(at, what, "the machine is called so, and no longer %q", m.Name)
			m.Name = h
			return
		}
		r.d.Keep(at, what)
	case name == "dhcp-client-identifier" && r.clientID(m, b.words[2:]):
		r.d.Keep(at, what)
	default:
		r.d.Lose(at, what, "Seedbed has options for a subnet, not for one machine")
	}
}

// fixed takes the first address that some subnet holds; the file's subnets may
// stand below, so that is looked at from what is known of them.
func (r *reader) fixed(m *settings.Machine, b statement) {
	var list []netip.Addr
	for _, w := range b.words[1:] {
		if a := settings.Address(w.text); a.IsValid() {
			list = append(list, a)
		} else if !w.is(",") {
			r.d.Lose(b.at(), b.String(), "%q is not an IPv4 address, and Seedbed asks no DNS for one", w.text)
			return
		}
	}
	if len(list) == 0 {
		r.d.Lose(b.at(), b.String(), "it names no address")
		return
	}
	i := slices.IndexFunc(list, func(a netip.Addr) bool {
		return slices.ContainsFunc(r.subnets, func(s *settings.Subnet) bool { return s.Network.Contains(a) })
	})
	m.Address = list[max(i, 0)]
	if len(list) > 1 {
		r.d.Lose(b.at(), b.String(), "a machine has one reservation: %s", m.Address)
		return
	}
	r.d.Keep(b.at(), b.String())
}

// option is an option of a scope, or the definition of one.
func (r *reader) option(s statement, in *scope) {
	at, what, name := s.at(), s.String(), s.word(1)
	def, known := r.defined[name]
	switch {
	case name == "space" || strings.Contains(name, "."):
		r.d.Lose(at, what, "Seedbed knows no option spaces: give option 43 (vendor-encapsulated-options) as bytes")
		return
	case s.word(2) == "code" && !known:
		r.d.Lose(at, what, "this type of option is not known to Seedbed")
		return
	case s.word(2) == "code":
		r.d.Keep(at, what)
		return
	case !known || len(s.words) < 3:
		r.d.Lose(at, what, "no option is known by this name: give it by its number, in options: of the subnet")
		return
	case in.kind == "conditional":
		r.d.Lose(at, what, "Seedbed gives no options on a condition")
		return
	}
	data, err := def.data(s.words[2:])
	if err != nil {
		r.d.Lose(at, what, "%v", err)
		return
	}
	r.replace(in.options[def.code])
	e := &entry{statement: s, def: def, data: data}
	in.options[def.code] = e
	r.entries = append(r.entries, e)
}
