package dhcp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

// exchange is one message and what becomes of it. It is reused.
type exchange struct {
	buf      [maxDatagram]byte
	n        int
	from, to netip.AddrPort
	m        packet.Message
	kind     packet.MessageType
	queue    chan *exchange
	refs     atomic.Int32 // who still uses it
	apart    bool         // a worker has it: its answer waits for no others
	builder  builder
	answer   reply // made by reply

	macText, xidText string // made by mac and xid

	sight  machine.Sighting
	box    machine.Machine
	server netip.Addr // option 54 of the answer
	ask    lease.Ask
}

// serve answers one message in the server's mode, or does not.
func (p *port) serve(x *exchange) {
	x.box, x.macText, x.xidText = machine.Machine{}, "", ""
	if p.Proxy {
		p.serveProxy(x)
		return
	}
	p.prepare(x)
	switch x.kind {
	case packet.Discover:
		p.discover(x)
	case packet.Request:
		p.request(x)
	case packet.Decline:
		p.decline(x)
	case packet.Release:
		p.release(x)
	case packet.Inform:
		p.inform(x)
	case 0:
		p.bootp(x)
	}
}

// prepare turns the message into a question for the Book.
func (p *port) prepare(x *exchange) {
	m, s := &x.m, &x.sight
	x.server = p.addr
	x.ask = lease.Ask{
		At: s.At, Link: p.addr, MAC: s.MAC, ClientID: s.ClientID, UUID: s.UUID, Port: s.Port,
		Requested: m.Addr(packet.OptRequested), CIAddr: packet.Known(m.CIAddr), HostName: s.HostName,
		Authoritative: p.Authoritative != nil && p.Authoritative(),
		Rebuilding:    p.Rebuilding != nil && p.Rebuilding(),
	}
	if d := m.Get(packet.OptLeaseTime); len(d) == 4 {
		x.ask.Time = time.Duration(binary.BigEndian.Uint32(d)) * time.Second
	}
	if a := m.Addr(packet.OptSubnetSelect); a.IsValid() {
		x.ask.Link = a
	}
	if !s.Relay.IsValid() {
		return
	}
	relay := m.Get(packet.OptRelay)
	if !m.Addr(packet.OptSubnetSelect).IsValid() {
		x.ask.Link = s.Relay
	}
	if a := optionAddr(packet.Sub(relay, packet.RelayLink)); a.IsValid() {
		x.ask.Link = a
	}
	if a := optionAddr(packet.Sub(relay, packet.RelayServerID)); a.IsValid() {
		x.server = a
	}
}

// identify learns whose message it is. begin: this is where a boot path
// begins, so its first steps are reported.
func (p *port) identify(x *exchange, begin bool) {
	s := &x.sight
	if p.Desk == nil || s.MAC.IsZero() && s.UUID == "" && len(s.ClientID) == 0 && s.Port == (machine.Port{}) {
		return
	}
	x.box = p.Desk.Identify(*s)
	x.ask.Machine = x.box.Name
	if begin && x.box.Name != "" {
		p.reportSighting(x)
	}
}

// decide asks the desk what to boot. Who is no firmware boots nothing.
func (p *port) decide(x *exchange, s *lease.Subnet) boot.Decision {
	if x.sight.Firmware == machine.NoFirmware || p.Desk == nil || x.box.Name == "" {
		return boot.Decision{Kind: boot.Ignore}
	}
	return p.Desk.Decide(x.box, x.sight, boot.Place{
		Segment: p.info.Name, Server: p.addr, HTTPPort: p.HTTPPort, Subnet: s,
	})
}

func (p *port) discover(x *exchange) {
	p.say(x, "DHCPDISCOVER from "+x.who()+" via "+p.via(x))
	p.identify(x, true)
	subnet := p.Book.SubnetFor(x.ask.Link)
	d := p.decide(x, subnet)
	firmware := x.sight.Firmware != machine.NoFirmware && p.Desk != nil
	if firmware && x.box.Name != "" {
		p.reportDecision(x, d)
		if d.Kind == boot.Ignore {
			// Silence lets the ROM go on to its next device, and another
			// server's offer stand alone.
			p.mute(x, d.Why)
			return
		}
	}
	v := p.Book.Offer(x.ask)
	if v.Word != lease.Ack {
		p.refuse(x, v)
		return
	}
	r := p.reply(x, packet.Offer, v, d)
	if firmware {
		p.report(x, d.Attempt, install.Offered, false, offerText(r))
	}
	if v.Subnet.RapidCommit && x.m.Get(packet.OptRapidCommit) != nil {
		p.rapid(x, v.Lease.Address, d)
		return
	}
	p.say(x, "DHCPOFFER on "+v.Lease.Address.String()+" to "+x.who()+" via "+p.via(x))
	p.send(x, r)
}

