package symptom

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"seedbed/internal/core/machine"
)

// Kind is what a packet was.
type Kind string

// The kinds that matter to a boot.
const (
	Discover  Kind = "discover"
	Offer     Kind = "offer"
	Request   Kind = "request" // to port 67 or, of ProxyDHCP, 4011
	Ack       Kind = "ack"
	Nak       Kind = "nak"
	TFTPAsk   Kind = "tftp read"
	TFTPData  Kind = "tftp data" // or OACK, with Block 0
	TFTPAck   Kind = "tftp ack"
	TFTPError Kind = "tftp error" // of the server
	HTTPAsk   Kind = "http request"
	HTTPReply Kind = "http reply"
)

// Fact is one packet. Only the fields of its kind are set.
type Fact struct {
	At     time.Time
	Kind   Kind
	MAC    machine.MAC // of the machine that boots; zero where only Client is known
	Client netip.Addr  // its address
	Port   uint16      // its port: one TFTP or HTTP transfer
	Server netip.Addr  // who answered or was asked
	XID    uint32
	PXE    bool       // a boot ROM asks (option 60 begins with PXEClient or HTTPClient)
	IPXE   bool       // iPXE asks (option 77)
	Arch   int        // option 93; -1: none
	YIAddr netip.Addr // unspecified in a ProxyDHCP offer
	File   string     // boot file, or what was asked for
	Block  int
	Code   int // of an error or HTTP status
}

// Symptom is what is wrong and what to do.
type Symptom struct {
	Who    string // MAC or address
	Msg    string
	Remedy string
}

// resends is how often the same data goes out without an answer before it
// counts as lost: once is chance.
const resends = 3

// story is what one machine did.
type story struct {
	who   string
	facts []Fact
}

// Find gives the symptoms, machine by machine in the order they were first
// seen. A capture that ends in the middle of a boot may show one too many:
// that nothing came is only known up to its end.
func Find(facts []Fact) []Symptom {
	var out []Symptom
	for _, s := range stories(facts) {
		for _, look := range []func(story) []Symptom{unanswered, twoServers, unrequested, unacknowledged, nameless, loop, transfers, webless} {
			out = append(out, look(s)...)
		}
	}
	return out
}

// stories sorts the facts by machine. Addresses belong to whom they were last
// offered or acknowledged.
func stories(facts []Fact) []story {
	owner := map[netip.Addr]machine.MAC{}
	index := map[string]int{}
	var out []story
	for _, f := range facts {
		if (f.Kind == Ack || f.Kind == Offer) && f.YIAddr.IsValid() && !f.YIAddr.IsUnspecified() {
			owner[f.YIAddr] = f.MAC
		}
		mac := f.MAC
		if mac.IsZero() {
			mac = owner[f.Client]
		}
		who := mac.String()
		if mac.IsZero() {
			who = f.Client.String()
		}
		i, ok := index[who]
		if !ok {
			i = len(out)
			index[who] = i
			out = append(out, story{who: who})
		}
		out[i].facts = append(out[i].facts, f)
	}
	return out
}

func (s story) say(remedy, format string, args ...any) []Symptom {
	return []Symptom{{s.who, fmt.Sprintf(format, args...), remedy}}
}

// of gives the facts of some kinds, in order.
func (s story) of(kinds ...Kind) []Fact {
	var out []Fact
	for _, f := range s.facts {
		if slices.Contains(kinds, f.Kind) {
			out = append(out, f)
		}
	}
	return out
}

func (s story) boots() bool {
	return slices.ContainsFunc(s.facts, func(f Fact) bool { return f.PXE || f.IPXE })
}

// unanswered: nobody offers anything.
func unanswered(s story) []Symptom {
	asked := len(s.of(Discover))
	if asked < 2 || len(s.of(Offer, Ack, Nak)) > 0 {
		return nil
	}
	return s.say("is a server running on this wire, is the machine's port in the right VLAN, is a relay needed? `seedbed watch` says why Seedbed does not answer",
		"%d DHCPDISCOVER and no DHCPOFFER: nobody answers this machine", asked)
}

