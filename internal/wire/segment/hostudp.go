package segment

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

// udpQueue is how many datagrams wait at a port before further ones are lost.
const udpQueue = 1024

// hostUDP is a listening UDP port of a Host. It takes its datagrams from the
// stack after reassembly and before the socket layer, which would not tell the
// sender's MAC, and sends without ARP where asked.
type hostUDP struct {
	host    *Host
	addr    netip.Addr // of the sender
	port    uint16
	queue   chan Packet
	done    chan struct{}
	once    sync.Once
	dropped atomic.Uint64
}

// ListenUDP hears every datagram to that port that is for this station or for
// all. A port that is taken is a Conflict fault.
func (h *Host) ListenUDP(port uint16) (UDP, error) {
	return h.listenUDP(h.info.Addr.Addr(), port)
}

func (h *Host) listenUDP(from netip.Addr, port uint16) (UDP, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.udp[port] != nil {
		return nil, h.listening("UDP", port, &tcpip.ErrPortInUse{})
	}
	u := &hostUDP{host: h, addr: from, port: port, queue: make(chan Packet, udpQueue), done: make(chan struct{})}
	h.udp[port] = u
	return u, nil
}

// hearUDP gives the listening ports all datagrams that are no conversation's.
func (h *Host) hearUDP() {
	h.stack.SetTransportProtocolHandler(udp.ProtocolNumber, func(id stack.TransportEndpointID, pkt *stack.PacketBuffer) bool {
		h.mu.Lock()
		u := h.udp[id.LocalPort]
		h.mu.Unlock()
		if u == nil {
			return false // the stack answers "port unreachable"
		}
		u.take(id, pkt)
		return true
	})
}

// take checks a datagram and queues a copy of it.
func (u *hostUDP) take(id stack.TransportEndpointID, pkt *stack.PacketBuffer) {
	h := header.UDP(pkt.TransportHeader().Slice())
	n := int(h.Length()) - header.UDPMinimumSize
	if n < 0 || n > pkt.Data().Size() {
		return
	}
	pkt.Data().CapLength(n)
	if !u.host.link.sums && h.Checksum() != 0 && !h.IsChecksumValid(id.RemoteAddress, id.LocalAddress, pkt.Data().Checksum()) {
		return
	}
	p := Packet{
		Data: pkt.Data().AsRange().ToSlice(),
		From: netip.AddrPortFrom(netip.AddrFrom4(id.RemoteAddress.As4()), id.RemotePort),
		To:   netip.AddrPortFrom(netip.AddrFrom4(id.LocalAddress.As4()), id.LocalPort),
	}
	if eth := pkt.LinkHeader().Slice(); len(eth) >= header.EthernetMinimumSize {
		p.HW = net.HardwareAddr(header.Ethernet(eth).SourceAddress())
	}
	select {
	case u.queue <- p:
	default:
		u.dropped.Add(1)
	}
}

func (u *hostUDP) Read(buf []byte) (Packet, error) {
	select {
	case <-u.done:
		return Packet{}, net.ErrClosed
	default:
	}
	select {
	case p := <-u.queue:
		p.Data = buf[:copy(buf, p.Data)]
		return p, nil
	case <-u.done:
		return Packet{}, net.ErrClosed
	}
}

func (u *hostUDP) Write(data []byte, to netip.AddrPort, hw net.HardwareAddr) error {
	select {
	case <-u.done:
		return net.ErrClosed
	default:
	}
	info := u.host.info
	if hw == nil && to.Addr() == broadcastIP {
		hw = Broadcast
	}
	if hw == nil {
		return u.route(data, to)
	}
	if len(data) > info.MTU-ipv4Len-udpLen {
		return syscall.EMSGSIZE
	}
	return u.host.port.Send(BuildUDP(UDPFrame{
		Src: info.MAC, Dst: hw,
		From: netip.AddrPortFrom(u.addr, u.port), To: to,
		Data: data,
	}))
}

// route sends through the stack, which asks for the receiver by ARP and
// fragments what is longer than the MTU.
func (u *hostUDP) route(data []byte, to netip.AddrPort) error {
	if len(data) > header.UDPMaximumSize-header.UDPMinimumSize {
		return syscall.EMSGSIZE
	}
	from, dst := stackAddr(u.addr), stackAddr(to.Addr())
	r, terr := u.host.stack.FindRoute(nic, from, dst, ipv4.ProtocolNumber, false)
	if terr != nil {
		return errors.New(terr.String())
	}
	defer r.Release()
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{
		ReserveHeaderBytes: header.UDPMinimumSize + int(r.MaxHeaderLength()),
		Payload:            buffer.MakeWithData(data),
	})
	defer pkt.DecRef()
	length := uint16(header.UDPMinimumSize + len(data))
	h := header.UDP(pkt.TransportHeader().Push(header.UDPMinimumSize))
	pkt.TransportProtocolNumber = udp.ProtocolNumber
	h.Encode(&header.UDPFields{SrcPort: u.port, DstPort: to.Port(), Length: length})
	sum := h.CalculateChecksum(checksum.Combine(
		r.PseudoHeaderChecksum(udp.ProtocolNumber, length), pkt.Data().Checksum()))
	if sum != 0xffff { // RFC 768: a checksum of zero is sent as its complement
		sum = ^sum
	}
	h.SetChecksum(sum)
	if terr := r.WritePacket(stack.NetworkHeaderParams{
		Protocol: udp.ProtocolNumber, TTL: r.DefaultTTL(),
	}, pkt); terr != nil {
		return errors.New(terr.String())
	}
	return nil
}

func (u *hostUDP) Close() error {
	u.once.Do(func() {
		u.host.mu.Lock()
		delete(u.host.udp, u.port)
		u.host.mu.Unlock()
		close(u.done)
	})
	return nil
}
