package dhcp

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// newProxy is a rig in proxy mode; tell speaks to its port 4011.
func newProxy(t *testing.T) (r *rig, tell func(c *client, k packet.MessageType, opts ...packet.Option) *sent) {
	r = newRig(t)
	r.srv.Proxy = true
	on67 := r.port
	on4011 := r.srv.open(r.port.info, r.udp)
	on4011.number = packet.BootPort
	return r, func(c *client, k packet.MessageType, opts ...packet.Option) *sent {
		r.port = on4011
		defer func() { r.port = on67 }()
		return r.say(c, k, opts...)
	}
}

func httpROM() []packet.Option {
	return []packet.Option{{Code: packet.OptVendorClass, Data: []byte("HTTPClient:Arch:00016:UNDI:003001")}, {Code: packet.OptArch, Data: []byte{0, 16}}}
}

func withIPXE(opts []packet.Option, features ...byte) []packet.Option {
	return append(opts, packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")}, packet.Option{Code: packet.OptIPXE, Data: features})
}

func TestD47P4ProxyOffersABootFileAndNothingElse(t *testing.T) {
	direct := "\x06\x01\x08\xff"
	for _, c := range []struct {
		name                string
		opts                []packet.Option
		file, o67, o60, o43 string
	}{
		{"P5 BIOS ROM: at once", pxeROM(machine.ArchBIOS), "pxelinux.0", "pxelinux.0\x00", "PXEClient", direct},
		{"P6 P8 UEFI: no option 43, it asks port 4011", pxeROM(machine.ArchX64), "shimx64.efi", "shimx64.efi\x00", "PXEClient", ""},
		{"P22 iPXE: at once, a URL", withIPXE(pxeROM(machine.ArchX64), packet.IPXEHTTP, 1, 1), "http://192.168.0.150/boot.ipxe", "http://192.168.0.150/boot.ipxe\x00", "PXEClient", direct},
		{"P21 P22 iPXE without HTTP: its ROM's loader, as a URL", withIPXE(pxeROM(machine.ArchBIOS), 24, 1, 1), "tftp://192.168.0.150/pxelinux.0", "tftp://192.168.0.150/pxelinux.0\x00", "PXEClient", direct},
		{"P25 HTTP Boot: at once, a URL", httpROM(), "http://192.168.0.150/boot/shimx64.efi", "http://192.168.0.150/boot/shimx64.efi\x00", "HTTPClient", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := newProxy(t)
			o := r.must(r.say(newClient(1), packet.Discover, c.opts...), packet.Offer)
			m := &o.m
			if m.File != c.file || string(m.Get(packet.OptBootFile)) != c.o67 || string(m.Get(packet.OptVendorClass)) != c.o60 || string(m.Get(packet.OptVendor)) != c.o43 {
				t.Errorf("file %q, 67 %q, 60 %q, 43 %q", m.File, m.Get(packet.OptBootFile), m.Get(packet.OptVendorClass), m.Get(packet.OptVendor))
			}
			if packet.Known(m.YIAddr).IsValid() || m.SIAddr != server || m.Addr(packet.OptServerID) != server || m.SName != server.String() {
				t.Errorf("yiaddr %v, siaddr %v, 54 %v, sname %q", m.YIAddr, m.SIAddr, m.Addr(packet.OptServerID), m.SName)
			}
			for _, code := range []uint8{packet.OptLeaseTime, packet.OptT1, packet.OptT2, packet.OptMask, packet.OptRouter, packet.OptDNS, packet.OptDomain, packet.OptIPXE} {
				if m.Get(code) != nil {
					t.Errorf("option %d", code)
				}
			}
			if o.to != netip.MustParseAddrPort("255.255.255.255:68") {
				t.Errorf("P18: to %v", o.to)
			}
			if want := c.opts[0].Code == packet.OptParameters; (m.Get(packet.OptUUID) != nil) != want {
				t.Errorf("P2: 97 is %v", m.Get(packet.OptUUID))
			}
			if r.store.commits != 0 || len(r.srv.Book.All()) != 0 {
				t.Error("a lease was made")
			}
			if s := r.steps(); s != "sighted identified decided offered" {
				t.Errorf("reported: %s", s)
			}
		})
	}
}