// servers that offered, told apart by whether they gave an address.
func (s story) servers() (addresses, proxies []string) {
	for _, f := range s.of(Offer) {
		name := f.Server.String()
		if f.YIAddr.IsUnspecified() {
			if !slices.Contains(proxies, name) {
				proxies = append(proxies, name)
			}
		} else if !slices.Contains(addresses, name) {
			addresses = append(addresses, name)
		}
	}
	return addresses, proxies
}

func twoServers(s story) []Symptom {
	addresses, _ := s.servers()
	if len(addresses) < 2 {
		return nil
	}
	return s.say("switch one of them off, or set dhcp: proxy so that Seedbed leaves addresses to the other",
		"two DHCP servers hand out addresses on this wire: %s", strings.Join(addresses, " and "))
}

// unrequested: a ROM takes none of the offers.
func unrequested(s story) []Symptom {
	offers := s.of(Offer)
	if !s.boots() || len(offers) == 0 || len(s.of(Request)) > 0 {
		return nil
	}
	_, proxies := s.servers()
	if len(offers) >= 2 && len(proxies) > 0 {
		return s.say("let the DHCP server that gives addresses name the boot server and file too: with dhcp: off, `seedbed doctor` prints the lines for it; or let Seedbed be the DHCP server",
			"%d DHCPOFFER, one of them by ProxyDHCP, and no DHCPREQUEST: this firmware ignores ProxyDHCP", len(offers))
	}
	return s.say("does the answer reach the machine (spanning tree, VLAN, a relay that drops it)? Does it name a boot file that the firmware wants?",
		"%d DHCPOFFER and no DHCPREQUEST: the machine takes none of the offers", len(offers))
}

func unacknowledged(s story) []Symptom {
	requests, acks, naks := s.of(Request), s.of(Ack), s.of(Nak)
	switch {
	case len(acks) > 0:
		return nil
	case len(naks) > 0:
		return s.say("two servers disagree about the network; `authoritative: false` keeps Seedbed from refusing what it does not know",
			"the machine's address is refused (DHCPNAK by %s) and none is given", naks[0].Server)
	case len(requests) >= 2:
		return s.say("is the server that the machine chose still there?", "%d DHCPREQUEST and no DHCPACK", len(requests))
	}
	return nil
}

// nameless: an address, but nothing to boot.
func nameless(s story) []Symptom {
	if !s.boots() || len(s.of(TFTPAsk, HTTPAsk)) > 0 {
		return nil
	}
	acks := s.of(Ack)
	if len(acks) == 0 || slices.ContainsFunc(s.facts, func(f Fact) bool { return (f.Kind == Offer || f.Kind == Ack) && f.File != "" }) {
		return nil
	}
	return s.say("with dhcp: off, `seedbed doctor` prints what the other server has to say; with dhcp: proxy, `seedbed watch` says why Seedbed kept silent",
		"the machine has an address from %s, but nobody names a boot file", acks[len(acks)-1].Server)
}

// loop: a program was loaded, and what asks next is the same as before.
func loop(s story) []Symptom {
	type asker struct {
		arch int
		ipxe bool
	}
	var now asker
	loaded := map[asker]map[string]int{}
	for _, f := range s.facts {
		switch {
		case f.Kind == Discover && (f.PXE || f.IPXE):
			now = asker{f.Arch, f.IPXE}
		case (f.Kind == TFTPAsk || f.Kind == HTTPAsk) && program(f.File):
			if loaded[now] == nil {
				loaded[now] = map[string]int{}
			}
			loaded[now][f.File]++
		}
	}
	discovers := map[asker]int{}
	seen := map[uint32]bool{}
	for _, f := range s.of(Discover) {
		if !seen[f.XID] && (f.PXE || f.IPXE) {
			seen[f.XID] = true
			discovers[asker{f.Arch, f.IPXE}]++
		}
	}
	var out []Symptom
	for a, files := range loaded {
		for name, n := range files {
			if n >= 2 && discovers[a] >= 2 {
				what := fmt.Sprintf("architecture %d", a.arch)
				if a.ipxe {
					what = "iPXE"
				}
				out = append(out, s.say("the program does not become another that asks (iPXE without a script of its own, a loader for another firmware): set loader: auto, and leave boot-file out of the subnet",
					"a loader loop: %s asked %d times and loaded %q %d times", what, discovers[a], name, n)...)
			}
		}
	}
	slices.SortFunc(out, func(a, b Symptom) int { return strings.Compare(a.Msg, b.Msg) })
	return out
}

