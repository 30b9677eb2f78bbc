package dhcp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// reply is everything that an answer of any kind and mode is made of. What is
// zero is left out of it: a lease time in answers to DHCPINFORM, an address in
// those of a proxy.
type reply struct {
	kind     packet.MessageType
	req      *packet.Message
	server   netip.Addr // option 54
	address  netip.Addr // yiaddr
	term     time.Duration
	subnet   *lease.Subnet
	hostName string // offered when asked for
	note     string // option 56 of a DHCPNAK
	firmware machine.Firmware
	boot     loader

	rapid  bool   // RFC 4039: it answers a DISCOVER
	proxy  bool   // beside another DHCP server
	direct bool   // back to the port that asked
	item   []byte // sub-option 71 of a boot server request, given back
}

// loader is what a firmware is told to load; an empty File means nothing.
type loader struct {
	Next netip.Addr
	File string
}

// loaderFor reads a decision for the wire. Settings of the subnet win over the
// desk's choice when the desk left something open.
func loaderFor(d boot.Decision, s *lease.Subnet, server netip.Addr) loader {
	if d.Kind == boot.Ignore || d.Kind == boot.LocalDisk {
		return loader{}
	}
	l := loader{d.NextServer, d.BootFile}
	if s != nil && l.File == "" {
		l.File = s.BootFile
	}
	if s != nil && !l.Next.IsValid() {
		l.Next = s.NextServer
	}
	if !l.Next.IsValid() {
		l.Next = server
	}
	return l
}

// builder makes replies in memory that it reuses.
type builder struct {
	opts, sorted []packet.Option
	arena        []byte
	out          []byte
}

// build gives the bytes of the reply, valid until the next build. limit is the
// largest message that the wire carries whole, or 0.
func (b *builder) build(r *reply, limit int) []byte {
	q := r.req
	m := packet.Message{
		Op: packet.OpReply, HType: q.HType, HLen: q.HLen, XID: q.XID, Flags: q.Flags,
		YIAddr: r.address, GIAddr: q.GIAddr, CHAddr: q.CHAddr,
	}
	b.opts, b.sorted, b.arena = b.opts[:0], b.sorted[:0], b.arena[:0]
	if r.kind != 0 {
		b.add(packet.OptMessageType, byte(r.kind))
		b.addrs(packet.OptServerID, r.server)
	}
	if r.kind == packet.Nak {
		if packet.Known(q.GIAddr).IsValid() {
			m.Flags |= packet.FlagBroadcast // RFC 2131 section 4.3.2: the relay must broadcast it
		}
		b.text(packet.OptText, r.note)
	} else {
		if r.kind == packet.Ack {
			m.CIAddr = q.CIAddr
		}
		b.network(r)
		b.loader(r, &m)
		if r.subnet != nil {
			b.extras(r)
		}
	}
	b.echo(r)
	b.sorted = packet.Arrange(b.sorted, b.opts, q.Get(packet.OptParameters))
	m.Options = b.sorted
	b.out = m.Append(b.out[:0], room(q, r.kind, limit))
	return b.out
}

// room is how many bytes of message the client takes: what option 57 says, and
// 576 of IP packet where it says nothing; 64 bytes of options for BOOTP.
func room(q *packet.Message, k packet.MessageType, limit int) int {
	if k == 0 {
		return packet.MinLen
	}
	n := 576
	if d := q.Get(packet.OptMaxSize); len(d) == 2 {
		n = max(n, int(binary.BigEndian.Uint16(d)))
	}
	if n -= packet.UDPOverhead; limit > 0 {
		n = min(n, limit)
	}
	return n
}

// network adds the lease's times and the subnet's parameters.
func (b *builder) network(r *reply) {
	if r.rapid {
		b.opts = append(b.opts, packet.Option{Code: packet.OptRapidCommit})
	}
	if r.term > 0 && r.kind != 0 {
		secs := uint32(r.term / time.Second)
		b.seconds(packet.OptLeaseTime, secs)
		if r.term < lease.Infinite {
			b.seconds(packet.OptT1, secs/2)
			b.seconds(packet.OptT2, uint32(uint64(secs)*7/8))
		}
	}
	s := r.subnet
	if s == nil {
		return
	}
	b.add(packet.OptMask, net.CIDRMask(s.Network.Bits(), 32)...)
	b.addrs(packet.OptRouter, s.Gateway)
	b.routes(r)
	b.addrs(packet.OptDNS, s.DNS...)
	b.text(packet.OptDomain, s.Domain)
	b.addrs(packet.OptBroadcast, s.BroadcastAddr())
	if r.asked(packet.OptNTP) {
		b.addrs(packet.OptNTP, s.NTP...)
	}
	if r.asked(packet.OptHostName) {
		b.text(packet.OptHostName, r.hostName)
	}
}

