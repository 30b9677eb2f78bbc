package cable

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"seedbed/internal/wire/segment"
)

// offer is a DHCP answer with options before and behind the DNS servers.
func offer(from uint16) []byte {
	data := make([]byte, dhcpOptionsStart)
	data = append(data, 53, 1, 5, 0, dhcpDNS, 8, 192, 0, 2, 1, 192, 0, 2, 2, 3, 4, 192, 0, 2, 1, dhcpEnd)
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	return segment.BuildUDP(segment.UDPFrame{Src: mac, Dst: mac, From: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.9"), from),
		To: netip.MustParseAddrPort("192.0.2.8:68"), Data: data})
}

func TestWithoutDNS(t *testing.T) {
	frame := offer(67)
	withoutDNS(frame)
	u, ok := segment.ParseUDP(frame)
	if !ok {
		t.Fatal("the frame is broken")
	}
	want := append([]byte{53, 1, 5, 0}, make([]byte, 10)...)
	want = append(want, 3, 4, 192, 0, 2, 1, dhcpEnd)
	if got := u.Data[dhcpOptionsStart:]; !bytes.Equal(got, want) {
		t.Errorf("options are %v, want %v", got, want)
	}
	other := offer(68)
	before := bytes.Clone(other)
	if withoutDNS(other); !bytes.Equal(other, before) {
		t.Error("what no DHCP server sent was changed")
	}
}

func FuzzWithoutDNS(f *testing.F) {
	f.Add(offer(67))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, frame []byte) {
		n := len(frame)
		withoutDNS(frame)
		asksNames(frame)
		if len(frame) != n {
			t.Fatal("its length changed")
		}
	})
}

// stream is frames as QEMU has them on its socket.
func stream(frames ...[]byte) []byte {
	var b []byte
	for _, f := range frames {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

func TestFramesOnABadCable(t *testing.T) {
	names := segment.BuildUDP(segment.UDPFrame{Src: segment.Broadcast, Dst: segment.Broadcast, From: netip.MustParseAddrPort("192.0.2.8:1000"),
		To: netip.MustParseAddrPort("192.0.2.1:53"), Data: []byte("who?")})
	plain, many := []byte("a frame of no protocol"), 4000
	var all [][]byte
	for range many {
		all = append(all, plain)
	}
	carried := func(f Faults, frames0 ...[]byte) int {
		var out bytes.Buffer
		frames(&out, bytes.NewReader(stream(frames0...)), f)
		return out.Len() / (4 + len(plain))
	}
	if n := carried(Faults{NoDNS: true}, all...); n != many {
		t.Errorf("%d of %d frames came through a cable without loss", n, many)
	}
	// 10 % of 4,000: the chance of being off by 120, over six times the
	// standard deviation of 19, is below one in a thousand million.
	if n := carried(Faults{Loss: 0.1}, all...); n < many*9/10-120 || n > many*9/10+120 {
		t.Errorf("%d of %d frames came through a cable that loses a tenth", n, many)
	}
	if n := carried(Faults{NoInternet: true}, names, plain, names); n != 1 {
		t.Errorf("%d frames came through, want the one that asks no name server", n)
	}
	var out bytes.Buffer
	frames(&out, bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff, 1}), Faults{NoDNS: true})
	if out.Len() != 0 {
		t.Error("a frame that is too long came through")
	}
}
