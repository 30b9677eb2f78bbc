package dhcp

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

// The tests of this file bear the numbers of the protocol checklist.

func TestD1toD8TheShapeOfAnswers(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	c.m.Secs, c.m.Hops, c.m.Flags = 9, 0, packet.FlagBroadcast
	id := packet.Option{Code: packet.OptClientID, Data: []byte{255, 0, 7}}
	prl := packet.Option{Code: packet.OptParameters, Data: []byte{packet.OptRouter, packet.OptMask, packet.OptNTP, packet.OptDomain, packet.OptRequested}}
	for _, s := range []*sent{r.must(r.say(c, packet.Discover, id, prl), packet.Offer), r.boot(c, id, prl)} {
		m := &s.m
		if m.Op != packet.OpReply || m.XID != c.m.XID || m.CHAddr != c.m.CHAddr || m.Flags != packet.FlagBroadcast || m.Secs != 0 || m.Hops != 0 || m.HType != 1 || m.HLen != 6 {
			t.Errorf("D1: %+v", m)
		}
		if m.Addr(packet.OptServerID) != server {
			t.Error("D3: server-id")
		}
		if !bytes.Equal(m.Get(packet.OptLeaseTime), u32(600)) || !bytes.Equal(m.Get(packet.OptT1), u32(300)) || !bytes.Equal(m.Get(packet.OptT2), u32(525)) {
			t.Errorf("D5, D36: %v %v %v", m.Get(packet.OptLeaseTime), m.Get(packet.OptT1), m.Get(packet.OptT2))
		}
		for _, code := range []uint8{packet.OptRequested, packet.OptParameters, packet.OptMaxSize, packet.OptOverload, packet.OptRelay} {
			if m.Get(code) != nil {
				t.Errorf("D6, D25: option %d", code)
			}
		}
		if !bytes.Equal(m.Get(packet.OptClientID), id.Data) {
			t.Error("D7: client-id")
		}
		var order []uint8
		for _, o := range m.Options {
			order = append(order, o.Code)
		}
		if want := []uint8{53, 54, 51, 1, 3, 42, 15}; !bytes.Equal(order[:7], want) {
			t.Errorf("D8, D27: %v", order)
		}
		if len(s.raw) < 300 {
			t.Errorf("D26: %d bytes", len(s.raw))
		}
	}
	if s := r.must(r.say(c, packet.Discover), packet.Offer); s.m.Get(packet.OptClientID) != nil {
		t.Error("D7: a client-id that was not sent")
	}
}

func TestD9ForeignServerIDIsSilenceAndFreesTheOffer(t *testing.T) {
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].Pools[0].Last = ip("192.168.0.210") })
	o := r.must(r.say(newClient(1), packet.Discover), packet.Offer)
	r.silent(r.say(newClient(2), packet.Discover))
	r.silent(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, o.m.YIAddr.String()), addrOpt(packet.OptServerID, "192.168.0.9")))
	r.must(r.say(newClient(2), packet.Discover), packet.Offer)
}

func TestD10InitReboot(t *testing.T) {
	r := newRig(t)
	r.boot(newClient(1))
	r.must(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, "192.168.0.210")), packet.Ack)
	n := r.must(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, "192.168.0.213")), packet.Nak)
	if packet.Known(n.m.YIAddr).IsValid() || n.m.Get(packet.OptLeaseTime) != nil || n.m.Addr(packet.OptServerID) != server || n.to.Addr() != everybody {
		t.Errorf("D1, D3, D5, D12: %+v to %v", n.m, n.to)
	}
	r.must(r.say(newClient(5), packet.Request, addrOpt(packet.OptRequested, "172.16.0.1")), packet.Nak)
	r.must(r.say(newClient(5), packet.Request, addrOpt(packet.OptRequested, "192.168.0.215")), packet.Nak)
	r.modest = true
	r.silent(r.say(newClient(5), packet.Request, addrOpt(packet.OptRequested, "192.168.0.215")))
}

