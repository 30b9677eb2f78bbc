package segment

import (
	"net"
	"net/netip"
)

// UDPFrame is an Ethernet frame holding one IPv4 UDP datagram.
type UDPFrame struct {
	Src, Dst net.HardwareAddr
	From, To netip.AddrPort
	Data     []byte
}

// ARP is one ARP message for IPv4 over Ethernet (RFC 826).
type ARP struct {
	Op                   uint16
	SenderMAC, TargetMAC net.HardwareAddr
	SenderIP, TargetIP   netip.Addr
}

// Broadcast is the Ethernet address of every station.
var Broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

func BuildUDP(f UDPFrame) []byte                  { return nil }
func ParseUDP(frame []byte) (UDPFrame, bool)      { return UDPFrame{}, false }
func BuildARP(dst net.HardwareAddr, a ARP) []byte { return nil }
func ParseARP(frame []byte) (ARP, bool)           { return ARP{}, false }
