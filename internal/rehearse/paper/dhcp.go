package paper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// client is how one program speaks DHCP.
type client struct {
	class     string // option 60
	user      string // option 77, as sent
	arch      int    // option 93, -1 for none
	undi      []byte // option 94
	uuid      bool   // option 97
	asks      []byte // option 55
	broadcast bool   // it hears no unicast before it has an address
	extra     []packet.Option
	short     string // the class as the transcript shows it
}

// asked is what PXE ROMs want to be told (PXE 2.1 section 2.2.1).
var asked = []byte{1, 2, 3, 5, 6, 11, 12, 13, 15, 16, 17, 18, 43, 54, 60, 66, 67, 128, 129, 130, 131, 132, 133, 134, 135}

func pxeClient(arch int) client {
	return client{class: fmt.Sprintf("PXEClient:Arch:%05d:UNDI:003001", arch), arch: arch, undi: []byte{1, 3, 1},
		uuid: true, asks: asked, broadcast: true, extra: []packet.Option{{Code: packet.OptMaxSize, Data: []byte{5, 0xc0}}}}
}

func httpClient(arch int) client {
	c := pxeClient(arch)
	c.class = fmt.Sprintf("HTTPClient:Arch:%05d:UNDI:003001", arch)
	return c
}

// ipxeClient is iPXE: it hears unicast, names its user class without RFC
// 3004's length, and lists in option 175 that it can HTTP (19) and menus (39).
func ipxeClient(arch int) client {
	c := pxeClient(arch)
	c.user, c.broadcast = "iPXE", false
	c.asks = []byte{1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203}
	c.extra = append(c.extra, packet.Option{Code: packet.OptIPXE, Data: []byte{177, 5, 1, 0x80, 0x86, 0x10, 0x0e, 24, 1, 1, 19, 1, 1, 39, 1, 1}})
	return c
}

// installer is busybox's udhcpc in debian-installer: no option 93.
var installer = client{class: "d-i", arch: -1, asks: []byte{1, 3, 6, 12, 15, 28, 42}}

func (c client) String() string {
	s := fmt.Sprintf("class %q", c.class)
	if c.user != "" {
		s += fmt.Sprintf(" user-class %q", c.user)
	}
	if c.arch >= 0 {
		s += fmt.Sprintf(" arch %d", c.arch)
	}
	if c.broadcast {
		s += " broadcast"
	}
	return s
}

// lease gets an address: DISCOVER, OFFER, REQUEST, ACK. ok is false when
// nobody answered in time.
func (m *Machine) lease(ctx context.Context, c client) (ok bool, err error) {
	if err := m.leave(); err != nil {
		return false, err
	}
	card := m.Wire.AttachStation(m.mac())
	defer card.Close()
	m.xid++
	m.note("DHCPDISCOVER %s", c)
	offer, err := m.exchange(ctx, card, c.message(m, packet.Discover), packet.Offer)
	if offer == nil || err != nil {
		m.note("no answer")
		return false, err
	}
	m.note("< %s", Line(offer))
	req := c.message(m, packet.Request)
	req.Options = append(req.Options,
		packet.Option{Code: packet.OptRequested, Data: offer.YIAddr.AsSlice()},
		packet.Option{Code: packet.OptServerID, Data: offer.Get(packet.OptServerID)})
	m.note("DHCPREQUEST %s from %s", offer.YIAddr, offer.Addr(packet.OptServerID))
	ack, err := m.exchange(ctx, card, req, packet.Ack)
	if ack == nil || err != nil {
		m.note("no answer")
		return false, err
	}
	m.note("< %s", Line(ack))
	if err := card.Close(); err != nil {
		return false, err
	}
	return true, m.settle(taken(ack))
}

// taken reads an ACK as firmware does: option 67 before the file field.
func taken(ack *packet.Message) network {
	n := network{addr: ack.YIAddr, bits: 24, server: ack.Addr(packet.OptServerID), next: ack.SIAddr, file: ack.File}
	if f := strings.TrimRight(string(ack.Get(packet.OptBootFile)), "\x00"); f != "" {
		n.file = f
	}
	if mask := ack.Get(packet.OptMask); len(mask) == 4 {
		n.bits = 0
		for v := binary.BigEndian.Uint32(mask); v&(1<<31) != 0; v <<= 1 {
			n.bits++
		}
	}
	return n
}

func (c client) message(m *Machine, kind packet.MessageType) *packet.Message {
	q := &packet.Message{Op: packet.OpRequest, HType: packet.Ethernet, HLen: 6, XID: m.xid, Secs: 4}
	copy(q.CHAddr[:], m.MAC[:])
	if c.broadcast {
		q.Flags = packet.FlagBroadcast
	}
	add := func(code uint8, data ...byte) { q.Options = append(q.Options, packet.Option{Code: code, Data: data}) }
	add(packet.OptMessageType, byte(kind))
	add(packet.OptParameters, c.asks...)
	add(packet.OptVendorClass, []byte(c.class)...)
	if c.user != "" {
		add(packet.OptUserClass, []byte(c.user)...)
	}
	if c.arch >= 0 {
		add(packet.OptArch, byte(c.arch>>8), byte(c.arch))
		add(94, c.undi...)
	}
	if c.uuid {
		add(packet.OptUUID, append([]byte{0}, wireUUID(m.UUID)...)...)
	}
	q.Options = append(q.Options, c.extra...)
	return q
}

// wireUUID has the first three fields little-endian, as SMBIOS keeps them.
func wireUUID(u [16]byte) []byte {
	return []byte{u[3], u[2], u[1], u[0], u[5], u[4], u[7], u[6], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]}
}

// resend is when an unanswered message is sent again.
const resend = 1500 * time.Millisecond

// exchange broadcasts a message, again while nobody answers, and gives the
// answer; nil when none comes.
func (m *Machine) exchange(ctx context.Context, card *segment.Station, q *packet.Message, want packet.MessageType) (*packet.Message, error) {
	all := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	frame := segment.BuildUDP(segment.UDPFrame{
		Src: m.mac(), Dst: segment.Broadcast,
		From: netip.AddrPortFrom(netip.IPv4Unspecified(), packet.ClientPort), To: netip.AddrPortFrom(all, packet.ServerPort),
		Data: q.Append(nil, 1472),
	})
	limit, cancel := m.patience(ctx)
	defer cancel()
	for limit.Err() == nil {
		if err := card.Send(frame); err != nil {
			return nil, err
		}
		try, end := context.WithTimeout(limit, resend)
		a, err := hear(try, card, q.XID, want)
		end()
		if a != nil || !errors.Is(err, context.DeadlineExceeded) {
			return a, err
		}
	}
	return nil, ctx.Err()
}

// hear waits for the answer to a message.
func hear(ctx context.Context, card *segment.Station, xid uint32, want packet.MessageType) (*packet.Message, error) {
	for {
		frame, err := card.Recv(ctx)
		if err != nil {
			return nil, err
		}
		f, ok := segment.ParseUDP(frame)
		if !ok || f.To.Port() != packet.ClientPort {
			continue
		}
		a := new(packet.Message)
		if packet.Parse(f.Data, a) == nil && a.XID == xid && a.Type() == want {
			return a, nil
		}
	}
}
