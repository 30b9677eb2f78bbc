package tftp

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"seedbed/internal/wire/segment"
)

// crowded is a segment with ports at which many clients are spoken to.
type crowded interface {
	ListenCrowd(local netip.Addr) (segment.Crowd, error)
}

// addrPortConn is a conversation that also tells who spoke: *net.UDPConn, or
// what embeds one. It hears foreign ports only when it is not connected.
type addrPortConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// alone makes a conversation with one client look like a crowd of one.
type alone struct {
	net.Conn
	client netip.AddrPort
	until  time.Time // the deadline that is set
	woken  atomic.Bool
	buf    [640]byte // an ACK, or an ERROR with its text
}

// Wake implements segment.Crowd.
func (a *alone) Wake() {
	a.woken.Store(true)
	_ = a.SetReadDeadline(time.Unix(1, 0))
}

// ReadBatch implements segment.Crowd.
func (a *alone) ReadBatch(in []segment.Letter, until time.Time) (int, error) {
	if until != a.until {
		a.until = until
		if err := a.SetReadDeadline(until); err != nil {
			return 0, err
		}
	}
	if a.woken.Swap(false) { // before the deadline was set, maybe
		a.until = time.Time{}
		return 0, nil
	}
	n, from, err := a.readFrom()
	switch {
	case timedOut(err):
		return 0, nil
	case errors.Is(err, net.ErrClosed):
		return 0, err
	case err != nil:
		in[0] = segment.Letter{From: a.client, Err: err}
		return 1, nil
	case !from.IsValid(): // the connection lets only the client's through
		from = a.client
	}
	in[0] = segment.Letter{From: netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port()), Data: a.buf[:n]}
	return 1, nil
}

func (a *alone) readFrom() (int, netip.AddrPort, error) {
	switch c := a.Conn.(type) {
	case addrPortConn:
		return c.ReadFromUDPAddrPort(a.buf[:])
	case net.PacketConn:
		n, from, err := c.ReadFrom(a.buf[:])
		if u, ok := from.(*net.UDPAddr); ok && u != nil {
			return n, u.AddrPort(), err
		}
		return n, netip.AddrPort{}, err
	}
	n, err := a.Read(a.buf[:])
	return n, netip.AddrPort{}, err
}

// WriteBatch implements segment.Crowd.
func (a *alone) WriteBatch(out []segment.Burst) {
	for i := range out {
		b := &out[i]
		b.Err = nil
		for rest := b.Data; len(rest) > 0 && b.Err == nil; {
			n := len(rest)
			if b.Segment > 0 {
				n = min(n, b.Segment)
			}
			b.Err = a.writeTo(rest[:n], b.To)
			rest = rest[n:]
		}
	}
}

func (a *alone) writeTo(p []byte, to netip.AddrPort) error {
	var err error
	switch c := a.Conn.(type) {
	case addrPortConn:
		if to != a.client {
			_, err = c.WriteToUDPAddrPort(p, to)
			return err
		}
	case net.PacketConn:
		if to != a.client {
			_, err = c.WriteTo(p, net.UDPAddrFromAddrPort(to))
			return err
		}
	}
	_, err = a.Write(p)
	return err
}

// timedOut knows the kernel's deadline and that of a stack in memory.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