func TestD11D13WhereAnswersGo(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	mac := c.m.CHAddr[:6]
	o := r.must(r.say(c, packet.Discover), packet.Offer)
	if o.to != netip.MustParseAddrPort("192.168.0.210:68") || !bytes.Equal(o.hw, mac) {
		t.Errorf("no flag: %v %v", o.to, o.hw)
	}
	r.boot(c)
	c.m.CIAddr, c.to = ip("192.168.0.210"), server
	c.from = netip.AddrPortFrom(c.m.CIAddr, 68)
	if a := r.must(r.say(c, packet.Request), packet.Ack); a.to != netip.MustParseAddrPort("192.168.0.210:68") || a.m.CIAddr != c.m.CIAddr {
		t.Errorf("RENEWING: %v", a.to)
	}
	c.to = everybody
	r.must(r.say(c, packet.Request), packet.Ack)
	// D49: a DISCOVER with ciaddr is not answered to that address.
	c.m.CIAddr = ip("192.168.0.219")
	if o := r.must(r.say(c, packet.Discover), packet.Offer); o.to.Addr() != ip("192.168.0.210") {
		t.Errorf("D49: %v", o.to)
	}
	b := newClient(2)
	b.m.Flags = packet.FlagBroadcast
	if o := r.must(r.say(b, packet.Discover), packet.Offer); o.to != netip.MustParseAddrPort("255.255.255.255:68") || !bytes.Equal(o.hw, []byte{255, 255, 255, 255, 255, 255}) {
		t.Errorf("B flag: %v %v", o.to, o.hw)
	}
}

func TestD12D28D29Relays(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	c.m.GIAddr, c.m.Hops = ip("10.1.0.1"), 1
	info := packet.Option{Code: packet.OptRelay, Data: []byte{1, 2, 'a', 'b', 99, 1, 0}}
	o := r.must(r.say(c, packet.Discover, info, packet.Option{Code: packet.OptHostName, Data: []byte("x")}), packet.Offer)
	if o.to != netip.MustParseAddrPort("10.1.0.1:67") || o.hw != nil || o.m.YIAddr != ip("10.1.0.10") || o.m.GIAddr != c.m.GIAddr || o.m.Hops != 0 {
		t.Errorf("D1, D13, D28: %v %v, %d hops", o.to, o.m.YIAddr, o.m.Hops)
	}
	if last := o.m.Options[len(o.m.Options)-1]; last.Code != packet.OptRelay || !bytes.Equal(last.Data, info.Data) {
		t.Errorf("D29: the last option is %+v", last)
	}
	n := r.must(r.say(c, packet.Request, info, addrOpt(packet.OptRequested, "172.16.0.1")), packet.Nak)
	if n.m.Flags&packet.FlagBroadcast == 0 || n.to != netip.MustParseAddrPort("10.1.0.1:67") {
		t.Errorf("D12: flags %x to %v", n.m.Flags, n.to)
	}
	link := packet.Option{Code: packet.OptRelay, Data: append([]byte{packet.RelayLink, 4}, 192, 168, 0, 0)}
	if o := r.must(r.say(c, packet.Discover, link), packet.Offer); o.m.YIAddr != ip("192.168.0.210") {
		t.Errorf("D28, link selection: %v", o.m.YIAddr)
	}
	override := packet.Option{Code: packet.OptRelay, Data: append([]byte{packet.RelayServerID, 4}, 10, 1, 0, 1)}
	if o := r.must(r.say(c, packet.Discover, override), packet.Offer); o.m.Addr(packet.OptServerID) != ip("10.1.0.1") {
		t.Errorf("D28, server-id override: %v", o.m.Addr(packet.OptServerID))
	}
	r.must(r.say(c, packet.Request, override, addrOpt(packet.OptRequested, "10.1.0.10"), addrOpt(packet.OptServerID, "10.1.0.1")), packet.Ack)
	c.from = netip.MustParseAddrPort("10.1.0.1:10067")
	if o := r.must(r.say(c, packet.Discover, packet.Option{Code: packet.OptRelay, Data: []byte{packet.RelaySourcePort, 2, 0, 0}}), packet.Offer); o.to.Port() != 10067 {
		t.Errorf("D31: %v", o.to)
	}
	d := newClient(3)
	if o := r.must(r.say(d, packet.Discover, info), packet.Offer); o.m.Get(packet.OptRelay) != nil {
		t.Error("D29: sent to a client that is not behind a relay")
	}
	d.m.GIAddr = ip("172.16.0.1")
	r.silent(r.say(d, packet.Discover))
}