// loader adds what the firmware shall load, in the way that it understands.
func (b *builder) loader(r *reply, m *packet.Message) {
	if r.firmware == machine.IPXE && !r.proxy {
		// iPXE waits two seconds for a proxy unless told there is none.
		b.add(packet.OptIPXE, packet.IPXENoPXEDHCP, 1, 1)
	}
	if r.boot.File == "" {
		// No option 60 either: EDK2 would take it for "ask port 4011" and hang.
		return
	}
	next, file := r.boot.Next, r.boot.File
	if r.proxy {
		if r.asksAgain() && next != r.server {
			// Port 4011 is asked at siaddr (EDK2), so siaddr is us until then.
			next, file = r.server, ""
		}
		if isIPXE(r.req) && !strings.Contains(file, "://") {
			file = "tftp://" + next.String() + "/" + file // with option 43 it wants a URL (P22)
		}
		m.SName = next.String()
	}
	m.SIAddr = next
	if len(file) < packet.FileLen {
		m.File = file
	}
	b.vendor(r)
	pi := isRaspberryPi(r.req)
	if r.asked(packet.OptTFTPServer) || pi { // the Pi 3 reads this one and not siaddr (P16)
		b.text(packet.OptTFTPServer, next.String())
	}
	if r.asked(packet.OptTFTPServers) {
		b.addrs(packet.OptTFTPServers, next)
	}
	if file != "" && (r.asked(packet.OptBootFile) || r.firmware == machine.UEFIHTTP || m.File == "" || r.direct) {
		// NUL-ended: old ROMs read on past the option, EDK2's PXE writes a NUL
		// over the next option's code otherwise (P14, P15).
		start := len(b.arena)
		b.arena = append(append(b.arena, file...), 0)
		b.opts = append(b.opts, packet.Option{Code: packet.OptBootFile, Data: b.arena[start:len(b.arena):len(b.arena)]})
	}
}

// vendor adds options 60 and 43, by which firmware tells what kind of answer
// this is.
func (b *builder) vendor(r *reply) {
	pi := isRaspberryPi(r.req)
	switch {
	case r.firmware == machine.UEFIHTTP:
		b.text(packet.OptVendorClass, httpClient) // else EDK2 drops the offer (P25)
		return
	case isIPXE(r.req) && !r.proxy:
		return // with option 43 the iPXE in some network cards wants a URL (P22)
	case !strings.HasPrefix(string(r.req.Get(packet.OptVendorClass)), pxeClient) && !pi:
		return // the Pi's REQUEST has no option 60, and it wants these all the same (P34)
	}
	b.text(packet.OptVendorClass, pxeClient)
	if r.asksAgain() {
		return // and so is asked on port 4011
	}
	start := len(b.arena)
	if !r.proxy || r.firmware != machine.UEFI || isIPXE(r.req) {
		b.arena = append(b.arena, packet.PXEDiscovery, 1, packet.PXEBootFileOnly)
	}
	if pi {
		b.arena = append(b.arena, raspberryPi...)
	}
	if len(r.item) == 4 {
		b.arena = append(append(b.arena, packet.PXEItem, 4), r.item...)
	}
	if len(b.arena) > start {
		b.arena = append(b.arena, packet.OptEnd)
		b.opts = append(b.opts, packet.Option{Code: packet.OptVendor, Data: b.arena[start:len(b.arena):len(b.arena)]})
	}
}

// asksAgain says whether this is a proxy's offer to UEFI's own PXE. Many of
// those ignore a direct boot file from a proxy, and all ask port 4011 when
// option 43 is missing (P6, P8).
func (r *reply) asksAgain() bool {
	return r.proxy && r.kind == packet.Offer && r.firmware == machine.UEFI && !isIPXE(r.req)
}

// raspberryPi is the boot menu that the boot ROM of a Raspberry Pi looks for
// in option 43; without it the ROM ignores the offer.
var raspberryPi = append(append([]byte{packet.PXEMenu, 20, 0, 0, 17}, "Raspberry Pi Boot"...),
	append([]byte{packet.PXEPrompt, 4, 0}, "PXE"...)...)

// piMakers are the MAC prefixes of Raspberry Pi's two companies.
var piMakers = map[[3]byte]bool{
	{0xb8, 0x27, 0xeb}: true, {0xdc, 0xa6, 0x32}: true, {0xe4, 0x5f, 0x01}: true,
	{0x28, 0xcd, 0xc1}: true, {0xd8, 0x3a, 0xdd}: true, {0x2c, 0xcf, 0x67}: true,
}

// isRaspberryPi says whether the ROM of a Raspberry Pi asks: it calls itself
// a BIOS machine. Its UEFI and iPXE do not.
func isRaspberryPi(q *packet.Message) bool {
	a, ok := arch(q.Get(packet.OptArch), text(q.Get(packet.OptVendorClass)))
	mac := ethernet(q)
	return ok && (a == machine.ArchBIOS && piMakers[[3]byte(mac[:3])] || a == archPi) && !isIPXE(q)
}

