package segment

import (
	"encoding/binary"
	"net"
	"net/netip"
)

// Numbers of Ethernet (IEEE 802.3, RFC 894), IPv4 (RFC 791), UDP (RFC 768)
// and ARP (RFC 826).
const (
	etherLen  = 14
	etherIPv4 = 0x0800
	etherARP  = 0x0806

	ipv4Len      = 20
	ipv4Version  = 4
	ipv4Fragment = 0x3fff // more-fragments flag and offset
	ipv4TTL      = 64
	protoUDP     = 17

	udpLen = 8

	arpLen      = 28
	arpEthernet = 1

	// ARPRequest and ARPReply are the two operations of RFC 826.
	ARPRequest = 1
	ARPReply   = 2
)

// Broadcast is the Ethernet address of every station.
var Broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// broadcastIP is the IPv4 address of every station on the link.
var broadcastIP = netip.AddrFrom4([4]byte{0xff, 0xff, 0xff, 0xff})

// UDPFrame is an Ethernet frame holding one IPv4 UDP datagram.
type UDPFrame struct {
	Src, Dst net.HardwareAddr
	From, To netip.AddrPort // IPv4
	Data     []byte
}

// BuildUDP gives the bytes of the frame, checksums included, without padding
// or FCS. Addresses must be IPv4 (a zero one is written as 0.0.0.0) and MACs
// 6 bytes; the datagram is not fragmented, so Data has to fit the MTU.
func BuildUDP(f UDPFrame) []byte {
	total := ipv4Len + udpLen + len(f.Data)
	b := make([]byte, etherLen+total)
	putEthernet(b, f.Dst, f.Src, etherIPv4)

	ip := b[etherLen:]
	ip[0] = ipv4Version<<4 | ipv4Len/4
	binary.BigEndian.PutUint16(ip[2:], uint16(total))
	ip[8] = ipv4TTL
	ip[9] = protoUDP
	putIPv4(ip[12:16], f.From.Addr())
	putIPv4(ip[16:20], f.To.Addr())
	binary.BigEndian.PutUint16(ip[10:], ^sum(ip[:ipv4Len], 0))

	udp := ip[ipv4Len:]
	binary.BigEndian.PutUint16(udp[0:], f.From.Port())
	binary.BigEndian.PutUint16(udp[2:], f.To.Port())
	binary.BigEndian.PutUint16(udp[4:], uint16(udpLen+len(f.Data)))
	copy(udp[udpLen:], f.Data)
	check := ^sum(udp, pseudo(ip, len(udp)))
	if check == 0 {
		check = 0xffff // RFC 768: zero means that there is no checksum
	}
	binary.BigEndian.PutUint16(udp[6:], check)
	return b
}

// ParseUDP reads a frame that holds one whole IPv4 UDP datagram. It gives
// false for everything else: other protocols, fragments, VLAN tags, lengths
// beyond the frame, wrong checksums. The MACs and Data lie within frame.
func ParseUDP(frame []byte) (UDPFrame, bool) { return parseUDP(frame, true) }

// ParseUnsummed is ParseUDP for a Tap's frames: UDP's checksum is not looked
// at, as a virtual cable carries frames without it (checksum offload).
func ParseUnsummed(frame []byte) (UDPFrame, bool) { return parseUDP(frame, false) }