func TestD17D18DeclineAndRelease(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	r.boot(c)
	mine := addrOpt(packet.OptRequested, "192.168.0.210")
	r.silent(r.say(newClient(2), packet.Decline, mine, addrOpt(packet.OptServerID, server.String())))
	r.silent(r.say(c, packet.Decline, mine, addrOpt(packet.OptServerID, "192.168.0.9")))
	r.silent(r.say(c, packet.Decline, mine))
	if o := r.must(r.say(c, packet.Discover), packet.Offer); o.m.YIAddr != ip("192.168.0.210") {
		t.Fatalf("D17: a decline that did not count moved it to %v", o.m.YIAddr)
	}
	r.silent(r.say(c, packet.Decline, mine, addrOpt(packet.OptServerID, server.String())))
	if o := r.must(r.say(c, packet.Discover), packet.Offer); o.m.YIAddr == ip("192.168.0.210") {
		t.Error("D17: offered again")
	}
	d := newClient(3)
	a := r.boot(d)
	d.m.CIAddr = a.m.YIAddr
	r.silent(r.say(d, packet.Release, addrOpt(packet.OptServerID, server.String())))
	if l, _ := r.srv.Book.ByAddress(a.m.YIAddr); l.State != lease.Released {
		t.Errorf("D18: %s", l.State)
	}
}

func TestD19Inform(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	c.m.CIAddr, c.from = ip("192.168.0.77"), netip.MustParseAddrPort("192.168.0.77:68")
	a := r.must(r.say(c, packet.Inform, packet.Option{Code: packet.OptParameters, Data: []byte{packet.OptDNS, packet.OptNTP}}), packet.Ack)
	if packet.Known(a.m.YIAddr).IsValid() || a.m.Get(packet.OptLeaseTime) != nil || a.to.Addr() != c.m.CIAddr || a.m.Addr(packet.OptDNS) != ip("192.168.0.1") {
		t.Errorf("%+v to %v", a.m, a.to)
	}
	if r.store.commits != 0 || len(r.srv.Book.All()) != 0 {
		t.Error("it made a lease")
	}
}

func TestD21D22Retransmissions(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	first := r.boot(c)
	r.now = t0.Add(time.Second)
	second := r.boot(c)
	if !bytes.Equal(first.raw, second.raw) || r.store.commits != 1 {
		t.Errorf("%d commits", r.store.commits)
	}
}

func TestD23D26SizesAndCuts(t *testing.T) {
	r := newRig(t, func(c *lease.Config) {
		c.Subnets[0].Options = []lease.Option{{Code: 43, Data: bytes.Repeat([]byte{7}, 300)}, {Code: 17, Data: []byte("root")}}
	})
	if o := r.must(r.say(newClient(1), packet.Discover), packet.Offer); len(o.raw) > 548 || o.m.Get(43) != nil || string(o.m.Get(17)) != "root" {
		t.Errorf("D26: %d bytes", len(o.raw))
	}
	if o := r.must(r.say(newClient(1), packet.Discover, packet.Option{Code: packet.OptMaxSize, Data: []byte{5, 220}}), packet.Offer); len(o.m.Get(43)) != 300 {
		t.Errorf("D23: %d bytes of option 43", len(o.m.Get(43)))
	}
}