// archPi is IANA's number for the Raspberry Pi's boot ROM, which no ROM sent
// when this was written.
const archPi machine.Arch = 0x29

// extras adds the settings' own options, which win over those added before.
func (b *builder) extras(r *reply) {
extra:
	for _, o := range r.subnet.Options {
		switch o.Code {
		case packet.OptPad, packet.OptEnd, packet.OptRequested, packet.OptLeaseTime, packet.OptOverload, packet.OptMessageType, packet.OptServerID,
			packet.OptParameters, packet.OptMaxSize, packet.OptT1, packet.OptT2, packet.OptClientID, packet.OptRelay, packet.OptUUID:
			continue // the protocol's own
		case packet.OptCaptive, packet.OptIPv6Only:
			if r.firmware != machine.NoFirmware || o.Code == packet.OptIPv6Only && !r.asked(o.Code) {
				continue
			}
		}
		for i := range b.opts {
			if b.opts[i].Code == o.Code {
				b.opts[i].Data = o.Data
				continue extra
			}
		}
		b.opts = append(b.opts, packet.Option(o))
	}
}

// echo gives back what must come back unchanged: the client-id (RFC 6842), a
// ROM's UUID (PXE 2.1), and the relay's option if one relayed (RFC 3046).
func (b *builder) echo(r *reply) {
	if r.kind == 0 {
		return
	}
	b.bytes(packet.OptClientID, r.req.Get(packet.OptClientID))
	if r.kind != packet.Nak && r.firmware != machine.NoFirmware {
		b.bytes(packet.OptUUID, r.req.Get(packet.OptUUID))
	}
	if packet.Known(r.req.GIAddr).IsValid() {
		b.bytes(packet.OptRelay, r.req.Get(packet.OptRelay))
	}
}

// asked says whether the client's parameter list names the option; a client
// without a list takes what it gets.
func (r *reply) asked(code uint8) bool {
	list := r.req.Get(packet.OptParameters)
	for _, c := range list {
		if c == code {
			return true
		}
	}
	return list == nil
}

func (b *builder) add(code uint8, data ...byte) {
	start := len(b.arena)
	b.arena = append(b.arena, data...)
	b.opts = append(b.opts, packet.Option{Code: code, Data: b.arena[start:len(b.arena):len(b.arena)]})
}

func (b *builder) bytes(code uint8, data []byte) {
	if len(data) > 0 {
		b.opts = append(b.opts, packet.Option{Code: code, Data: data})
	}
}

func (b *builder) text(code uint8, s string) {
	if s != "" {
		start := len(b.arena)
		b.arena = append(b.arena, s...)
		b.opts = append(b.opts, packet.Option{Code: code, Data: b.arena[start:len(b.arena):len(b.arena)]})
	}
}

func (b *builder) seconds(code uint8, n uint32) {
	var d [4]byte
	binary.BigEndian.PutUint32(d[:], n)
	b.add(code, d[:]...)
}

func (b *builder) addrs(code uint8, list ...netip.Addr) {
	start := len(b.arena)
	for _, a := range list {
		if a.Unmap().Is4() {
			b.arena = packet.AppendAddr(b.arena, a)
		}
	}
	if len(b.arena) > start {
		b.opts = append(b.opts, packet.Option{Code: code, Data: b.arena[start:len(b.arena):len(b.arena)]})
	}
}

var everybody = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// destination is where a reply goes (RFC 2131 sections 4.1 and 4.3.2). from is
// the request's source. A nil MAC leaves it to ARP or to a broadcast.
func destination(r *reply, from netip.AddrPort, link netip.Prefix) (netip.AddrPort, net.HardwareAddr) {
	q := r.req
	if r.direct {
		return origin(q, from, link)
	}
	if relay := packet.Known(q.GIAddr); relay.IsValid() {
		if packet.Sub(q.Get(packet.OptRelay), packet.RelaySourcePort) != nil {
			return netip.AddrPortFrom(relay, from.Port()), nil
		}
		return netip.AddrPortFrom(relay, packet.ServerPort), nil
	}
	mac := ethernet(q)
	hw := net.HardwareAddr(mac[:])
	if r.kind == packet.Nak {
		return netip.AddrPortFrom(everybody, packet.ClientPort), segment.Broadcast
	}
	// Only who has said that it uses an address is answered there; a buggy
	// DISCOVER may carry one that it has not.
	if c := packet.Known(q.CIAddr); c.IsValid() && r.kind == packet.Ack {
		if mac.IsZero() || !link.Contains(c) {
			hw = nil
		}
		return netip.AddrPortFrom(c, packet.ClientPort), hw
	}
	if q.Flags&packet.FlagBroadcast != 0 || mac.IsZero() || !packet.Known(r.address).IsValid() {
		return netip.AddrPortFrom(everybody, packet.ClientPort), segment.Broadcast
	}
	return netip.AddrPortFrom(r.address, packet.ClientPort), hw
}
