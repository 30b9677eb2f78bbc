package tftp

import (
	"net"
	"net/netip"
)

// maxStrangers bounds the ERROR packets one transfer sends to foreign ports.
const maxStrangers = 8

// addrPortConn is a conversation that also tells who spoke: *net.UDPConn, or
// what embeds one. It hears foreign ports only when it is not connected.
type addrPortConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// link is one conversation with one client.
type link struct {
	net.Conn
	client    netip.AddrPort
	buf       [640]byte // an ACK, or an ERROR with its text
	strangers int
}

// hear waits until the read deadline for a packet of the client. A packet from another
// address or port is answered with ERROR 5 and harms nothing (RFC 1350
// section 4); then, and for packets too short to be one, it gives nil.
func (l *link) hear() ([]byte, error) {
	n, from, err := l.readFrom()
	if err != nil {
		return nil, err
	}
	p := l.buf[:n]
	if from.IsValid() && !samePeer(from, l.client) {
		l.rebuff(p, from)
		return nil, nil
	}
	if len(p) < headerLen {
		return nil, nil
	}
	return p, nil
}

// readFrom reads one datagram; the sender is not valid when the connection
// does not tell, which then lets only the client's through.
func (l *link) readFrom() (int, netip.AddrPort, error) {
	switch c := l.Conn.(type) {
	case addrPortConn:
		return c.ReadFromUDPAddrPort(l.buf[:])
	case net.PacketConn:
		n, from, err := c.ReadFrom(l.buf[:])
		if a, ok := from.(*net.UDPAddr); ok && a != nil {
			return n, a.AddrPort(), err
		}
		return n, netip.AddrPort{}, err
	}
	n, err := l.Read(l.buf[:])
	return n, netip.AddrPort{}, err
}

// rebuff tells a stranger that this transfer is not its own, a few times.
func (l *link) rebuff(p []byte, to netip.AddrPort) {
	isError := len(p) >= 2 && p[1] == opERROR
	if isError || l.strangers >= maxStrangers {
		return
	}
	l.strangers++
	answer := buildError(codeTID, "Unknown transfer ID")
	switch c := l.Conn.(type) {
	case addrPortConn:
		_, _ = c.WriteToUDPAddrPort(answer, to) // a courtesy; nobody waits for it
	case net.PacketConn:
		_, _ = c.WriteTo(answer, net.UDPAddrFromAddrPort(to))
	}
}

// refuse sends an ERROR packet once; it is never repeated (RFC 1350 section 7).
func (l *link) refuse(code uint16, text string) {
	_, _ = l.Write(buildError(code, text)) // the client's own timer covers its loss
}

func samePeer(a, b netip.AddrPort) bool {
	return a.Port() == b.Port() && a.Addr().Unmap().WithZone("") == b.Addr().Unmap().WithZone("")
}
