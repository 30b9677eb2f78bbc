package storm

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"seedbed/internal/wire/segment"
)

func TestTheFirstKernelOfAScript(t *testing.T) {
	for _, c := range []struct {
		name, text, kernel string
		initrds            []string
	}{
		{"an install", "#!ipxe\nkernel http://192.0.2.1/linux a=b || exit 1\ninitrd --name initrd.gz http://192.0.2.1/i || exit 1\nboot || exit 1\n",
			"http://192.0.2.1/linux", []string{"http://192.0.2.1/i"}},
		{"a menu of two", "#!ipxe\n:a\nkernel http://192.0.2.1/a\ninitrd http://192.0.2.1/x\ninitrd http://192.0.2.1/y\nboot\n:b\nkernel http://192.0.2.1/b\ninitrd http://192.0.2.1/z\nboot\n",
			"http://192.0.2.1/a", []string{"http://192.0.2.1/x", "http://192.0.2.1/y"}},
		{"the local disk", "#!ipxe\nsanboot --no-describe --drive 0x80\n", "", nil},
	} {
		kernel, initrds := named(c.text)
		if kernel != c.kernel || !slices.Equal(initrds, c.initrds) {
			t.Errorf("%s: %q %q", c.name, kernel, initrds)
		}
	}
}

func TestAFrameOfSeveralDatagramsIsCut(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	whole := segment.UDPFrame{Dst: mac, Src: mac, From: netip.MustParseAddrPort("192.0.2.1:69"), To: netip.MustParseAddrPort("192.0.2.2:2000"), Data: []byte("aaaabbbbcc")}
	frame := segment.BuildUDP(whole)
	binary.BigEndian.PutUint16(frame[14+20+6:], 1) // not yet made
	var got []string
	for _, f := range cut(frame, 4) {
		u, ok := segment.ParseUDP(f)
		if !ok || u.From != whole.From || u.To != whole.To {
			t.Errorf("%+v %v", u, ok)
		}
		got = append(got, string(u.Data))
	}
	if !slices.Equal(got, []string{"aaaa", "bbbb", "cc"}) {
		t.Errorf("%q", got)
	}
	for n := range 14 + 20 + 8 {
		if cut(frame[:n], 4) != nil {
			t.Errorf("%d bytes are a frame", n)
		}
	}
}