func TestD47ProxyIsSilentToAllOthers(t *testing.T) {
	r, tell := newProxy(t)
	plain := newClient(1)
	r.silent(r.say(plain, packet.Discover))
	r.silent(r.say(plain, packet.Discover, packet.Option{Code: packet.OptVendorClass, Data: []byte("MSFT 5.0")}))
	r.silent(r.say(plain, packet.Discover, packet.Option{Code: packet.OptArch, Data: []byte{0, 0}}))
	r.silent(r.say(plain, 0))
	// Never a NAK, whatever is asked for, and never an ACK of an address.
	for _, k := range []packet.MessageType{packet.Request, packet.Inform, packet.Decline, packet.Release} {
		r.silent(r.say(plain, k, addrOpt(packet.OptRequested, "172.16.0.9")))
		r.silent(r.say(plain, k, append(pxeROM(machine.ArchBIOS), addrOpt(packet.OptRequested, "172.16.0.9"))...))
		r.silent(r.say(plain, k, append(pxeROM(machine.ArchBIOS), addrOpt(packet.OptRequested, "172.16.0.9"), addrOpt(packet.OptServerID, server.String()))...))
		r.silent(tell(plain, k))
	}
	r.desk.decide[machine.BIOS] = boot.Decision{Kind: boot.Ignore, Why: "nobody asked"}
	r.silent(r.say(newClient(2), packet.Discover, pxeROM(machine.ArchBIOS)...))
	r.desk.decide[machine.BIOS] = boot.Decision{Kind: boot.LocalDisk}
	r.silent(r.say(newClient(2), packet.Discover, pxeROM(machine.ArchBIOS)...))
	if strings.Contains(r.log.String(), "00:0c:29:83:00:01") && strings.Contains(r.log.String(), "DHCPDISCOVER from 00:0c:29:83:00:01") {
		t.Errorf("the other server's clients fill the log:\n%s", r.log)
	}
}

func TestP8P12Port4011(t *testing.T) {
	r, tell := newProxy(t)
	r.desk.decide[machine.UEFI] = boot.Decision{Kind: boot.Loader, BootFile: "shimx64.efi", NextServer: ip("192.168.0.77")}
	c := newClient(1)
	o := r.must(r.say(c, packet.Discover, pxeROM(machine.ArchX64)...), packet.Offer)
	if o.m.SIAddr != server || o.m.File != "" {
		t.Errorf("EDK2 asks port 4011 of siaddr, so that is us: %v %q", o.m.SIAddr, o.m.File)
	}
	c.m.CIAddr, c.from, c.to = ip("192.168.0.50"), netip.MustParseAddrPort("192.168.0.50:68"), server
	a := r.must(tell(c, packet.Request, pxeROM(machine.ArchX64)...), packet.Ack)
	m := &a.m
	if string(m.Get(packet.OptVendorClass)) != "PXEClient" || len(m.Get(packet.OptUUID)) != 17 || m.Addr(packet.OptServerID) != server ||
		m.SIAddr != ip("192.168.0.77") || m.SName != "192.168.0.77" || m.File != "shimx64.efi" || string(m.Get(packet.OptBootFile)) != "shimx64.efi\x00" || m.Get(packet.OptVendor) != nil {
		t.Errorf("%+v", m)
	}
	if packet.Known(m.YIAddr).IsValid() || m.Get(packet.OptLeaseTime) != nil || m.CIAddr != c.m.CIAddr {
		t.Errorf("yiaddr %v, ciaddr %v, 51 %v", m.YIAddr, m.CIAddr, m.Get(packet.OptLeaseTime))
	}
	if a.to != c.from || !bytes.Equal(a.hw, c.m.CHAddr[:6]) {
		t.Errorf("to %v %v", a.to, a.hw)
	}
	c.from = netip.MustParseAddrPort("192.168.0.50:4011")
	if a := r.must(tell(c, packet.Inform, pxeROM(machine.ArchX64)...), packet.Ack); a.to.Port() != 4011 {
		t.Errorf("an odd source port: to %v", a.to)
	}
	c.m.CIAddr, c.from = netip.IPv4Unspecified(), netip.MustParseAddrPort("10.9.0.5:2070")
	if a := r.must(tell(c, packet.Request, pxeROM(machine.ArchX64)...), packet.Ack); a.to != c.from || a.hw != nil {
		t.Errorf("no ciaddr, behind a router: to %v %v", a.to, a.hw)
	}
	r.silent(tell(c, packet.Discover, pxeROM(machine.ArchX64)...))
}

