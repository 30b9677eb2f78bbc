package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/symptom"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

var (
	box    = net.HardwareAddr{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}
	server = netip.MustParseAddr("192.0.2.150")
	other  = netip.MustParseAddr("192.0.2.2")
	client = netip.MustParseAddr("192.0.2.14")
	none   = netip.IPv4Unspecified()
	t0     = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
)

// tape is a capture in the making.
type tape struct {
	frames [][]byte
	xid    uint32
}

func (p *tape) udp(from, to netip.AddrPort, data []byte) {
	p.frames = append(p.frames, segment.BuildUDP(segment.UDPFrame{Src: box, Dst: segment.Broadcast, From: from, To: to, Data: data}))
}

// dhcp adds a message; a server's comes from who.
func (p *tape) dhcp(kind packet.MessageType, who, yiaddr netip.Addr, file string, opts ...packet.Option) {
	m := packet.Message{Op: packet.OpRequest, HType: packet.Ethernet, HLen: 6, XID: p.xid, YIAddr: yiaddr, File: file,
		Options: append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}}, opts...)}
	copy(m.CHAddr[:], box)
	from, to := netip.AddrPortFrom(none, 68), netip.AddrPortFrom(netip.MustParseAddr("255.255.255.255"), 67)
	if who.IsValid() {
		m.Op = packet.OpReply
		from, to = netip.AddrPortFrom(who, 67), netip.AddrPortFrom(to.Addr(), 68)
		m.Options = append(m.Options, packet.Option{Code: packet.OptServerID, Data: who.AsSlice()})
	}
	p.udp(from, to, m.Append(nil, 1400))
}

func (p *tape) discover(arch byte, opts ...packet.Option) {
	p.xid++
	p.dhcp(packet.Discover, netip.Addr{}, none, "", append(opts, packet.Option{Code: packet.OptVendorClass, Data: []byte("PXEClient:Arch:00000")},
		packet.Option{Code: packet.OptArch, Data: []byte{0, arch}})...)
}

func (p *tape) address(file string) {
	p.dhcp(packet.Offer, server, client, file)
	p.dhcp(packet.Request, netip.Addr{}, none, "")
	p.dhcp(packet.Ack, server, client, file)
}

func (p *tape) read(port uint16, name string) {
	p.udp(netip.AddrPortFrom(client, port), netip.AddrPortFrom(server, 69), []byte("\x00\x01"+name+"\x00octet\x00"))
}

func (p *tape) reply(port uint16, op, n uint16) {
	p.udp(netip.AddrPortFrom(server, 40000), netip.AddrPortFrom(client, port), binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, op), n))
}

func (p *tape) ack(port, n uint16) {
	p.udp(netip.AddrPortFrom(client, port), netip.AddrPortFrom(server, 40000), binary.BigEndian.AppendUint16([]byte{0, opAck}, n))
}

// load is a whole transfer of two blocks.
func (p *tape) load(port uint16, name string) {
	p.read(port, name)
	for n := uint16(1); n <= 2; n++ {
		p.reply(port, opData, n)
		p.ack(port, n)
	}
}

func (p *tape) tcp(from, to netip.AddrPort, text string) {
	ip := make([]byte, 40, 40+len(text))
	ip[0], ip[9] = 0x45, protoTCP
	binary.BigEndian.PutUint16(ip[2:], uint16(40+len(text)))
	copy(ip[12:], from.Addr().AsSlice())
	copy(ip[16:], to.Addr().AsSlice())
	binary.BigEndian.PutUint16(ip[20:], from.Port())
	binary.BigEndian.PutUint16(ip[22:], to.Port())
	ip[32] = 5 << 4
	p.frames = append(p.frames, append(append(append([]byte{}, box...), box...), append([]byte{8, 0}, append(ip, text...)...)...))
}

func (p *tape) get(port uint16, name string, code int) {
	a, b := netip.AddrPortFrom(client, port), netip.AddrPortFrom(server, 80)
	p.tcp(a, b, "GET "+name+" HTTP/1.1\r\nHost: x\r\n\r\n")
	p.tcp(b, a, fmt.Sprintf("HTTP/1.1 %d Some\r\n\r\n", code))
}

// pcap and pcapng write the frames a second apart.
func (p *tape) pcap(order binary.AppendByteOrder) []byte {
	b := order.AppendUint32(nil, magicMicro)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	for _, v := range []uint32{0, 0, 262144, linkEthernet} {
		b = order.AppendUint32(b, v)
	}
	for i, f := range p.frames {
		for _, v := range []uint32{uint32(t0.Unix()) + uint32(i), 500000, uint32(len(f)), uint32(len(f))} {
			b = order.AppendUint32(b, v)
		}
		b = append(b, f...)
	}
	return b
}

