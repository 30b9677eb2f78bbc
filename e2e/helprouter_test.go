//go:build e2e

package e2e

import (
	"net"
	"testing"

	"golang.org/x/net/ipv6"
)

// ICMPv6 router discovery (RFC 4861 sections 4.1 and 4.2).
const (
	routerSolicitation  = 133
	routerAdvertisement = 134
	raLen               = 16
	ndHopLimit          = 255
)

// router plays the IPv6 router of a LAN: it has no prefix to give and is no
// default router (lifetime 0). iPXE with IPv6 waits some 25 s for one before
// it loads what IPv4 already told it, and goes on at once when one has spoken.
// On a host without IPv6 there is none, and tests take that much longer.
func router(t *testing.T, s *space, iface string) {
	t.Helper()
	var conn net.PacketConn
	var p *ipv6.PacketConn
	var card *net.Interface
	err := s.do(func() (err error) {
		if card, err = net.InterfaceByName(iface); err != nil {
			return err
		}
		if conn, err = net.ListenPacket("ip6:ipv6-icmp", "::"); err != nil {
			return err
		}
		p = ipv6.NewPacketConn(conn)
		return p.JoinGroup(card, &net.IPAddr{IP: net.IPv6linklocalallrouters})
	})
	if conn != nil {
		t.Cleanup(func() { conn.Close() })
	}
	if err != nil {
		t.Logf("no IPv6 router on the LAN: %v", err)
		return
	}
	go func() {
		everybody := &net.IPAddr{IP: net.IPv6linklocalallnodes, Zone: iface}
		from := &ipv6.ControlMessage{IfIndex: card.Index, HopLimit: ndHopLimit}
		for b := make([]byte, 1500); ; {
			n, _, _, err := p.ReadFrom(b)
			if err != nil {
				return
			}
			if n > 0 && b[0] == routerSolicitation {
				ra := make([]byte, raLen) // the kernel fills in the checksum
				ra[0] = routerAdvertisement
				p.WriteTo(ra, from, everybody)
			}
		}
	}()
}