func TestD32OnlyRequestsAreAnswered(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	c.m.Op = packet.OpReply
	r.silent(r.say(c, packet.Discover))
	r.silent(r.say(newClient(1), packet.MessageType(77)))
}

func TestD33InfiniBand(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	c.m.HType, c.m.HLen, c.m.CHAddr = 32, 0, [16]byte{}
	r.silent(r.say(c, packet.Discover))
	o := r.must(r.say(c, packet.Discover, packet.Option{Code: packet.OptClientID, Data: []byte("ib-1")}), packet.Offer)
	if o.to.Addr() != everybody {
		t.Errorf("to %v", o.to)
	}
	if p := r.must(r.say(c, packet.Discover, packet.Option{Code: packet.OptClientID, Data: []byte("ib-2")}), packet.Offer); p.m.YIAddr == o.m.YIAddr {
		t.Error("two client-ids, one address")
	}
}

func TestD34BOOTP(t *testing.T) {
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].BootFile = "old.0" })
	r.silent(r.say(newClient(1), 0))
	s := r.say(newClient(99), 0)
	if s == nil || s.m.YIAddr != ip("192.168.0.214") || s.m.Type() != 0 || s.m.Get(packet.OptServerID) != nil || len(s.raw) != 300 || s.m.File != "old.0" || s.m.Get(packet.OptMask) == nil {
		t.Fatalf("%+v", s)
	}
}

func TestD36LeaseTimes(t *testing.T) {
	r := newRig(t)
	for i, c := range []struct{ ask, want uint32 }{{3600, 3600}, {0xffffffff, 7200}, {1, 60}} {
		a := r.boot(newClient(i), packet.Option{Code: packet.OptLeaseTime, Data: u32(c.ask)})
		if !bytes.Equal(a.m.Get(packet.OptLeaseTime), u32(c.want)) {
			t.Errorf("asked %d: %v", c.ask, a.m.Get(packet.OptLeaseTime))
		}
	}
}

func TestD39ReservedAddressAndItsName(t *testing.T) {
	r := newRig(t)
	for i := range 10 {
		if a := r.boot(newClient(i)); a.m.YIAddr == ip("192.168.0.214") {
			t.Fatal("the reserved address was given away")
		}
	}
	a := r.boot(newClient(99), packet.Option{Code: packet.OptParameters, Data: []byte{packet.OptHostName}})
	if a.m.YIAddr != ip("192.168.0.214") || string(a.m.Get(packet.OptHostName)) != "node1" {
		t.Errorf("%v %q", a.m.YIAddr, a.m.Get(packet.OptHostName))
	}
}

