package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/core/symptom"
	"seedbed/internal/wire/dhcp/packet"
)

// Numbers of Ethernet, IPv4, UDP, TCP and TFTP (RFC 1350, 2347).
const (
	etherIPv4  = 0x0800
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	protoTCP   = 6
	protoUDP   = 17
	portServer = 67
	portTFTP   = 69
	portProxy  = 4011

	opRead  = 1
	opData  = 3
	opAck   = 4
	opError = 5
	opOACK  = 6

	maxFacts = 1 << 20
)

// Facts reads a capture to its end. The error is that of a broken file; what
// was read before it is given all the same.
func Facts(in io.Reader) ([]symptom.Fact, error) {
	r, err := open(in)
	if err != nil {
		return nil, err
	}
	var d Decoder
	var out []symptom.Fact
	for len(out) < maxFacts {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if f, err := d.fact(rec); err == nil {
			f.At = rec.at
			out = append(out, f)
		}
	}
	return out, nil
}

// Decoder makes facts of packets. It remembers which ports transfers use. The
// zero value is ready; it is for one goroutine.
type Decoder struct {
	now, before map[netip.AddrPort]bool // clients' ends of transfers
}

// Frame reads an Ethernet frame that was heard at a time; false when it is no
// part of a boot. The frame may be cut behind its first 600 bytes.
func (d *Decoder) Frame(at time.Time, frame []byte) (symptom.Fact, bool) {
	f, err := d.fact(record{link: linkEthernet, data: frame})
	f.At = at
	return f, err == nil
}

// maxTransfers are remembered, the older half of them forgotten for new ones.
const maxTransfers = 1 << 15

func (d *Decoder) begins(client netip.AddrPort) {
	if d.now == nil || len(d.now) >= maxTransfers {
		d.now, d.before = map[netip.AddrPort]bool{}, d.now
	}
	d.now[client] = true
}

func (d *Decoder) transfer(client netip.AddrPort) bool { return d.now[client] || d.before[client] }

func (d *Decoder) fact(r record) (symptom.Fact, error) {
	ip, ok := network(r)
	if !ok || len(ip) < 20 || ip[0]>>4 != 4 {
		return symptom.Fact{}, errOther
	}
	head := int(ip[0]&15) * 4
	total := int(binary.BigEndian.Uint16(ip[2:]))
	if total == 0 || total > len(ip) {
		total = len(ip) // offloaded, or cut by the capture
	}
	if head < 20 || head > total || binary.BigEndian.Uint16(ip[6:])&0x1fff != 0 {
		return symptom.Fact{}, errOther
	}
	src, dst := netip.AddrFrom4([4]byte(ip[12:])), netip.AddrFrom4([4]byte(ip[16:]))
	b := ip[head:total]
	if len(b) < 8 {
		return symptom.Fact{}, errOther
	}
	from := netip.AddrPortFrom(src, binary.BigEndian.Uint16(b))
	to := netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[2:]))
	switch ip[9] {
	case protoUDP:
		return d.udp(from, to, b[8:])
	case protoTCP:
		if n := 0; len(b) >= 20 {
			if n = int(b[12]>>4) * 4; n >= 20 && n <= len(b) {
				return web(from, to, b[n:])
			}
		}
	}
	return symptom.Fact{}, errOther
}

