package segment

import (
	"net"
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"seedbed/internal/wire/segment/ether"
)

// link is the network card between a stack and a port of the switch.
type link struct {
	port *ether.Port
	mtu  uint32
	addr tcpip.LinkAddress
	sums bool // checksums of what arrives need no checking

	tap atomic.Pointer[hostProbe] // hears ARP, may be nil

	mu         sync.RWMutex
	dispatcher stack.NetworkDispatcher
}

var (
	_ stack.LinkEndpoint = (*link)(nil)
	_ stack.GSOEndpoint  = (*link)(nil)
)

func newLink(port *ether.Port, mac net.HardwareAddr, mtu uint32) *link {
	return &link{port: port, mtu: mtu, addr: tcpip.LinkAddress(mac)}
}

// run carries frames from the port into the stack until the port closes.
//
// A panic in the stack is not recovered from: it would leave the stack's locks
// held, and a wire that hangs is harder to understand than one that breaks.
func (l *link) run() {
	var frames [][]byte
	for open := true; ; {
		if frames, open = l.port.RecvAll(frames); !open {
			return
		}
		l.mu.RLock()
		dispatcher := l.dispatcher
		l.mu.RUnlock()
		if dispatcher == nil {
			continue
		}
		for _, frame := range frames {
			l.overhear(frame)
			l.deliver(dispatcher, frame)
		}
	}
}

func (l *link) deliver(to stack.NetworkDispatcher, frame []byte) {
	eth := header.Ethernet(frame)
	kind := tcpip.PacketHost
	switch dst := eth.DestinationAddress(); {
	case dst == l.addr:
	case dst == header.EthernetBroadcastAddress:
		kind = tcpip.PacketBroadcast
	case header.IsMulticastEthernetAddress(dst):
		kind = tcpip.PacketMulticast
	default:
		// Flooded, and another's: the stack would forward it a second time.
		return
	}
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(frame)})
	defer pkt.DecRef()
	if l.ParseHeader(pkt) {
		pkt.PktType = kind
		to.DeliverNetworkPacket(eth.Type(), pkt)
	}
}

// WritePackets sends the stack's packets as frames. All frames of a call share
// one allocation: with segmentation (see SupportedGSO) they are up to 45.
func (l *link) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	total := 0
	for _, pkt := range pkts.AsSlice() {
		total += pkt.Size()
	}
	room := make([]byte, 0, total)
	for i, pkt := range pkts.AsSlice() {
		start := len(room)
		views, skip := pkt.AsViewList()
		for v := views.Front(); v != nil; v = v.Next() {
			b := v.AsSlice()
			if skip >= len(b) {
				skip -= len(b)
				continue
			}
			room = append(room, b[skip:]...)
			skip = 0
		}
		if l.port.Send(room[start:len(room):len(room)]) != nil {
			return i, &tcpip.ErrClosedForSend{}
		}
	}
	return pkts.Len(), nil
}

// SupportedGSO lets TCP hand down large segments that are cut to size just
// before WritePackets, which saves most of the way through the stack.
func (l *link) SupportedGSO() stack.SupportedGSO { return stack.GVisorGSOSupported }

// GSOMaxSize is the largest such segment.
func (l *link) GSOMaxSize() uint32 { return stack.GVisorGSOMaxSize }

// Attach takes the stack's ear; nil when the stack lets go of the link.
func (l *link) Attach(d stack.NetworkDispatcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dispatcher = d
}

// IsAttached says whether a stack listens.
func (l *link) IsAttached() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.dispatcher != nil
}

// AddHeader puts the Ethernet header before an outgoing packet.
func (l *link) AddHeader(pkt *stack.PacketBuffer) {
	header.Ethernet(pkt.LinkHeader().Push(header.EthernetMinimumSize)).Encode(&header.EthernetFields{
		SrcAddr: pkt.EgressRoute.LocalLinkAddress,
		DstAddr: pkt.EgressRoute.RemoteLinkAddress,
		Type:    pkt.NetworkProtocolNumber,
	})
}

// ParseHeader takes the Ethernet header off an incoming packet.
func (l *link) ParseHeader(pkt *stack.PacketBuffer) bool {
	_, ok := pkt.LinkHeader().Consume(header.EthernetMinimumSize)
	return ok
}

// Capabilities asks the stack for ARP; checksums it does itself.
func (l *link) Capabilities() stack.LinkEndpointCapabilities {
	if l.sums {
		return stack.CapabilityResolutionRequired | stack.CapabilityRXChecksumOffload
	}
	return stack.CapabilityResolutionRequired
}

// The rest of stack.LinkEndpoint is fixed or not needed here.

func (l *link) MTU() uint32                             { return l.mtu }
func (l *link) SetMTU(uint32)                           {}
func (l *link) MaxHeaderLength() uint16                 { return header.EthernetMinimumSize }
func (l *link) LinkAddress() tcpip.LinkAddress          { return l.addr }
func (l *link) SetLinkAddress(tcpip.LinkAddress)        {}
func (l *link) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (l *link) Wait()                                   {}
func (l *link) Close()                                  {}
func (l *link) SetOnCloseAction(func())                 {}