func TestP11BootItems(t *testing.T) {
	r, tell := newProxy(t)
	c := newClient(1)
	r.must(r.say(c, packet.Discover, pxeROM(machine.ArchBIOS)...), packet.Offer)
	item := func(layer byte) []packet.Option {
		return append(pxeROM(machine.ArchBIOS), packet.Option{Code: packet.OptVendor, Data: []byte{packet.PXEItem, 4, 0, 0, layer, 0, packet.OptEnd}})
	}
	c.m.CIAddr = ip("192.168.0.50")
	for _, ask := range []func(*client, packet.MessageType, ...packet.Option) *sent{tell, r.say} {
		a := r.must(ask(c, packet.Request, item(0)...), packet.Ack)
		if got := string(a.m.Get(packet.OptVendor)); got != "\x06\x01\x08\x47\x04\x00\x00\x00\x00\xff" || a.m.File != "pxelinux.0" {
			t.Errorf("43 %q, file %q", got, a.m.File)
		}
		r.silent(ask(c, packet.Request, item(0x80)...)) // credentials
	}
}

func TestP40Port4011AnswersOnlyItsOwnGuests(t *testing.T) {
	r, tell := newProxy(t)
	c := newClient(1)
	c.m.CIAddr = ip("192.168.0.50")
	r.silent(tell(c, packet.Request, pxeROM(machine.ArchX64)...))
	r.must(r.say(c, packet.Discover, pxeROM(machine.ArchX64)...), packet.Offer)
	r.silent(tell(newClient(2), packet.Request, pxeROM(machine.ArchX64)...))
	r.must(tell(c, packet.Request, pxeROM(machine.ArchX64)...), packet.Ack)
	r.now = t0.Add(guestTime + time.Second)
	r.silent(tell(c, packet.Request, pxeROM(machine.ArchX64)...))
	for i := range maxGuests + 5 {
		r.srv.welcome(guest{uuid: fmt.Sprint(i)}, r.now)
	}
	if n := len(r.srv.guests); n > maxGuests {
		t.Errorf("%d guests are remembered", n)
	}
}

func TestProxyHearsWhoUsesWhichAddress(t *testing.T) {
	r, tell := newProxy(t)
	var heard []string
	r.srv.Heard = func(m machine.MAC, a netip.Addr, _ time.Time) { heard = append(heard, m.String()+" "+a.String()) }
	c := newClient(1)
	r.silent(r.say(c, packet.Discover, addrOpt(packet.OptRequested, "192.168.0.9"))) // a wish
	r.silent(r.say(c, packet.Request, addrOpt(packet.OptRequested, "192.168.0.50"), addrOpt(packet.OptServerID, "192.168.0.1")))
	c.m.CIAddr = ip("192.168.0.51")
	r.silent(r.say(c, packet.Request)) // rebinding
	c.m.CIAddr = ip("192.168.0.52")
	r.silent(tell(c, packet.Request, pxeROM(machine.ArchX64)...))
	if got := strings.Join(heard, ", "); got != "00:0c:29:83:00:01 192.168.0.50, 00:0c:29:83:00:01 192.168.0.51, 00:0c:29:83:00:01 192.168.0.52" {
		t.Errorf("heard %s", got)
	}
}

// otherServer is somebody's DHCP server that knows nothing of booting.
func otherServer(t *testing.T, seg *segment.Memory) {
	h, err := seg.AddHost(netip.MustParsePrefix("192.168.0.1/24"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := h.ListenUDP(packet.ServerPort)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 2000)
		for {
			p, err := conn.Read(buf)
			if err != nil {
				return
			}
			var q packet.Message
			if packet.Parse(p.Data, &q) != nil || q.Op != packet.OpRequest {
				continue
			}
			kind := map[packet.MessageType]packet.MessageType{packet.Discover: packet.Offer, packet.Request: packet.Ack}[q.Type()]
			if id := q.Addr(packet.OptServerID); kind == 0 || id.IsValid() && id != ip("192.168.0.1") {
				continue
			}
			a := packet.Message{Op: packet.OpReply, HType: 1, HLen: 6, XID: q.XID, CHAddr: q.CHAddr, YIAddr: ip("192.168.0.50"),
				Options: []packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}, addrOpt(packet.OptServerID, "192.168.0.1"), {Code: packet.OptLeaseTime, Data: u32(600)}}}
			conn.Write(a.Append(nil, 576), netip.AddrPortFrom(everybody, packet.ClientPort), segment.Broadcast)
		}
	}()
}

