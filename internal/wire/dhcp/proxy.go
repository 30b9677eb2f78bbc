package dhcp

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

const (
	guestTime   = 10 * time.Minute // from an offer until its client has asked port 4011
	maxGuests   = 1 << 14
	credentials = 0x8000 // in the layer of a boot item: the client wants to prove the file's origin
)

// guest is a client that was offered a boot file: its MAC, or its UUID where
// the network is no Ethernet.
type guest struct {
	mac  machine.MAC
	uuid string
}

func guestOf(s *machine.Sighting) guest {
	if !s.MAC.IsZero() {
		return guest{mac: s.MAC}
	}
	return guest{uuid: s.UUID}
}

// welcome remembers whom a boot file was offered.
func (s *Server) welcome(g guest, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.guests) >= maxGuests {
		for o, end := range s.guests {
			if now.After(end) {
				delete(s.guests, o)
			}
		}
		if len(s.guests) >= maxGuests {
			clear(s.guests) // a flood costs a boot its second try, not memory
		}
	}
	s.guests[g] = now.Add(guestTime)
}

func (s *Server) isGuest(g guest, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.guests[g]
	return ok && !now.After(end)
}

// serveProxy answers one message as a proxy beside a DHCP server, or does not:
// firmware is told what to load, and nobody an address.
func (p *port) serveProxy(x *exchange) {
	p.overhear(x)
	if !asksToBoot(x.sight.VendorClass) || x.kind == 0 {
		return
	}
	p.prepare(x)
	switch {
	case x.kind == packet.Discover && p.number == packet.ServerPort:
		p.proxyOffer(x)
	case x.kind == packet.Request || x.kind == packet.Inform:
		p.proxyAnswer(x)
	}
}

// asksToBoot says whether an option 60 is a network boot's. A proxy is silent
// to all others (PXE 2.1 section 2.5.1).
func asksToBoot(vendorClass string) bool {
	return strings.HasPrefix(vendorClass, pxeClient) || strings.HasPrefix(vendorClass, httpClient)
}

// overhear learns who uses which address: clients broadcast to every server
// which one they take.
func (p *port) overhear(x *exchange) {
	if p.Heard == nil || x.sight.MAC.IsZero() {
		return
	}
	addr := packet.Known(x.m.CIAddr)
	if a := x.m.Addr(packet.OptRequested); a.IsValid() && p.number == packet.ServerPort {
		addr = a
	}
	if addr.IsValid() && (x.kind == packet.Request || x.kind == packet.Inform) {
		p.Heard(x.sight.MAC, addr, x.sight.At)
	}
}

// proxyOffer tells a firmware that a boot file is to be had here. Its address
// comes in another server's offer.
func (p *port) proxyOffer(x *exchange) {
	p.line(x, "DHCPDISCOVER from %s via %s", x.who(), p.via(x))
	p.identify(x, true)
	d := p.decide(x, p.Book.SubnetFor(x.ask.Link))
	p.reportDecision(x, d)
	r := p.proxyReply(x, packet.Offer, d)
	if r.boot.File == "" {
		p.mute(x, nothing(d))
		return
	}
	p.welcome(guestOf(&x.sight), x.sight.At)
	p.report(x, d.Attempt, install.Offered, false, fmt.Sprintf("boot file %q from %s; the address comes from another server", r.boot.File, r.boot.Next))
	p.line(x, "proxy DHCPOFFER of %q to %s via %s", r.boot.File, x.who(), p.via(x))
	p.send(x, r)
}

// proxyAnswer is the boot server's part: on port 4011, where UEFI asks after
// an offer without option 43 (what Microsoft calls BINL), and on port 67 for
// the boot items of PXE 2.1 section 2.5.2. Who was not offered anything here
// belongs to another boot server, such as WDS, on the same port.
func (p *port) proxyAnswer(x *exchange) {
	item := packet.Sub(x.m.Get(packet.OptVendor), packet.PXEItem)
	if p.number == packet.ServerPort && item == nil {
		return // it takes its address from the DHCP server
	}
	where := fmt.Sprintf("%s port %d", p.via(x), p.number)
	p.line(x, "boot server request (%s) from %s via %s", x.kind, x.who(), where)
	switch {
	case !p.isGuest(guestOf(&x.sight), x.sight.At):
		p.mute(x, "it was not offered a boot file here")
		return
	case len(item) == 4 && binary.BigEndian.Uint16(item[2:])&credentials != 0:
		p.mute(x, "it asks for credentials of the boot file, and there are none")
		return
	}
	p.identify(x, false)
	link := x.ask.Link
	if x.ask.CIAddr.IsValid() {
		link = x.ask.CIAddr
	}
	d := p.decide(x, p.Book.SubnetFor(link))
	r := p.proxyReply(x, packet.Ack, d)
	r.direct, r.item = true, item
	if r.boot.File == "" {
		p.mute(x, nothing(d))
		return
	}
	p.report(x, d.Attempt, install.Offered, false, fmt.Sprintf("boot file %q from %s, asked for on port %d", r.boot.File, r.boot.Next, p.number))
	p.line(x, "boot server answer with %q to %s via %s", r.boot.File, x.who(), where)
	p.send(x, r)
}

func nothing(d boot.Decision) string {
	if d.Why == "" {
		return "there is nothing for it to boot"
	}
	return d.Why
}

// proxyReply is an answer without an address.
func (p *port) proxyReply(x *exchange, k packet.MessageType, d boot.Decision) *reply {
	return &reply{kind: k, req: &x.m, server: p.addr, firmware: x.sight.Firmware, proxy: true,
		boot: loaderFor(d, p.Book.SubnetFor(x.ask.Link), p.addr)}
}

// origin is where a boot server's answer goes: to the port that asked, often
// 68 or 4011, at the address that the client says it has (P12).
func origin(q *packet.Message, from netip.AddrPort, link netip.Prefix) (netip.AddrPort, net.HardwareAddr) {
	at := packet.Known(q.CIAddr)
	if !at.IsValid() {
		at = packet.Known(from.Addr())
	}
	mac := ethernet(q)
	switch {
	case !at.IsValid():
		return netip.AddrPortFrom(everybody, from.Port()), segment.Broadcast
	case mac.IsZero() || !link.Contains(at):
		return netip.AddrPortFrom(at, from.Port()), nil
	}
	return netip.AddrPortFrom(at, from.Port()), net.HardwareAddr(mac[:])
}
