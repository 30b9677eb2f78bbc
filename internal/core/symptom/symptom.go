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
	Relay  netip.Addr // that passed the packet on; invalid: none
	File   string     // boot file, or what was asked for
	Block  int
	Code   int // of an error or HTTP status
}

// Symptom is what is wrong and what to do.
type Symptom struct {
	Name   string // of the kind of symptom, as loader-loop; docs/troubleshooting.md lists them
	Who    string // MAC, address or interface
	Msg    string
	Remedy string

	subject string // what it is about, where a machine may have several of the kind
	absent  bool   // it is known only by what did not come: that may still come
}

// resends is how often the same data goes out without an answer before it
// counts as lost: once is chance.
const resends = 3

// story is what one machine did.
type story struct {
	who   string
	facts []Fact
	keys  []string // of symptoms that a Watch knows of
}

// Find gives the symptoms, machine by machine in the order they were first
// seen. A capture that ends in the middle of a boot may show one too many:
// that nothing came is only known up to its end.
func Find(facts []Fact) []Symptom {
	var b book
	for _, f := range facts {
		b.enter(f)
	}
	var out []Symptom
	for _, s := range b.stories {
		out = append(out, s.symptoms()...)
	}
	return out
}

// symptoms of one machine. What did not come is looked for since it last
// began to boot.
func (s *story) symptoms() (out []Symptom) {
	boot := s.lastBoot()
	for _, look := range []func(*story) []Symptom{unanswered, twoServers, unrequested, unacknowledged, nameless} {
		out = append(out, look(boot)...)
	}
	for _, look := range []func(*story) []Symptom{loop, transfers, webless} {
		out = append(out, look(s)...)
	}
	return out
}

// book sorts facts by machine. Addresses belong to whom they were last offered
// or acknowledged. The zero value is ready.
type book struct {
	owner   map[netip.Addr]machine.MAC
	index   map[string]int
	stories []*story
}

// enter gives the story that the fact belongs to, and whether it is a new one.
func (b *book) enter(f Fact) *story {
	if b.index == nil {
		b.owner, b.index = map[netip.Addr]machine.MAC{}, map[string]int{}
	}
	if (f.Kind == Ack || f.Kind == Offer) && f.YIAddr.IsValid() && !f.YIAddr.IsUnspecified() {
		b.owner[f.YIAddr] = f.MAC
	}
	mac := f.MAC
	if mac.IsZero() {
		mac = b.owner[f.Client]
	}
	who := mac.String()
	if mac.IsZero() {
		who = f.Client.String()
	}
	i, ok := b.index[who]
	if !ok {
		i = len(b.stories)
		b.index[who] = i
		b.stories = append(b.stories, &story{who: who})
	}
	s := b.stories[i]
	s.facts = append(s.facts, f)
	return s
}

// lastBoot is the story from where the firmware last began anew: its question
// after anything but questions and offers.
func (s *story) lastBoot() *story {
	for i := len(s.facts) - 1; i > 0; i-- {
		f, before := s.facts[i], s.facts[i-1].Kind
		if f.Kind == Discover && f.PXE && !f.IPXE && before != Discover && before != Offer {
			return &story{who: s.who, facts: s.facts[i:]}
		}
	}
	return s
}

// say makes a symptom by its name.
func (s *story) say(name, remedy, format string, args ...any) []Symptom {
	return []Symptom{{Name: name, Who: s.who, Msg: fmt.Sprintf(format, args...), Remedy: remedy}}
}

// lacks makes one that is known by what did not come.
func (s *story) lacks(name, remedy, format string, args ...any) []Symptom {
	out := s.say(name, remedy, format, args...)
	out[0].absent = true
	return out
}

// about says what a symptom is about.
func about(subject string, all []Symptom) []Symptom {
	all[0].subject = subject
	return all
}

// of gives the facts of some kinds, in order.
func (s *story) of(kinds ...Kind) []Fact {
	var out []Fact
	for _, f := range s.facts {
		if slices.Contains(kinds, f.Kind) {
			out = append(out, f)
		}
	}
	return out
}

func (s *story) boots() bool {
	return slices.ContainsFunc(s.facts, func(f Fact) bool { return f.PXE || f.IPXE })
}

// unanswered: nobody offers anything.
func unanswered(s *story) []Symptom {
	asked := len(s.of(Discover))
	if asked < 2 || len(s.of(Offer, Ack, Nak)) > 0 {
		return nil
	}
	return s.lacks("no-offer", "is a server running on this wire, is the machine's port in the right VLAN, is a relay needed? `seedbed watch` says why Seedbed does not answer",
		"%d DHCPDISCOVER and no DHCPOFFER: nobody answers this machine", asked)
}