func TestD41to43AndExtraOptions(t *testing.T) {
	r := newRig(t, func(c *lease.Config) {
		c.Subnets[0].Options = []lease.Option{
			{Code: packet.OptTFTPServers, Data: []byte{192, 168, 0, 9}}, {Code: packet.OptCaptive, Data: []byte("https://x/")},
			{Code: packet.OptIPv6Only, Data: u32(300)}, {Code: packet.OptServerID, Data: u32(1)}, {Code: packet.OptDomain, Data: []byte("other")}}
	})
	o := r.must(r.say(newClient(1), packet.Discover, pxeROM(machine.ArchBIOS)...), packet.Offer)
	if o.m.Addr(packet.OptTFTPServers) != ip("192.168.0.9") || o.m.Get(packet.OptCaptive) != nil || o.m.Get(packet.OptIPv6Only) != nil || o.m.Addr(packet.OptServerID) != server {
		t.Errorf("D41, D42, D43: %+v", o.m.Options)
	}
	o = r.must(r.say(newClient(2), packet.Discover, packet.Option{Code: packet.OptParameters, Data: []byte{1}}), packet.Offer)
	if string(o.m.Get(packet.OptDomain)) != "other" || string(o.m.Get(packet.OptCaptive)) != "https://x/" || o.m.Get(packet.OptIPv6Only) != nil {
		t.Errorf("%+v", o.m.Options)
	}
	asks := packet.Option{Code: packet.OptParameters, Data: []byte{1, packet.OptIPv6Only}}
	if o := r.must(r.say(newClient(3), packet.Discover, asks), packet.Offer); !bytes.Equal(o.m.Get(packet.OptIPv6Only), u32(300)) {
		t.Errorf("D43: set and asked for: %v", o.m.Get(packet.OptIPv6Only))
	}
	r = newRig(t)
	if o := r.must(r.say(newClient(3), packet.Discover, asks), packet.Offer); o.m.Get(packet.OptIPv6Only) != nil || o.m.Get(packet.OptCaptive) != nil {
		t.Error("D42, D43: not set, and said")
	}
	if o := r.must(r.say(newClient(1), packet.Discover, pxeROM(machine.ArchBIOS)...), packet.Offer); o.m.Addr(packet.OptTFTPServers) != server || o.m.SIAddr != server || string(o.m.Get(packet.OptTFTPServer)) != server.String() {
		t.Errorf("D41, P16: %v %v", o.m.SIAddr, o.m.Options)
	}
}

