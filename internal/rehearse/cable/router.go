package cable

import (
	"context"
	"encoding/binary"
	"net"

	"seedbed/internal/wire/segment"
)

// ICMPv6 router discovery (RFC 4861 sections 4.1 and 4.2).
const (
	etherIPv6           = 0x86dd
	protoICMPv6         = 58
	routerSolicitation  = 133
	routerAdvertisement = 134
	ndHopLimit          = 255
)

// routerMAC is that of the router that says it is none.
var routerMAC = net.HardwareAddr{0x02, 0x5e, 0xed, 0, 0, 0xfe}

// NoRouter answers IPv6 router solicitations: here is a router, it has no
// prefix and forwards nothing (lifetime 0). iPXE waits some 16 s for an answer
// before it loads what IPv4 told it already; a real LAN often has one. It ends with ctx.
func NoRouter(ctx context.Context, mem *segment.Memory) {
	st := mem.AttachStation(routerMAC)
	context.AfterFunc(ctx, func() { st.Close() })
	go func() {
		for {
			frame, err := st.Recv(ctx)
			if err != nil {
				return
			}
			if solicits(frame) {
				st.Send(advertisement())
			}
		}
	}()
}

// solicits says whether a frame is a router solicitation.
func solicits(f []byte) bool {
	return len(f) >= 14+40+8 && binary.BigEndian.Uint16(f[12:]) == etherIPv6 && f[14+6] == protoICMPv6 && f[14+40] == routerSolicitation
}

// advertisement is a frame to all nodes. iPXE drops one that is multicast by
// its IPv6 address only (net/ipv6.c).
func advertisement() []byte {
	f := make([]byte, 14+40+16)
	copy(f, []byte{0x33, 0x33, 0, 0, 0, 1})
	copy(f[6:], routerMAC)
	binary.BigEndian.PutUint16(f[12:], etherIPv6)
	ip, icmp := f[14:54], f[54:]
	ip[0] = 6 << 4
	binary.BigEndian.PutUint16(ip[4:], uint16(len(icmp)))
	ip[6], ip[7] = protoICMPv6, ndHopLimit
	copy(ip[8:], []byte{0xfe, 0x80, 15: 0xfe})  // fe80::fe
	copy(ip[24:], []byte{0xff, 0x02, 15: 0x01}) // all nodes
	icmp[0] = routerAdvertisement
	// The pseudo-header's length and protocol are added to the sum of the
	// addresses and the message (RFC 8200 section 8.1).
	sum := uint32(len(icmp)) + protoICMPv6
	for i := 8; i < 40; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	for i := 0; i < len(icmp); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(icmp[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(icmp[2:], ^uint16(sum))
	return f
}
