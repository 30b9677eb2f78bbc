package segment

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

func sampleFrame(data string) UDPFrame {
	return UDPFrame{
		Src: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Dst: Broadcast,
		From: netip.MustParseAddrPort("192.0.2.1:67"), To: netip.MustParseAddrPort("255.255.255.255:68"),
		Data: []byte(data),
	}
}

func TestBuiltDatagramIsValidToAnotherStack(t *testing.T) {
	for _, data := range []string{"", "odd", "even"} {
		b := BuildUDP(sampleFrame(data))
		ip := header.IPv4(b[header.EthernetMinimumSize:])
		if !ip.IsValid(len(ip)) || !ip.IsChecksumValid() {
			t.Errorf("%q: the IPv4 header is not valid: % x", data, b)
		}
		udp := header.UDP(ip.Payload())
		if !udp.IsChecksumValid(ip.SourceAddress(), ip.DestinationAddress(), checksum.Checksum(udp.Payload(), 0)) {
			t.Errorf("%q: the UDP checksum is wrong: % x", data, b)
		}
		padded := append(b, make([]byte, 46)...)
		f, ok := ParseUDP(padded)
		want := sampleFrame(data)
		if !ok || f.From != want.From || f.To != want.To || !bytes.Equal(f.Data, want.Data) ||
			!bytes.Equal(f.Src, want.Src) || !bytes.Equal(f.Dst, want.Dst) {
			t.Errorf("%q is read back as %+v, %v", data, f, ok)
		}
	}
}

func TestEveryBrokenBitIsNoticed(t *testing.T) {
	good := BuildUDP(sampleFrame("some data"))
	// Beyond the MACs, which nothing protects without an FCS. What still reads
	// must at least not read as the same datagram with other data.
	for i := 12 * 8; i < len(good)*8; i++ {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		if f, ok := ParseUDP(bad); ok {
			t.Errorf("bit %d of byte %d turned over is read as %+v", i%8, i/8, f)
		}
	}
}

func TestFragmentsAndShortFramesAreNotRead(t *testing.T) {
	good := BuildUDP(sampleFrame("some data"))
	for n := range good {
		if _, ok := ParseUDP(good[:n]); ok {
			t.Errorf("%d of %d bytes were read", n, len(good))
		}
	}
	for _, flags := range []uint16{0x2000, 0x0001} {
		b := bytes.Clone(good)
		ip := header.IPv4(b[header.EthernetMinimumSize:])
		b[20], b[21] = byte(flags>>8), byte(flags)
		ip.SetChecksum(0)
		ip.SetChecksum(^ip.CalculateChecksum())
		if _, ok := ParseUDP(b); ok {
			t.Errorf("a fragment (%#04x) was read", flags)
		}
	}
}

func TestARPIsReadBack(t *testing.T) {
	want := ARP{
		Op: ARPReply, SenderMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, SenderIP: netip.MustParseAddr("192.0.2.1"),
		TargetMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, TargetIP: netip.MustParseAddr("192.0.2.2"),
	}
	b := BuildARP(Broadcast, want)
	if !header.ARP(b[header.EthernetMinimumSize:]).IsValid() {
		t.Errorf("not valid to another stack: % x", b)
	}
	got, ok := ParseARP(b)
	if !ok || got.Op != want.Op || got.SenderIP != want.SenderIP || got.TargetIP != want.TargetIP ||
		!bytes.Equal(got.SenderMAC, want.SenderMAC) || !bytes.Equal(got.TargetMAC, want.TargetMAC) {
		t.Errorf("read back as %+v, %v", got, ok)
	}
	if _, ok := ParseARP(BuildUDP(sampleFrame("x"))); ok {
		t.Error("a datagram was read as ARP")
	}
	if _, ok := ParseARP(b[:len(b)-1]); ok {
		t.Error("a short ARP was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(BuildUDP(sampleFrame("")))
	f.Add(BuildUDP(sampleFrame("some data")))
	f.Add(BuildARP(Broadcast, ARP{Op: ARPRequest}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, frame []byte) {
		ParseARP(frame)
		u, ok := ParseUDP(frame)
		if !ok {
			return
		}
		again, ok := ParseUDP(BuildUDP(u))
		if !ok || again.From != u.From || again.To != u.To || !bytes.Equal(again.Data, u.Data) {
			t.Errorf("%+v is built and read back as %+v, %v", u, again, ok)
		}
	})
}