func TestOneMachineOneAddressThroughSixStages(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	var got []netip.Addr
	for i, opts := range [][]packet.Option{
		append(pxeROM(machine.ArchBIOS), packet.Option{Code: packet.OptClientID, Data: []byte("\x00" + "0123456789abcdef")}),
		append(pxeROM(machine.ArchBIOS), packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")}, packet.Option{Code: packet.OptClientID, Data: []byte{1, 0, 12, 41, 131, 0, 1}}),
		{{Code: packet.OptVendorClass, Data: []byte("d-i")}},
		{{Code: packet.OptClientID, Data: []byte{1, 0, 12, 41, 131, 0, 1}}, {Code: packet.OptHostName, Data: []byte("debian")}},
		{{Code: packet.OptClientID, Data: []byte("\xff\x01\x02\x03\x04\x00\x02\x00\x00\xab\x11")}},
		{{Code: packet.OptClientID, Data: []byte("\xff\x09\x02\x03\x04\x00\x02\x00\x00\xab\x11")}, {Code: packet.OptVendorClass, Data: []byte("systemd")}},
	} {
		r.now = t0.Add(time.Duration(i) * time.Minute)
		c.m.XID++
		got = append(got, r.boot(c, opts...).m.YIAddr)
	}
	for _, a := range got {
		if a != ip("192.168.0.210") {
			t.Fatalf("got %v", got)
		}
	}
}

func TestPWhatFirmwareIsTold(t *testing.T) {
	http := []packet.Option{{Code: packet.OptVendorClass, Data: []byte("HTTPClient:Arch:00016:UNDI:003001")}, {Code: packet.OptArch, Data: []byte{0, 16}}, {Code: packet.OptParameters, Data: []byte{1, 3}}}
	cases := []struct {
		name       string
		opts       []packet.Option
		file, o67  string
		o60, o43   string
		o175, o97  bool
		nextServer bool
	}{
		{"P2 P5 P6 P13 P14 BIOS ROM", pxeROM(machine.ArchBIOS), "pxelinux.0", "pxelinux.0\x00", "PXEClient", "\x06\x01\x08\xff", false, true, true},
		{"P2 P5 P6 UEFI ROM", pxeROM(machine.ArchX64), "shimx64.efi", "shimx64.efi\x00", "PXEClient", "\x06\x01\x08\xff", false, true, true},
		{"P20 P22 iPXE", append(pxeROM(machine.ArchX64), packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")}), "http://192.168.0.150/boot.ipxe", "http://192.168.0.150/boot.ipxe\x00", "", "", true, true, true},
		{"P25 HTTP boot, 67 not even asked for", http, "http://192.168.0.150/boot/shimx64.efi", "http://192.168.0.150/boot/shimx64.efi\x00", "HTTPClient", "", false, false, true},
		{"an installer", []packet.Option{{Code: packet.OptVendorClass, Data: []byte("d-i")}, {Code: packet.OptParameters, Data: []byte{1, 3, 66, 67}}}, "", "", "", "", false, false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			for _, s := range []*sent{r.must(r.say(newClient(1), packet.Discover, c.opts...), packet.Offer), r.boot(newClient(1), c.opts...)} {
				m := &s.m
				if m.File != c.file || string(m.Get(packet.OptBootFile)) != c.o67 || string(m.Get(packet.OptVendorClass)) != c.o60 || string(m.Get(packet.OptVendor)) != c.o43 {
					t.Errorf("file %q, 67 %q, 60 %q, 43 %q", m.File, m.Get(packet.OptBootFile), m.Get(packet.OptVendorClass), m.Get(packet.OptVendor))
				}
				if o := m.Get(packet.OptIPXE); c.o175 != bytes.Equal(o, []byte{176, 1, 1}) {
					t.Errorf("175: %v", o)
				}
				if (m.Get(packet.OptUUID) != nil) != c.o97 || (m.SIAddr == server) != c.nextServer {
					t.Errorf("97 %v, siaddr %v", m.Get(packet.OptUUID), m.SIAddr)
				}
			}
		})
	}
}

func TestPDecisionsAgainstBooting(t *testing.T) {
	r := newRig(t)
	r.desk.decide[machine.BIOS] = boot.Decision{Kind: boot.Ignore, Why: "nobody asked"}
	r.silent(r.say(newClient(1), packet.Discover, pxeROM(machine.ArchBIOS)...))
	if s := r.steps(); s != "sighted identified decided" || r.events[2].Text != "ignore: nobody asked" {
		t.Errorf("%s %+v", s, r.events)
	}
	r.boot(newClient(1), packet.Option{Code: packet.OptVendorClass, Data: []byte("d-i")}) // its system gets an address all the same
	r.desk.decide[machine.UEFI] = boot.Decision{Kind: boot.LocalDisk, BootFile: "never"}
	a := r.boot(newClient(2), pxeROM(machine.ArchX64)...)
	if a.m.File != "" || a.m.Get(packet.OptBootFile) != nil || a.m.Get(packet.OptVendorClass) != nil || packet.Known(a.m.SIAddr).IsValid() {
		t.Errorf("local disk: %+v", a.m)
	}
}

func TestPLongBootFileTravelsInOption67Alone(t *testing.T) {
	r := newRig(t)
	long := "http://192.168.0.150/" + string(bytes.Repeat([]byte("a"), 200))
	r.desk.decide[machine.IPXE] = boot.Decision{Kind: boot.Loader, BootFile: long, NextServer: ip("192.168.0.77")}
	o := r.must(r.say(newClient(1), packet.Discover, packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")}, packet.Option{Code: packet.OptParameters, Data: []byte{1}}), packet.Offer)
	if o.m.File != "" || string(o.m.Get(packet.OptBootFile)) != long+"\x00" || o.m.SIAddr != ip("192.168.0.77") {
		t.Errorf("%q %q %v", o.m.File, o.m.Get(packet.OptBootFile), o.m.SIAddr)
	}
}

func TestDeskIsToldThePlace(t *testing.T) {
	r := newRig(t)
	r.boot(newClient(1), pxeROM(machine.ArchBIOS)...)
	p := r.desk.places[0]
	if p.Segment != "eth1" || p.Server != server || p.HTTPPort != 80 || p.Subnet == nil || p.Subnet.Domain != "mydomain.example" {
		t.Errorf("%+v", p)
	}
}
