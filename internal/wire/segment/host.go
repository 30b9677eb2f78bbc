package segment

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"seedbed/internal/fault"
	"seedbed/internal/pulse"
	"seedbed/internal/wire/segment/ether"
)

const (
	nic = tcpip.NICID(1) // each stack has one card

	memoryMTU = 1500
	backlog   = 256 // connections not yet accepted, per listener
)

// Host is one station on a Memory segment, with a TCP/IP stack and an address
// of its own: a mirror on the internet, a client in a test, and at the bottom
// of Memory the server. It is a Segment, too.
type Host struct {
	info  Info
	stack *stack.Stack
	link  *link
	port  *ether.Port
	gone  func(*Host) // tells the Memory it belongs to, may be nil
	pulse *pulse.Pulse
	pump  sync.WaitGroup
	once  sync.Once

	mu  sync.Mutex
	udp map[uint16]*hostUDP
}

// newHost plugs a host in. trust: checksums of what arrives are not looked at.
func newHost(sw *ether.Switch, info Info, trust bool, gone func(*Host)) (*Host, error) {
	h := &Host{info: info, port: sw.Attach(), gone: gone, udp: map[uint16]*hostUDP{}}
	l := newLink(h.port, info.MAC, uint32(info.MTU))
	l.sums = trust
	s, err := newStack(l, info.Addr)
	if err != nil {
		h.port.Close()
		return nil, err
	}
	h.stack, h.link = s, l
	h.hearUDP()
	h.pump.Go(l.run)
	return h, nil
}

// Info is the station's place on the segment.
func (h *Host) Info() Info { return h.info }

// ListenTCP accepts connections to the station's address. A port that is
// taken is a Conflict fault.
func (h *Host) ListenTCP(port uint16) (net.Listener, error) {
	var wq waiter.Queue
	ep, terr := h.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wq)
	if terr != nil {
		return nil, h.listening("TCP", port, terr)
	}
	// A server started anew must not wait for old connections to time out.
	ep.SocketOptions().SetReuseAddress(true)
	if terr = ep.Bind(h.full(h.info.Addr.Addr(), port)); terr == nil {
		terr = ep.Listen(backlog)
	}
	if terr != nil {
		ep.Close()
		return nil, h.listening("TCP", port, terr)
	}
	return &listener{TCPListener: gonet.NewTCPListener(h.stack, &wq, ep), pulse: h.pulse}, nil
}

// DialUDP gives a conversation from a fresh source port.
func (h *Host) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	if !local.IsValid() || local.IsUnspecified() {
		local = h.info.Addr.Addr()
	}
	from, to := h.full(local, 0), h.full(remote.Addr(), remote.Port())
	c, err := gonet.DialUDP(h.stack, &from, &to, ipv4.ProtocolNumber)
	if err != nil {
		return nil, fmt.Errorf("dialing udp %s from %s: %w", remote, local, err)
	}
	return &udpConn{UDPConn: c}, nil
}

// DialTCP connects to a machine on the segment.
func (h *Host) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	from := h.full(h.info.Addr.Addr(), 0)
	c, err := gonet.DialTCPWithBind(ctx, h.stack, from, h.full(to.Addr(), to.Port()), ipv4.ProtocolNumber)
	if err != nil {
		return nil, fmt.Errorf("dialing tcp %s: %w", to, err)
	}
	return &tcpConn{TCPConn: c, pulse: h.pulse}, nil
}

// Close resets the station's connections, closes its ports and takes it off
// the segment. It may be called twice.
func (h *Host) Close() error {
	h.once.Do(func() {
		if h.gone != nil {
			h.gone(h)
		}
		h.mu.Lock()
		ports := make([]*hostUDP, 0, len(h.udp))
		for _, u := range h.udp {
			ports = append(ports, u)
		}
		h.mu.Unlock()
		for _, u := range ports {
			u.Close()
		}
		h.stack.Close() // while the port is open: resets go out to the peers
		h.port.Close()
		h.pump.Wait()
		h.stack.RemoveNIC(nic)
		h.stack.Wait()
	})
	return nil
}

// full is an address and port as the stack wants them.
func (h *Host) full(a netip.Addr, port uint16) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: stackAddr(a), Port: port}
}

// listening makes the fault for a port that cannot be had.
func (h *Host) listening(proto string, port uint16, terr tcpip.Error) error {
	err := errors.New(terr.String())
	if _, taken := terr.(*tcpip.ErrPortInUse); taken {
		return fault.Wrap(err, fault.Conflict, "", "%s port %d of %s is taken", proto, port, h.info.Addr.Addr())
	}
	return fault.Wrap(err, fault.Internal, "", "listening on %s port %d of %s", proto, port, h.info.Addr.Addr())
}

// stackAddr is an IPv4 address as the stack wants it; 0.0.0.0 for others.
func stackAddr(a netip.Addr) tcpip.Address {
	var raw [4]byte
	putIPv4(raw[:], a)
	return tcpip.AddrFrom4(raw)
}
