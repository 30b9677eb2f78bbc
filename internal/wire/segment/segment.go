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

// Datagram is one to be sent as UDP.Write does.
type Datagram struct {
	Data []byte
	To   netip.AddrPort
	HW   net.HardwareAddr
	Err  error // set by WriteBatch when it did not leave
}

// Batch is a UDP that can take and give several datagrams at once.
type Batch interface {
	// ReadBatch gives as many datagrams as there are, the i-th in bufs[i] and
	// pkts[i]. If there is none it waits for one, or, without wait, gives 0.
	// See UDP.Read.
	ReadBatch(bufs [][]byte, pkts []Packet, wait bool) (int, error)
	// WriteBatch sends them; those to one address stay in order. One goroutine
	// at a time may use it.
	WriteBatch(out []Datagram)
}

var (
	_ Batch   = (*kernelUDP)(nil)
	_ Probing = (*Kernel)(nil)
	_ Probing = (*Memory)(nil)

	_ Segment = (*Kernel)(nil)
	_ Segment = (*Memory)(nil)
	_ Segment = (*Host)(nil)
)