func (p *tape) pcapng(order binary.AppendByteOrder) []byte {
	var out []byte
	block := func(kind uint32, body []byte) {
		body = append(body, make([]byte, (4-len(body)%4)%4)...)
		n := uint32(len(body) + 12)
		out = order.AppendUint32(append(order.AppendUint32(order.AppendUint32(out, kind), n), body...), n)
	}
	u32 := func(vs ...uint32) (b []byte) {
		for _, v := range vs {
			b = order.AppendUint32(b, v)
		}
		return b
	}
	block(magicNG, append(u32(orderNG), order.AppendUint16(order.AppendUint16(nil, 1), 0)...))
	block(0x0bad, []byte("unknown blocks are passed over"))
	block(blockInterface, append(order.AppendUint16(order.AppendUint16(nil, linkEthernet), 0), u32(262144)...))
	for i, f := range p.frames {
		ticks := uint64(t0.UnixMicro()) + uint64(i)*1e6 + 500000
		block(blockEnhanced, append(u32(0, uint32(ticks>>32), uint32(ticks), uint32(len(f)), uint32(len(f))), f...))
	}
	return out
}

func TestACaptureTellsWhyABootStopped(t *testing.T) {
	pxe := packet.Option{Code: packet.OptVendorClass, Data: []byte("PXEClient")}
	ipxe := packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")}
	for name, c := range map[string]struct {
		play func(*tape)
		want string // "" for a boot without symptoms
	}{
		"a good boot": {func(p *tape) {
			p.discover(0)
			p.address("pxelinux.0")
			p.load(2000, "pxelinux.0")
			p.read(2001, "pxelinux.cfg/01-00-0c-29-83-d1-d1")
			p.reply(2001, opError, 1) // PXELINUX asks for many names
			p.load(2002, "pxelinux.cfg/default")
		}, ""},
		"iPXE from a ROM is no loop": {func(p *tape) {
			p.discover(0)
			p.address("undionly.kpxe")
			p.load(2000, "undionly.kpxe")
			p.discover(0, ipxe)
			p.address("boot.ipxe")
			p.get(3000, "/boot.ipxe", 200)
		}, ""},
		"a size probe is no end": {func(p *tape) {
			p.discover(7)
			p.address("grubx64.efi")
			p.read(2000, "grubx64.efi")
			p.reply(2000, opOACK, 0)
			p.udp(netip.AddrPortFrom(client, 2000), netip.AddrPortFrom(server, 40000), []byte{0, 5, 0, 8, 0})
			p.load(2001, "grubx64.efi")
		}, ""},
		"nobody answers": {func(p *tape) { p.discover(7); p.discover(7) }, "2 DHCPDISCOVER and no DHCPOFFER"},
		"ProxyDHCP is ignored": {func(p *tape) {
			p.discover(7)
			p.dhcp(packet.Offer, other, client, "")
			p.dhcp(packet.Offer, server, none, "grubx64.efi", pxe)
			p.discover(7)
			p.dhcp(packet.Offer, other, client, "")
			p.dhcp(packet.Offer, server, none, "grubx64.efi", pxe)
		}, "no DHCPREQUEST: this firmware ignores ProxyDHCP"},
		"the offer is not taken": {func(p *tape) { p.discover(7); p.dhcp(packet.Offer, server, client, "x.efi") }, "takes none of the offers"},
		"two servers give addresses": {func(p *tape) {
			p.discover(7)
			p.dhcp(packet.Offer, other, client, "")
			p.address("a.efi")
			p.load(9, "a.efi")
		}, "two DHCP servers hand out addresses on this wire: 192.0.2.2 and 192.0.2.150"},
		"refused":      {func(p *tape) { p.dhcp(packet.Request, netip.Addr{}, none, ""); p.dhcp(packet.Nak, other, none, "") }, "DHCPNAK by 192.0.2.2"},
		"no boot file": {func(p *tape) { p.discover(7); p.address("") }, "an address from 192.0.2.150, but nobody names a boot file"},
		"a loader loop": {func(p *tape) {
			for range 2 {
				p.discover(0)
				p.address("undionly.kpxe")
				p.load(2000, "undionly.kpxe")
			}
		}, `a loader loop: architecture 0 asked 2 times and loaded "undionly.kpxe" 2 times`},
		"iPXE loads itself": {func(p *tape) {
			p.discover(0)
			p.address("undionly.kpxe")
			p.load(2000, "undionly.kpxe")
			for port := uint16(2001); port < 2003; port++ {
				p.discover(0, ipxe)
				p.address("undionly.kpxe")
				p.load(port, "undionly.kpxe")
			}
		}, `a loader loop: iPXE asked 2 times and loaded "undionly.kpxe" 2 times`},
		"a firewall": {func(p *tape) {
			p.discover(7)
			p.address("grubx64.efi")
			p.read(2000, "grubx64.efi")
			for range 4 {
				p.reply(2000, opData, 1)
			}
		}, `TFTP stops at block 1 of "grubx64.efi": it was sent 4 times`},
		"lost on the way": {func(p *tape) {
			p.discover(7)
			p.address("grubx64.efi")
			p.load(2000, "grubx64.efi")
			for range 4 {
				p.reply(2000, opData, 3)
			}
		}, `TFTP stops after block 2 of "grubx64.efi"`},
		"nobody serves TFTP": {func(p *tape) {
			p.discover(7)
			p.address("grubx64.efi")
			for port := uint16(2000); port < 2004; port++ {
				p.read(port, "grubx64.efi")
			}
		}, `4 requests for "grubx64.efi" by TFTP and no answer from 192.0.2.150`},
		"a name that is not there": {func(p *tape) {
			p.discover(7)
			p.address("Boot/Grub.efi")
			p.read(2000, "Boot/Grub.efi")
			p.reply(2000, opError, 1)
		}, `TFTP: "Boot/Grub.efi" is not found`},
		"HTTP 404": {func(p *tape) {
			p.discover(16)
			p.address("http://x/a.efi")
			p.get(3000, "/ok", 200)
			p.get(3001, "/a.efi", 404)
		}, `HTTP 404 for "/a.efi"`},
	} {
		t.Run(name, func(t *testing.T) {
			var p tape
			c.play(&p)
			for form, file := range map[string][]byte{"pcap": p.pcap(binary.LittleEndian), "pcap, big-endian": p.pcap(binary.BigEndian),
				"pcapng": p.pcapng(binary.LittleEndian), "pcapng, big-endian": p.pcapng(binary.BigEndian)} {
				facts, err := Facts(bytes.NewReader(file))
				if err != nil {
					t.Fatalf("%s: %v", form, err)
				}
				if at := t0.Add(500 * time.Millisecond); len(facts) == 0 || facts[0].At.Sub(at).Abs() > time.Microsecond {
					t.Errorf("%s: %d facts, the first at %v", form, len(facts), facts)
				}
				var got []string
				for _, s := range symptom.Find(facts) {
					if s.Remedy == "" || s.Who != "00:0c:29:83:d1:d1" {
						t.Errorf("%s: %+v", form, s)
					}
					got = append(got, s.Msg)
				}
				if all := strings.Join(got, "\n"); (c.want == "") != (all == "") || !strings.Contains(all, c.want) || len(got) > 1 {
					t.Errorf("%s: got %q, want %q", form, all, c.want)
				}
			}
		})
	}
}