// network strips what a link puts before IPv4.
func network(r record) ([]byte, bool) {
	b := r.data
	var kind uint16
	switch r.link {
	case linkRaw:
		return b, true
	case linkEthernet:
		if len(b) < 14 {
			return nil, false
		}
		kind, b = binary.BigEndian.Uint16(b[12:]), b[14:]
	case linkCooked:
		if len(b) < 16 {
			return nil, false
		}
		kind, b = binary.BigEndian.Uint16(b[14:]), b[16:]
	case linkCooked2:
		if len(b) < 20 {
			return nil, false
		}
		kind, b = binary.BigEndian.Uint16(b), b[20:]
	}
	for (kind == etherVLAN || kind == etherQinQ) && len(b) >= 4 {
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	return b, kind == etherIPv4
}

func (d *Decoder) udp(from, to netip.AddrPort, b []byte) (symptom.Fact, error) {
	switch {
	case to.Port() == portServer || from.Port() == portServer || to.Port() == portProxy || from.Port() == portProxy:
		return dhcp(from, b)
	case len(b) < 4:
		return symptom.Fact{}, errOther
	case to.Port() == portTFTP && binary.BigEndian.Uint16(b) == opRead:
		name, _, ok := bytes.Cut(b[2:], []byte{0})
		if !ok {
			return symptom.Fact{}, errOther
		}
		d.begins(from)
		return symptom.Fact{Kind: symptom.TFTPAsk, Client: from.Addr(), Port: from.Port(), Server: to.Addr(), File: string(name)}, nil
	case d.transfer(to):
		f := symptom.Fact{Kind: symptom.TFTPData, Client: to.Addr(), Port: to.Port(), Server: from.Addr()}
		switch binary.BigEndian.Uint16(b) {
		case opData:
			f.Block = int(binary.BigEndian.Uint16(b[2:]))
		case opOACK:
		case opError:
			f.Kind, f.Code = symptom.TFTPError, int(binary.BigEndian.Uint16(b[2:]))
		default:
			return f, errOther
		}
		return f, nil
	case d.transfer(from):
		f := symptom.Fact{Kind: symptom.TFTPAck, Client: from.Addr(), Port: from.Port(), Server: to.Addr(), Block: int(binary.BigEndian.Uint16(b[2:]))}
		switch binary.BigEndian.Uint16(b) {
		case opAck, opError: // a client's error ends a transfer on purpose: it has the size it wanted
			return f, nil
		}
	}
	return symptom.Fact{}, errOther
}

var kinds = map[packet.MessageType]symptom.Kind{packet.Discover: symptom.Discover, packet.Offer: symptom.Offer, packet.Request: symptom.Request,
	packet.Ack: symptom.Ack, packet.Nak: symptom.Nak}

func dhcp(from netip.AddrPort, b []byte) (symptom.Fact, error) {
	var m packet.Message
	if err := packet.Parse(b, &m); err != nil {
		return symptom.Fact{}, err
	}
	kind, ok := kinds[m.Type()]
	if !ok || m.HType != packet.Ethernet || m.HLen != 6 {
		return symptom.Fact{}, errOther
	}
	f := symptom.Fact{Kind: kind, MAC: machine.MAC(m.CHAddr[:6]), XID: m.XID, YIAddr: m.YIAddr, File: m.File, Arch: -1, Server: from.Addr(), Relay: packet.Known(m.GIAddr)}
	class := string(m.Get(packet.OptVendorClass))
	f.PXE = strings.HasPrefix(class, "PXEClient") || strings.HasPrefix(class, "HTTPClient")
	f.IPXE = strings.Contains(string(m.Get(packet.OptUserClass)), "iPXE")
	if d := m.Get(packet.OptArch); len(d) >= 2 {
		f.Arch = int(binary.BigEndian.Uint16(d))
	}
	if file := m.Get(packet.OptBootFile); len(file) > 0 {
		f.File = strings.TrimRight(string(file), "\x00")
	}
	if m.Op == packet.OpReply {
		f.PXE = false // it says who is meant, not who asks
		if id := m.Addr(packet.OptServerID); id.IsValid() && !id.IsUnspecified() {
			f.Server = id
		}
	}
	return f, nil
}

// web reads the first line of a request or reply.
func web(from, to netip.AddrPort, b []byte) (symptom.Fact, error) {
	line, _, _ := bytes.Cut(b[:min(len(b), 2048)], []byte("\r\n"))
	words := strings.Fields(string(line))
	switch {
	case len(words) >= 3 && (words[0] == "GET" || words[0] == "HEAD") && strings.HasPrefix(words[2], "HTTP/1."):
		return symptom.Fact{Kind: symptom.HTTPAsk, Client: from.Addr(), Port: from.Port(), Server: to.Addr(), File: words[1]}, nil
	case len(words) >= 2 && strings.HasPrefix(words[0], "HTTP/1."):
		code, err := strconv.Atoi(words[1])
		if err != nil {
			return symptom.Fact{}, errOther
		}
		return symptom.Fact{Kind: symptom.HTTPReply, Client: to.Addr(), Port: to.Port(), Server: from.Addr(), Code: code}, nil
	}
	return symptom.Fact{}, errOther
}