// TestProxyBesideAnotherServer boots firmware on a real segment: its address
// comes from the other server, its boot file from us.
func TestProxyBesideAnotherServer(t *testing.T) {
	seg, err := segment.NewMemory(netip.MustParsePrefix("192.168.0.150/24"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer seg.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	otherServer(t, seg)
	srv := &Server{
		Proxy: true, Book: lease.New(lease.Config{}, nil), Log: slog.New(slog.DiscardHandler),
		Desk: &fakeDesk{roster: machine.NewRoster(nil), decide: map[machine.Firmware]boot.Decision{
			machine.UEFI: {Kind: boot.Loader, BootFile: "shimx64.efi"}, machine.BIOS: {Kind: boot.Loader, BootFile: "pxelinux.0"}}},
	}
	open := make(chan struct{})
	srv.Before = func(context.Context, segment.Info) error { close(open); return nil }
	go srv.Serve(ctx, seg)
	<-open
	for i, a := range []machine.Arch{machine.ArchX64, machine.ArchBIOS} {
		t.Run(fmt.Sprintf("architecture %d", a), func(t *testing.T) {
			c := newClient(i)
			st := seg.AttachStation(c.m.CHAddr[:6])
			defer st.Close()
			paperFirmware(ctx, t, st, c, pxeROM(a), a == machine.ArchX64)
		})
	}
}

// paperFirmware boots as EDK2 (PxeBcDhcp4.c) and as BIOS ROMs do.
func paperFirmware(ctx context.Context, t *testing.T, st *segment.Station, c *client, rom []packet.Option, uefi bool) {
	send := func(to netip.AddrPort, data []byte) {
		dst := segment.Broadcast
		if to.Addr() != everybody {
			dst = []byte{2, 0x53, 192, 168, 0, 150}
		}
		if err := st.Send(segment.BuildUDP(segment.UDPFrame{Src: st.MAC(), Dst: dst, From: c.from, To: to, Data: data})); err != nil {
			t.Fatal(err)
		}
	}
	wait := func(what string, want func(*packet.Message, segment.UDPFrame) bool) {
		t.Helper()
		for {
			b, err := st.Recv(ctx)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			u, ok := segment.ParseUDP(b)
			m := new(packet.Message)
			if ok && u.To.Port() == packet.ClientPort && packet.Parse(u.Data, m) == nil && m.XID == c.m.XID && want(m, u) {
				return
			}
		}
	}
	var address, proxy *packet.Message
	dhcp := netip.AddrPortFrom(everybody, packet.ServerPort)
	send(dhcp, c.message(packet.Discover, rom...))
	wait("two offers", func(m *packet.Message, _ segment.UDPFrame) bool {
		if packet.Known(m.YIAddr).IsValid() {
			address = m
		} else if string(m.Get(packet.OptVendorClass)) == "PXEClient" {
			proxy = m
		}
		return address != nil && proxy != nil
	})
	send(dhcp, c.message(packet.Request, append(rom, addrOpt(packet.OptRequested, address.YIAddr.String()), addrOpt(packet.OptServerID, "192.168.0.1"))...))
	wait("an address", func(m *packet.Message, u segment.UDPFrame) bool {
		if u.From.Addr() == server {
			t.Errorf("the proxy said %v", m.Type())
		}
		return m.Type() == packet.Ack
	})
	if !uefi {
		if proxy.File != "pxelinux.0" || packet.Sub(proxy.Get(packet.OptVendor), packet.PXEDiscovery)[0] != packet.PXEBootFileOnly {
			t.Errorf("%+v", proxy)
		}
		return
	}
	c.m.CIAddr = address.YIAddr
	c.from = netip.AddrPortFrom(address.YIAddr, packet.ClientPort)
	send(netip.AddrPortFrom(proxy.SIAddr, packet.BootPort), c.message(packet.Request, rom...))
	wait("the boot server", func(m *packet.Message, u segment.UDPFrame) bool {
		if u.From != netip.AddrPortFrom(server, packet.BootPort) || m.File != "shimx64.efi" {
			t.Errorf("from %v: %q", u.From, m.File)
		}
		return true
	})
}
