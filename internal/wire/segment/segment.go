package segment

import (
	"net"
	"net/netip"
)

// Info describes this server's place on the segment.
type Info struct {
	Name string           // the interface's name ("eth1"), or "memory"
	Addr netip.Prefix     // the server's address, with the length of its subnet
	MAC  net.HardwareAddr // the server's own; nil on an interface without one
	MTU  int              // the largest IP packet, in bytes
}

// Segment is one wire.
type Segment interface {
	// Info is fixed for the life of the segment.
	Info() Info
	// ListenUDP hears every datagram to that port arriving on this segment,
	// broadcasts included, and no other interface's. A port that is taken is
	// a Conflict fault naming the holder.
	ListenUDP(port uint16) (UDP, error)
	// ListenTCP accepts connections to the server's address from this segment.
	ListenTCP(port uint16) (net.Listener, error)
	// DialUDP gives a conversation from a fresh source port, as TFTP transfers
	// need (RFC 1350 section 4). A zero local means Info().Addr.
	DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error)
}

// Packet is one datagram received.
type Packet struct {
	Data     []byte           // valid until the next Read
	From, To netip.AddrPort   // To is the address the sender wrote, broadcast or ours
	HW       net.HardwareAddr // the sender's MAC, nil when not known
}

// UDP is one listening port.
type UDP interface {
	// Read waits for a datagram; buf must hold the largest one expected, the
	// rest is cut off. After Close it gives net.ErrClosed.
	Read(buf []byte) (Packet, error)
	// Write sends to `to`. When hw is non-nil the frame goes to that MAC
	// without ARP (RFC 2131 section 4.1: the client has no address yet), even
	// if `to` is not yet reachable. 255.255.255.255 is a link broadcast.
	Write(data []byte, to netip.AddrPort, hw net.HardwareAddr) error
	Close() error
}

// Batch is a UDP that can give several datagrams at once.
type Batch interface {
	// ReadBatch waits for at least one datagram and gives as many as there
	// are, the i-th in bufs[i] and pkts[i]. See UDP.Read.
	ReadBatch(bufs [][]byte, pkts []Packet) (int, error)
}

var (
	_ Batch   = (*kernelUDP)(nil)
	_ Probing = (*Kernel)(nil)
	_ Probing = (*Memory)(nil)

	_ Segment = (*Kernel)(nil)
	_ Segment = (*Memory)(nil)
	_ Segment = (*Host)(nil)
)