func parseUDP(frame []byte, summed bool) (UDPFrame, bool) {
	kind, ip, ok := ethernet(frame)
	if !ok || kind != etherIPv4 || len(ip) < ipv4Len || ip[0]>>4 != ipv4Version {
		return UDPFrame{}, false
	}
	head, total := int(ip[0]&0xf)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if head < ipv4Len || total < head+udpLen || total > len(ip) ||
		ip[9] != protoUDP || binary.BigEndian.Uint16(ip[6:])&ipv4Fragment != 0 ||
		sum(ip[:head], 0) != 0xffff {
		return UDPFrame{}, false
	}
	udp := ip[head:total]
	n := int(binary.BigEndian.Uint16(udp[4:]))
	if n < udpLen || n > len(udp) {
		return UDPFrame{}, false
	}
	udp = udp[:n]
	if summed && binary.BigEndian.Uint16(udp[6:]) != 0 && sum(udp, pseudo(ip, n)) != 0xffff {
		return UDPFrame{}, false
	}
	return UDPFrame{
		Dst: net.HardwareAddr(frame[0:6:6]), Src: net.HardwareAddr(frame[6:12:12]),
		From: netip.AddrPortFrom(getIPv4(ip[12:16]), binary.BigEndian.Uint16(udp[0:])),
		To:   netip.AddrPortFrom(getIPv4(ip[16:20]), binary.BigEndian.Uint16(udp[2:])),
		Data: udp[udpLen:n:n],
	}, true
}

// ARP is one ARP message for IPv4 over Ethernet (RFC 826).
type ARP struct {
	Op                   uint16 // ARPRequest or ARPReply
	SenderMAC, TargetMAC net.HardwareAddr
	SenderIP, TargetIP   netip.Addr
}

// BuildARP gives the bytes of a frame to dst; a nil TargetMAC is written as
// zeros, as requests have it.
func BuildARP(dst net.HardwareAddr, a ARP) []byte {
	b := make([]byte, etherLen+arpLen)
	putEthernet(b, dst, a.SenderMAC, etherARP)
	m := b[etherLen:]
	binary.BigEndian.PutUint16(m[0:], arpEthernet)
	binary.BigEndian.PutUint16(m[2:], etherIPv4)
	m[4], m[5] = 6, 4 // address lengths
	binary.BigEndian.PutUint16(m[6:], a.Op)
	copy(m[8:14], a.SenderMAC)
	putIPv4(m[14:18], a.SenderIP)
	copy(m[18:24], a.TargetMAC)
	putIPv4(m[24:28], a.TargetIP)
	return b
}

// ParseARP reads a frame that holds ARP for IPv4 over Ethernet, false for all
// else. The MACs lie within frame.
func ParseARP(frame []byte) (ARP, bool) {
	kind, m, ok := ethernet(frame)
	if !ok || kind != etherARP || len(m) < arpLen ||
		binary.BigEndian.Uint16(m[0:]) != arpEthernet ||
		binary.BigEndian.Uint16(m[2:]) != etherIPv4 || m[4] != 6 || m[5] != 4 {
		return ARP{}, false
	}
	return ARP{
		Op:        binary.BigEndian.Uint16(m[6:]),
		SenderMAC: net.HardwareAddr(m[8:14:14]), SenderIP: getIPv4(m[14:18]),
		TargetMAC: net.HardwareAddr(m[18:24:24]), TargetIP: getIPv4(m[24:28]),
	}, true
}

func putEthernet(b []byte, dst, src net.HardwareAddr, kind uint16) {
	copy(b[0:6], dst)
	copy(b[6:12], src)
	binary.BigEndian.PutUint16(b[12:], kind)
}

// ethernet splits a frame into its type and its payload, padding included.
func ethernet(frame []byte) (kind uint16, payload []byte, ok bool) {
	if len(frame) < etherLen {
		return 0, nil, false
	}
	return binary.BigEndian.Uint16(frame[12:]), frame[etherLen:], true
}

func putIPv4(b []byte, a netip.Addr) {
	if a = a.Unmap(); a.Is4() {
		raw := a.As4()
		copy(b, raw[:])
	}
}

func getIPv4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) }

// pseudo is the sum over the header that UDP checksums add (RFC 768), given
// the IPv4 header and the length of the UDP header and data.
func pseudo(ip []byte, n int) uint32 {
	return uint32(sum(ip[12:20], uint32(protoUDP)+uint32(n)))
}

// sum is the ones' complement sum of RFC 1071; its complement is the checksum,
// and over data with a right checksum it is 0xffff.
func sum(b []byte, start uint32) uint16 {
	s := uint64(start)
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
