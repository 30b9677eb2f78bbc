package dhcp

import (
	"net/netip"
	"testing"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

// FuzzServe puts any datagram before the server and the proxy: neither may
// find a defect in itself, and a proxy never gives an address or a NAK.
func FuzzServe(f *testing.F) {
	pi := newClient(1)
	copy(pi.m.CHAddr[:], []byte{0xdc, 0xa6, 0x32})
	item := packet.Option{Code: packet.OptVendor, Data: []byte{packet.PXEItem, 4, 0, 0, 0, 0, packet.OptEnd}}
	for _, k := range []packet.MessageType{0, packet.Discover, packet.Request, packet.Decline, packet.Release, packet.Inform} {
		f.Add(pi.message(k, append(pxeROM(machine.ArchBIOS), item)...))
		f.Add(newClient(2).message(k, withIPXE(pxeROM(machine.ArchX64), 21, 1, 1)...))
		f.Add(newClient(3).message(k, packet.Option{Code: packet.OptRapidCommit}, addrOpt(packet.OptRequested, "192.168.0.212"), addrOpt(packet.OptServerID, "192.168.0.150")))
		f.Add(newClient(4).message(k, httpROM()...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		server := newRig(t, func(c *lease.Config) { c.Subnets[0].RapidCommit = true })
		proxy, _ := newProxy(t)
		for _, r := range []*rig{server, proxy} {
			for _, number := range []uint16{packet.ServerPort, packet.BootPort} {
				r.port.number = number
				x := &exchange{from: netip.MustParseAddrPort("0.0.0.0:68"), to: netip.AddrPortFrom(everybody, number)}
				x.n = copy(x.buf[:], b)
				if r.port.guard(x, r.port.sort); x.queue != nil {
					r.port.guard(x, r.port.serve)
				}
			}
			if r.srv.Counts().Panics.Load() > 0 {
				t.Fatalf("a defect:\n%s", r.log)
			}
		}
		for _, s := range proxy.udp.out {
			if packet.Known(s.m.YIAddr).IsValid() || s.m.Get(packet.OptLeaseTime) != nil || s.m.Type() != packet.Offer && s.m.Type() != packet.Ack {
				t.Fatalf("the proxy said %v of %v", s.m.Type(), s.m.YIAddr)
			}
		}
	})
}