// rapid gives the address at once, without an offer (RFC 4039).
func (p *port) rapid(x *exchange, addr netip.Addr, d boot.Decision) {
	x.ask.Requested = addr
	v := p.Book.Request(x.ask, lease.Selecting)
	if v.Word != lease.Ack {
		p.refuse(x, v)
		return
	}
	p.report(x, d.Attempt, install.Addressed, false, addressText(v))
	p.line(x, "DHCPACK on %s to %s via %s, by rapid commit", v.Lease.Address, x.who(), p.via(x))
	r := p.reply(x, packet.Ack, v, d)
	r.rapid = true
	p.send(x, r)
}

// reply is an answer that gives an address. It is x.answer.
func (p *port) reply(x *exchange, k packet.MessageType, v lease.Verdict, d boot.Decision) *reply {
	r := &x.answer
	*r = reply{
		kind: k, req: &x.m, server: x.server, address: v.Lease.Address, term: v.Term,
		subnet: v.Subnet, hostName: v.Name, firmware: x.sight.Firmware,
		boot: loaderFor(d, v.Subnet, p.addr),
	}
	if r.hostName == "" && x.box.Declared {
		r.hostName = x.box.Name
	}
	return r
}

func (p *port) request(x *exchange) {
	kind, ours := p.requestKind(x)
	if !ours {
		p.line(x, "DHCPREQUEST for %s (%s) from %s via %s: it takes another server", x.ask.Requested, x.m.Addr(packet.OptServerID), x.who(), p.via(x))
		p.Book.Withdraw(x.ask)
		if p.Rival != nil && !x.sight.Relay.IsValid() {
			p.Rival(p.info.Name, x.m.Addr(packet.OptServerID))
		}
		return
	}
	addr := x.ask.Requested
	if kind == lease.Renewing || kind == lease.Rebinding || !addr.IsValid() {
		addr = x.ask.CIAddr
	}
	p.say(x, "DHCPREQUEST for "+addr.String()+" from "+x.who()+" via "+p.via(x))
	if !addr.IsValid() {
		p.mute(x, "it names no address")
		return
	}
	fresh := kind == lease.Selecting || kind == lease.InitReboot
	p.identify(x, kind == lease.InitReboot)
	x.refs.Add(1)
	p.Book.RequestThen(x.ask, kind, func(v lease.Verdict, later bool) {
		if later && x.box.Name != "" {
			go p.conclude(x, addr, fresh, v) // what is reported, and what it boots, may concern the disk
			return
		}
		p.conclude(x, addr, fresh, v)
	})
}

// conclude answers a DHCPREQUEST once the Book has spoken, and is done with it.
func (p *port) conclude(x *exchange, addr netip.Addr, fresh bool, v lease.Verdict) {
	p.guard(x, func(x *exchange) { p.requested(x, addr, fresh, v) })
	p.drop(x)
}

func (p *port) requested(x *exchange, addr netip.Addr, fresh bool, v lease.Verdict) {
	switch v.Word {
	case lease.Ack:
		d := p.decide(x, v.Subnet)
		if fresh {
			p.report(x, d.Attempt, install.Addressed, false, addressText(v))
		}
		p.say(x, "DHCPACK on "+v.Lease.Address.String()+" to "+x.who()+" via "+p.via(x))
		p.send(x, p.reply(x, packet.Ack, v, d))
	case lease.Nak:
		p.line(x, "DHCPNAK on %s to %s via %s: %s", addr, x.who(), p.via(x), v.Why)
		p.send(x, &reply{kind: packet.Nak, req: &x.m, server: x.server, note: v.Why})
	default:
		p.refuse(x, v)
	}
}