func TestAFileThatIsCutOrForeignIsNoCapture(t *testing.T) {
	var p tape
	p.discover(7)
	whole := p.pcap(binary.LittleEndian)
	for n := range whole {
		facts, err := Facts(bytes.NewReader(whole[:n]))
		if (err != nil) != (n < 24) || len(facts) != 0 {
			t.Errorf("the first %d bytes: %d facts, %v", n, len(facts), err)
		}
	}
	if _, err := Facts(strings.NewReader("#!/bin/sh\necho this is no capture at all\n")); err == nil {
		t.Error("a script was read as a capture")
	}
	huge := append(whole[:24:24], make([]byte, 16)...)
	binary.LittleEndian.PutUint32(huge[32:], 1<<31)
	if _, err := Facts(bytes.NewReader(huge)); err == nil {
		t.Error("a packet of 2 GiB was believed")
	}
}

func FuzzFacts(f *testing.F) {
	var p tape
	p.discover(7)
	p.address("a.efi")
	p.load(2000, "a.efi")
	p.get(3000, "/x", 404)
	f.Add(p.pcap(binary.LittleEndian))
	f.Add(p.pcapng(binary.LittleEndian))
	f.Add(p.pcapng(binary.BigEndian))
	f.Fuzz(func(t *testing.T, file []byte) {
		facts, _ := Facts(bytes.NewReader(file))
		for _, s := range symptom.Find(facts) {
			if s.Msg == "" || s.Who == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}