// program: a boot program by its name, and no configuration or kernel.
func program(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".0", ".efi", ".kpxe", ".kkpxe", ".pxe", ".kpxe-x86_64", ".ipxe.bin"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// transfers looks at each TFTP transfer.
func transfers(s story) []Symptom {
	var out []Symptom
	type transfer struct {
		ask                 Fact
		asks, sent, last    int // requests alike; data without an ACK since; the highest block acknowledged
		answered, ok, ended bool
		code                int
	}
	var all []*transfer
	byPort := map[uint16]*transfer{}
	for _, f := range s.of(TFTPAsk, TFTPData, TFTPAck, TFTPError) {
		t := byPort[f.Port]
		switch f.Kind {
		case TFTPAsk:
			if t != nil && !t.answered && t.ask.File == f.File {
				t.asks++
				continue
			}
			if old := last(all); old != nil && !old.answered && old.ask.File == f.File {
				old.asks++ // some ROMs take a new port for each try
				byPort[f.Port] = old
				continue
			}
			t = &transfer{ask: f, asks: 1}
			all = append(all, t)
			byPort[f.Port] = t
		case TFTPData:
			if t != nil {
				t.answered = true
				t.sent++
			}
		case TFTPAck:
			if t != nil {
				t.sent, t.ok, t.last = 0, true, max(t.last, f.Block)
			}
		case TFTPError:
			if t != nil {
				t.answered, t.ended, t.code = true, true, f.Code
			}
		}
	}
	for i, t := range all {
		name := t.ask.File
		switch {
		case !t.answered && t.asks >= resends:
			out = append(out, s.say("is the server's port 69/udp closed by a firewall, or does nobody serve TFTP at that address?",
				"%d requests for %q by TFTP and no answer from %s", t.asks, name, t.ask.Server)...)
		case t.sent >= resends && t.last == 0:
			out = append(out, s.say("a firewall lets port 69 through, but not the ports of the transfer: allow UDP from the server's ports above 1023, or load its TFTP helper (nf_conntrack_tftp)",
				"TFTP stops at block 1 of %q: it was sent %d times and never acknowledged", name, t.sent)...)
		case t.sent >= resends && !t.ended:
			out = append(out, s.say("packets get lost on the way: look at cable, duplex and MTU (blocks larger than 1468 bytes are fragmented)",
				"TFTP stops after block %d of %q: the next was sent %d times and never acknowledged", t.last, name, t.sent)...)
		case t.ended && t.code == 1 && i == len(all)-1 && len(s.of(HTTPAsk)) == 0:
			out = append(out, s.say("is the name right (capital letters, a slash at its start)? tftp.root holds files of your own, `loader: auto` names one that is there",
				"TFTP: %q is not found, and the machine asks for nothing after it", name)...)
		}
	}
	return out
}

func last[T any](all []*T) *T {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// webless: the last thing asked for by HTTP is refused.
func webless(s story) []Symptom {
	var asked, refused Fact
	for _, f := range s.of(HTTPAsk, HTTPReply) {
		switch {
		case f.Kind == HTTPAsk:
			asked, refused = f, Fact{}
		case f.Code >= 400 && f.Port == asked.Port:
			refused = f
		case f.Code < 400:
			refused = Fact{}
		}
	}
	if refused.Code == 0 {
		return nil
	}
	return s.say("`seedbed watch` and the server's log say why; `seedbed render MACHINE` shows what it would get",
		"HTTP %d for %q, and the machine asks for nothing after it", refused.Code, asked.File)
}