// servers that offered, told apart by whether they gave an address.
func (s *story) servers() (addresses, proxies []string) {
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

func twoServers(s *story) []Symptom {
	addresses, _ := s.servers()
	if len(addresses) < 2 {
		return nil
	}
	all := strings.Join(addresses, " and ")
	return about(all, s.say("two-servers", "switch one of them off, or set dhcp: proxy so that Seedbed leaves addresses to the other",
		"two DHCP servers hand out addresses on this wire: %s", all))
}

// unrequested: a ROM takes none of the offers.
func unrequested(s *story) []Symptom {
	offers := s.of(Offer)
	if !s.boots() || len(offers) == 0 || len(s.of(Request)) > 0 {
		return nil
	}
	_, proxies := s.servers()
	if len(offers) >= 2 && len(proxies) > 0 {
		return s.lacks("proxy-ignored", "let the DHCP server that gives addresses name the boot server and file too: with dhcp: off, `seedbed doctor` prints the lines for it; or let Seedbed be the DHCP server",
			"%d DHCPOFFER, one of them by ProxyDHCP, and no DHCPREQUEST: this firmware ignores ProxyDHCP", len(offers))
	}
	return s.lacks("offer-not-taken", "does the answer reach the machine (spanning tree, VLAN, a relay that drops it)? Does it name a boot file that the firmware wants?",
		"%d DHCPOFFER and no DHCPREQUEST: the machine takes none of the offers", len(offers))
}

func unacknowledged(s *story) []Symptom {
	requests, acks, naks := s.of(Request), s.of(Ack), s.of(Nak)
	switch {
	case len(acks) > 0:
		return nil
	case len(naks) > 0:
		return s.lacks("refused", "two servers disagree about the network; `authoritative: false` keeps Seedbed from refusing what it does not know",
			"the machine's address is refused (DHCPNAK by %s) and none is given", naks[0].Server)
	case len(requests) >= 2:
		return s.lacks("no-ack", "is the server that the machine chose still there?", "%d DHCPREQUEST and no DHCPACK", len(requests))
	}
	return nil
}

// nameless: an address, but nothing to boot.
func nameless(s *story) []Symptom {
	if !s.boots() || len(s.of(TFTPAsk, HTTPAsk)) > 0 {
		return nil
	}
	acks := s.of(Ack)
	if len(acks) == 0 || slices.ContainsFunc(s.facts, func(f Fact) bool { return (f.Kind == Offer || f.Kind == Ack) && f.File != "" }) {
		return nil
	}
	return s.lacks("no-boot-file", "with dhcp: off, `seedbed doctor` prints what the other server has to say; with dhcp: proxy, `seedbed watch` says why Seedbed kept silent",
		"the machine has an address from %s, but nobody names a boot file", acks[len(acks)-1].Server)
}

// loop: a program was loaded, and then the same asks as before and loads the
// same again, with nothing else in between. A machine that was installed and
// boots again has asked for its script, kernel or files.
func loop(s *story) []Symptom {
	type asker struct {
		arch int
		ipxe bool
	}
	type round struct {
		loads int
		asked int // the question that led to the last one
	}
	var now asker
	var before Kind
	asked := 0 // questions so far; their XIDs tell nothing, some ROMs make them of their MAC
	loaded := map[asker]map[string]*round{}
	worst := map[asker]map[string]int{}
	for _, f := range s.facts {
		was := before
		before = f.Kind
		switch {
		case f.Kind == Discover && (f.PXE || f.IPXE):
			now = asker{f.Arch, f.IPXE}
			if was != Discover && was != Offer {
				asked++
			}
		case f.Kind != TFTPAsk && f.Kind != HTTPAsk:
		case !program(f.File):
			clear(loaded) // it goes on: no loop so far
		default:
			if loaded[now] == nil {
				loaded[now] = map[string]*round{}
			}
			r := loaded[now][f.File]
			if r == nil {
				r = &round{}
				loaded[now][f.File] = r
			}
			if r.loads == 0 || r.asked != asked { // some ask for the size first: twice, and one load
				r.loads, r.asked = r.loads+1, asked
			}
			if r.loads >= 2 {
				if worst[now] == nil {
					worst[now] = map[string]int{}
				}
				worst[now][f.File] = max(worst[now][f.File], r.loads)
			}
		}
	}
	var out []Symptom
	for a, files := range worst {
		for name, n := range files {
			what := fmt.Sprintf("architecture %d", a.arch)
			if a.ipxe {
				what = "iPXE"
			}
			out = append(out, about(what+" "+name, s.say("loader-loop", "the program does not become another that asks (iPXE without a script of its own, a loader for another firmware): set loader: auto, and leave boot-file out of the subnet",
				"a loader loop: %s asked %d times and loaded %q %d times", what, n, name, n))...)
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

// webless: the last thing asked for by HTTP is refused.
func webless(s *story) []Symptom {
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
	return about(asked.File, s.lacks("http-refused", "`seedbed watch` and the server's log say why; `seedbed render MACHINE` shows what it would get",
		"HTTP %d for %q, and the machine asks for nothing after it", refused.Code, asked.File))
}
