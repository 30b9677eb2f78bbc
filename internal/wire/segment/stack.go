package segment

import (
	"fmt"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

// Buffers of one TCP connection. The largest send buffer is below what a port
// of the switch holds, so one transfer cannot overrun it.
const (
	tcpBufferMin     = 4 << 10
	tcpBufferDefault = 1 << 20
	tcpBufferMax     = 4 << 20
)

// newStack gives a TCP/IP stack that has the one address on the one link.
func newStack(l *link, addr netip.Prefix) (*stack.Stack, error) {
	s := stack.New(stack.Options{
		NetworkProtocols: []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{
			tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4,
		},
		HandleLocal: true,
	})
	if terr := setUp(s, l, addr); terr != nil {
		s.Close()
		s.Wait()
		return nil, fmt.Errorf("setting up the stack of %s: %s", addr, terr)
	}
	return s, nil
}

func setUp(s *stack.Stack, l *link, addr netip.Prefix) tcpip.Error {
	sack := tcpip.TCPSACKEnabled(true)
	moderate := tcpip.TCPModerateReceiveBufferOption(true)
	// RACK times out where nothing was lost when the peer is an emulated
	// machine that answers in bursts; plain SACK recovery does not.
	recovery := tcpip.TCPRecovery(0)
	for _, option := range []tcpip.SettableTransportProtocolOption{
		&sack, &moderate, &recovery,
		&tcpip.TCPSendBufferSizeRangeOption{Min: tcpBufferMin, Default: tcpBufferDefault, Max: tcpBufferMax},
		&tcpip.TCPReceiveBufferSizeRangeOption{Min: tcpBufferMin, Default: tcpBufferDefault, Max: tcpBufferMax},
	} {
		if terr := s.SetTransportProtocolOption(tcp.ProtocolNumber, option); terr != nil {
			return terr
		}
	}
	if terr := s.CreateNIC(nic, l); terr != nil {
		return terr
	}
	own := tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: stackAddr(addr.Addr()), PrefixLen: addr.Bits()},
	}
	if terr := s.AddProtocolAddress(nic, own, stack.AddressProperties{}); terr != nil {
		return terr
	}
	// Everybody is on this wire, whatever their subnet, and is asked for by ARP.
	s.SetRouteTable([]tcpip.Route{
		{Destination: own.AddressWithPrefix.Subnet(), NIC: nic},
		{Destination: header.IPv4EmptySubnet, NIC: nic},
	})
	return nil
}