// requestKind tells the four states apart (RFC 2131 section 4.3.2). ours is
// false when the client has taken another server's offer.
func (p *port) requestKind(x *exchange) (k lease.Kind, ours bool) {
	id := x.m.Addr(packet.OptServerID)
	switch {
	case id.IsValid() && id != x.server && !p.isOwn(id):
		return lease.Selecting, false
	case id.IsValid() && (x.ask.Requested.IsValid() || !x.ask.CIAddr.IsValid()):
		return lease.Selecting, true
	case !x.ask.CIAddr.IsValid():
		return lease.InitReboot, true
	case x.to.Addr() != everybody && !x.sight.Relay.IsValid():
		return lease.Renewing, true
	}
	return lease.Rebinding, true
}

func (p *port) decline(x *exchange) {
	p.line(x, "DHCPDECLINE of %s from %s via %s", x.ask.Requested, x.who(), p.via(x))
	if id := x.m.Addr(packet.OptServerID); id != x.server && !p.isOwn(id) {
		p.mute(x, "it is not for this server")
		return
	}
	v := p.Book.Decline(x.ask)
	if v.Lease.State != lease.Declined {
		p.refuse(x, v)
		return
	}
	p.Log.Warn("an address is in use by a stranger; it is set aside for a while",
		"iface", p.info.Name, "mac", x.sight.MAC, "subnet", v.Lease.Subnet, "address", v.Lease.Address, "until", v.Lease.Expires)
	p.notice(fmt.Sprintf("%s found somebody else at %s and declined it: it is given to nobody until %s",
		x.sight.MAC, v.Lease.Address, v.Lease.Expires.Format(time.RFC3339)))
	p.failed(x, v)
}

func (p *port) release(x *exchange) {
	p.line(x, "DHCPRELEASE of %s from %s via %s", x.ask.CIAddr, x.who(), p.via(x))
	if id := x.m.Addr(packet.OptServerID); id.IsValid() && id != x.server && !p.isOwn(id) {
		p.mute(x, "it is not for this server")
		return
	}
	v := p.Book.Release(x.ask)
	if v.Lease.State != lease.Released {
		p.refuse(x, v)
		return
	}
	p.failed(x, v)
}

// inform gives parameters and no address (RFC 2131 section 4.3.5).
func (p *port) inform(x *exchange) {
	at := x.ask.CIAddr
	if !at.IsValid() {
		at = packet.Known(x.from.Addr())
	}
	p.line(x, "DHCPINFORM from %s via %s", x.who(), p.via(x))
	link := x.ask.Link
	if at.IsValid() && !x.sight.Relay.IsValid() {
		link = at
	}
	s := p.Book.SubnetFor(link)
	if s == nil {
		p.mute(x, "no subnet in the settings holds its address")
		return
	}
	p.line(x, "DHCPACK to %s (%s) via %s", at, x.who(), p.via(x))
	p.send(x, &reply{kind: packet.Ack, req: &x.m, server: x.server, subnet: s, firmware: machine.NoFirmware})
}

// bootp answers machines that are older than DHCP, if an address is reserved
// for them.
func (p *port) bootp(x *exchange) {
	p.line(x, "BOOTREQUEST from %s via %s", x.who(), p.via(x))
	p.identify(x, true)
	v := p.Book.Request(x.ask, lease.Static)
	if v.Word != lease.Ack {
		p.refuse(x, v)
		return
	}
	p.report(x, 0, install.Addressed, false, addressText(v))
	p.line(x, "BOOTREPLY on %s to %s via %s", v.Lease.Address, x.who(), p.via(x))
	r := p.reply(x, 0, v, boot.Decision{Kind: boot.Ignore})
	if s := v.Subnet; s.BootFile != "" {
		r.boot = loaderFor(boot.Decision{Kind: boot.Loader}, s, p.addr)
	}
	p.send(x, r)
}

func (p *port) send(x *exchange, r *reply) {
	limit := 0
	if p.info.MTU > 0 && !x.sight.Relay.IsValid() {
		limit = p.info.MTU - packet.UDPOverhead
	}
	data := x.builder.build(r, limit)
	to, hw := destination(r, x.from, p.info.Addr)
	if p.write(x, r.kind, data, to, hw) {
		p.repeat(x, r, data, to, hw)
	}
}
