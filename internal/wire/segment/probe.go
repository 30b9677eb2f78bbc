package segment

import (
	"encoding/binary"
	"net"
	"net/netip"
)

// Probing is a Segment that can find out who uses an address.
type Probing interface {
	// OpenProbe opens a Probe. A segment that lacks the permission gives an
	// Unavailable fault.
	OpenProbe() (Probe, error)
}

// Probe asks who uses addresses, and hears who does.
type Probe interface {
	// ARP asks on the wire. The question is an ordinary one in this server's
	// name (RFC 826), not RFC 5227's: a client that is just taking the address
	// must not take it for a rival's.
	ARP(netip.Addr) error
	// Ping asks beyond a router (RFC 792).
	Ping(netip.Addr) error
	// Read waits for a Presence, from whatever cause. After Close it gives
	// net.ErrClosed.
	Read() (Presence, error)
	Close() error
}

// Presence is somebody who uses an address: MAC is nil where a ping told it.
type Presence struct {
	Addr netip.Addr
	MAC  net.HardwareAddr
}

// Numbers of ICMP (RFC 792).
const (
	icmpEcho      = 8
	icmpEchoReply = 0
	icmpLen       = 8
)

// buildEcho gives an ICMP echo request.
func buildEcho(id, seq uint16) []byte {
	b := make([]byte, icmpLen, icmpLen+8)
	b[0] = icmpEcho
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	b = append(b, "seedbed."...)
	binary.BigEndian.PutUint16(b[2:], ^sum(b, 0))
	return b
}

// isEchoReply says whether an ICMP message answers an echo request with that id.
func isEchoReply(b []byte, id uint16) bool {
	return len(b) >= icmpLen && b[0] == icmpEchoReply && b[1] == 0 && binary.BigEndian.Uint16(b[4:]) == id && sum(b, 0) == 0xffff
}

// present reads who speaks in an ARP frame, of whatever kind.
func present(frame []byte) (Presence, bool) {
	a, ok := ParseARP(frame)
	if !ok || a.SenderIP.IsUnspecified() {
		return Presence{}, false
	}
	return Presence{a.SenderIP, append(net.HardwareAddr(nil), a.SenderMAC...)}, true
}

// heardLen is how many presences wait to be read; later ones are lost.
const heardLen = 1024

// hearing is the reading half of a Probe.
type hearing struct {
	heard chan Presence
	done  chan struct{}
}

func newHearing() hearing { return hearing{make(chan Presence, heardLen), make(chan struct{})} }

func (h hearing) hear(p Presence) {
	select {
	case h.heard <- p:
	default:
	}
}

// Read waits for a Presence. What was heard before Close and not read is lost.
func (h hearing) Read() (Presence, error) {
	select {
	case <-h.done:
		return Presence{}, net.ErrClosed
	default:
	}
	select {
	case p := <-h.heard:
		return p, nil
	case <-h.done:
		return Presence{}, net.ErrClosed
	}
}
