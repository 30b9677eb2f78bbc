package segment

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"seedbed/internal/wire/segment/ether"
)

// Crew is many stations on a wire of the caller's, each with a MAC and an
// address of its own, and one TCP/IP stack that does the work of all.
type Crew struct {
	host *Host
	sw   *ether.Switch
	port *ether.Port
	done chan struct{}

	mu     sync.RWMutex
	macs   map[[4]byte][6]byte // by address
	member map[[6]byte]bool
}

// crewWindow is the receive buffer of one connection of a member.
const crewWindow = 32 << 10

// inner is the stack's own MAC, which never gets onto the wire.
var inner = net.HardwareAddr{0x02, 0, 0, 0, 0, 0}

// NewCrew makes a crew without members. Its frames are given to send, from one
// goroutine; what send cannot take is lost, as on a wire.
func NewCrew(send func(frame []byte) error) (*Crew, error) {
	c := &Crew{sw: ether.New(), done: make(chan struct{}), macs: map[[4]byte][6]byte{}, member: map[[6]byte]bool{}}
	c.port = c.sw.Attach()
	// The station's own address is nobody's (RFC 5737), and never used. A
	// kernel at the other end of a veth leaves checksums to a card that is none.
	info := Info{Name: "crew", Addr: netip.MustParsePrefix("192.0.2.255/32"), MAC: inner, MTU: memoryMTU}
	h, err := newHost(c.sw, info, true, nil)
	if err != nil {
		c.sw.Close()
		return nil, err
	}
	c.host = h
	// The windows of a whole rack together must not overrun the one card.
	window := tcpip.TCPReceiveBufferSizeRangeOption{Min: tcpBufferMin, Default: crewWindow, Max: crewWindow}
	still := tcpip.TCPModerateReceiveBufferOption(false)
	h.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &window)
	h.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &still)
	go func() {
		defer close(c.done)
		var frames [][]byte
		for open := true; ; {
			if frames, open = c.port.RecvAll(frames); !open {
				return
			}
			for _, f := range frames {
				if f = c.outward(f); f != nil {
					_ = send(f)
				}
			}
		}
	}()
	return c, nil
}

// outward gives a copy of the stack's frame the MAC of the member that it is
// from; nil when it is from none.
func (c *Crew) outward(frame []byte) []byte {
	kind, body, ok := ethernet(frame)
	at := 12 // the sender's address in an IPv4 header
	if kind == etherARP {
		at = 14
	}
	if !ok || len(body) < at+4 {
		return nil
	}
	c.mu.RLock()
	mac, ok := c.macs[[4]byte(body[at:])]
	c.mu.RUnlock()
	if !ok {
		return nil
	}
	frame = bytes.Clone(frame)
	copy(frame[6:12], mac[:])
	if kind == etherARP {
		copy(frame[etherLen+8:], mac[:])
	}
	return frame
}

// Hear takes a frame from the wire; it is copied.
func (c *Crew) Hear(frame []byte) {
	if len(frame) < ether.HeaderLen {
		return
	}
	c.mu.RLock()
	ours := c.member[[6]byte(frame)]
	c.mu.RUnlock()
	if !ours && !bytes.Equal(frame[:6], Broadcast) {
		return
	}
	frame = bytes.Clone(frame)
	if ours {
		copy(frame, inner)
	}
	_ = c.port.Send(frame)
}

// Join adds a member. Everybody is on the wire itself: there is no router.
func (c *Crew) Join(mac [6]byte, addr netip.Addr) error {
	c.mu.Lock()
	c.macs[stackAddr(addr).As4()], c.member[mac] = mac, true
	c.mu.Unlock()
	own := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: stackAddr(addr).WithPrefix()}
	if terr := c.host.stack.AddProtocolAddress(nic, own, stack.AddressProperties{}); terr != nil {
		return fmt.Errorf("giving a crew %s: %s", addr, terr)
	}
	return nil
}

// ListenUDP opens a port of one member. Members share the ports: one that is
// taken is a Conflict fault.
func (c *Crew) ListenUDP(member netip.Addr, port uint16) (UDP, error) {
	return c.host.listenUDP(member, port)
}

// DialTCP connects one member to a server.
func (c *Crew) DialTCP(ctx context.Context, member netip.Addr, to netip.AddrPort) (net.Conn, error) {
	conn, err := gonet.DialTCPWithBind(ctx, c.host.stack, c.host.full(member, 0), c.host.full(to.Addr(), to.Port()), ipv4.ProtocolNumber)
	if err != nil {
		return nil, fmt.Errorf("dialing tcp %s from %s: %w", to, member, err)
	}
	return &tcpConn{TCPConn: conn}, nil
}

// Close resets the members' connections, and ends the station.
func (c *Crew) Close() error {
	c.host.Close()
	err := c.sw.Close()
	<-c.done
	return err
}
