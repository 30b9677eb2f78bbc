package dhcp

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

func TestP34RaspberryPi(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	copy(c.m.CHAddr[:], []byte{0xdc, 0xa6, 0x32})
	// Its parameter list asks for neither mask nor router, nor for option 66.
	rom := []packet.Option{
		{Code: packet.OptParameters, Data: []byte{packet.OptVendor, packet.OptVendorClass, packet.OptBootFile}},
		{Code: packet.OptArch, Data: []byte{0, 0}}, {Code: packet.OptUUID, Data: append([]byte{0}, "RPi4123456789abc"...)},
	}
	class := packet.Option{Code: packet.OptVendorClass, Data: []byte("PXEClient:Arch:00000:UNDI:002001")}
	o := r.must(r.say(c, packet.Discover, append(rom, class)...), packet.Offer)
	// Its REQUEST has no option 60.
	a := r.must(r.say(c, packet.Request, append(rom, addrOpt(packet.OptRequested, o.m.YIAddr.String()), addrOpt(packet.OptServerID, server.String()))...), packet.Ack)
	for _, s := range []*sent{o, a} {
		if got := string(s.m.Get(packet.OptVendor)); got != "\x06\x01\x08\x09\x14\x00\x00\x11Raspberry Pi Boot\x0a\x04\x00PXE\xff" {
			t.Errorf("%v: 43 is %q", s.m.Type(), got)
		}
		if string(s.m.Get(packet.OptVendorClass)) != "PXEClient" || s.m.Get(packet.OptMask) == nil || s.m.Get(packet.OptRouter) == nil {
			t.Errorf("%v: %+v", s.m.Type(), s.m.Options)
		}
		if string(s.m.Get(packet.OptTFTPServer)) != server.String() || s.m.SIAddr != server {
			t.Errorf("P16: 66 is %q, siaddr %v", s.m.Get(packet.OptTFTPServer), s.m.SIAddr)
		}
		for i := 240; s.raw[i] != packet.OptEnd; i += 2 + int(s.raw[i+1]) {
			if s.raw[i] == packet.OptPad {
				t.Fatalf("a pad option at byte %d, which the Pi cannot read", i)
			}
		}
	}
	if o := r.must(r.say(newClient(2), packet.Discover, append(rom, class)...), packet.Offer); len(o.m.Get(packet.OptVendor)) != 4 {
		t.Errorf("another maker's BIOS machine got the Pi's menu: %q", o.m.Get(packet.OptVendor))
	}
	c.m.XID++
	if o := r.must(r.say(c, packet.Discover, pxeROM(machine.ArchARM64)...), packet.Offer); len(o.m.Get(packet.OptVendor)) != 4 {
		t.Errorf("the Pi's UEFI got the ROM's menu: %q", o.m.Get(packet.OptVendor))
	}
}

func TestP14P15BootFileNamesAreSafeAtTheirEnd(t *testing.T) {
	for _, name := range []string{"x", "shimx64.efi", strings.Repeat("a", 127), strings.Repeat("a", 128), strings.Repeat("a", 254)} {
		r := newRig(t)
		r.desk.decide[machine.UEFI] = boot.Decision{Kind: boot.Loader, BootFile: name}
		o := r.must(r.say(newClient(1), packet.Discover, pxeROM(machine.ArchX64)...), packet.Offer)
		if got := string(o.m.Get(packet.OptBootFile)); got != name+"\x00" {
			t.Errorf("67 is %q", got)
		}
		field := o.raw[108:236]
		if end := bytes.IndexByte(field, 0); end < 0 || string(field[:end]) != name && len(name) < packet.FileLen {
			t.Errorf("P13, P17: the file field is %q", field)
		} else if len(name) >= packet.FileLen && end != 0 {
			t.Errorf("a name that does not fit is cut: %q", field)
		}
	}
}

func TestP2P3UUIDs(t *testing.T) {
	for name, uuid := range map[string][]byte{"none (Intel X552)": nil, "16 bytes": []byte("0123456789abcdef"), "another type": append([]byte{1}, "0123456789abcdef"...)} {
		r := newRig(t)
		var rom []packet.Option
		for _, o := range pxeROM(machine.ArchBIOS) {
			if o.Code != packet.OptUUID {
				rom = append(rom, o)
			}
		}
		if uuid != nil {
			rom = append(rom, packet.Option{Code: packet.OptUUID, Data: uuid})
		}
		// It is booted all the same; what is malformed names nobody.
		o := r.must(r.say(newClient(1), packet.Discover, rom...), packet.Offer)
		if !bytes.Equal(o.m.Get(packet.OptUUID), uuid) || o.m.File == "" {
			t.Errorf("%s: 97 is %q, file %q", name, o.m.Get(packet.OptUUID), o.m.File)
		}
		if m, _ := r.desk.roster.Get("m-000c29830001"); m.UUID != "" {
			t.Errorf("%s: known as %q", name, m.UUID)
		}
	}
}

func TestP21P22P23IPXEs(t *testing.T) {
	full := []byte{177, 5, 1, 0x80, 0x86, 0x10, 0x0e, packet.IPXEHTTP, 1, 1, 24, 1, 1, 33, 1, 1}
	poor := []byte{177, 5, 1, 0x80, 0x86, 0x10, 0x0e, 21, 1, 1, 24, 1, 1, 33, 1, 1}
	for _, c := range []struct {
		name string
		opts []packet.Option
		file string
	}{
		{"P21 it can do HTTP: the script, and the loop ends", withIPXE(pxeROM(machine.ArchBIOS), full...), "http://192.168.0.150/boot.ipxe"},
		{"P21 it cannot (VirtualBox): a loader that can", withIPXE(pxeROM(machine.ArchBIOS), poor...), "pxelinux.0"},
		{"P21 the same of UEFI", withIPXE(pxeROM(machine.ArchX64), poor...), "shimx64.efi"},
		{"P21 it does not say: as good as any", withIPXE(pxeROM(machine.ArchBIOS), 177, 5, 1, 0x80, 0x86, 0x10, 0x0e), "http://192.168.0.150/boot.ipxe"},
		{"P23 booted by HTTP, says PXEClient", withIPXE(pxeROM(machine.ArchX64HTTP), full...), "http://192.168.0.150/boot.ipxe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			for _, s := range []*sent{r.must(r.say(newClient(1), packet.Discover, c.opts...), packet.Offer), r.boot(newClient(1), c.opts...)} {
				if s.m.File != c.file {
					t.Errorf("%q", s.m.File)
				}
				if s.m.Get(packet.OptVendor) != nil || s.m.Get(packet.OptVendorClass) != nil {
					t.Errorf("P22: with option 43 it wants a URL: %q", s.m.Get(packet.OptVendor))
				}
			}
		})
	}
}

func TestD45RapidCommit(t *testing.T) {
	rapid := packet.Option{Code: packet.OptRapidCommit}
	r := newRig(t)
	if o := r.must(r.say(newClient(1), packet.Discover, rapid), packet.Offer); o.m.Get(packet.OptRapidCommit) != nil {
		t.Error("not enabled, and said")
	}
	r = newRig(t, func(c *lease.Config) { c.Subnets[0].RapidCommit = true })
	r.must(r.say(newClient(1), packet.Discover), packet.Offer)
	r.store.err = errors.New("disk full")
	r.silent(r.say(newClient(2), packet.Discover, rapid))
	r.store.err = nil
	a := r.must(r.say(newClient(2), packet.Discover, append(pxeROM(machine.ArchBIOS), rapid)...), packet.Ack)
	if o := a.m.Get(packet.OptRapidCommit); o == nil || len(o) != 0 || a.m.File != "pxelinux.0" || !bytes.Equal(a.m.Get(packet.OptLeaseTime), u32(600)) {
		t.Errorf("%+v", a.m)
	}
	if l, ok := r.srv.Book.ByAddress(a.m.YIAddr); !ok || l.State != lease.Active {
		t.Errorf("%+v", l)
	}
	if s := r.steps(); !strings.HasSuffix(s, "decided offered addressed") {
		t.Errorf("reported: %s", s)
	}
	x := &exchange{n: 0}
	x.n = copy(x.buf[:], newClient(3).message(packet.Discover, rapid))
	if r.port.sort(x); x.queue != r.port.slow {
		t.Error("it may wait for the disk, so it must not wait among the offers")
	}
}

func TestD4AnyOfOurAddressesIsOurs(t *testing.T) {
	r := newRig(t)
	r.srv.open(segment.Info{Name: "eth2", Addr: netip.MustParsePrefix("10.1.0.1/24"), MTU: 1500}, &fakeUDP{})
	o := r.must(r.say(newClient(1), packet.Discover), packet.Offer)
	r.must(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, o.m.YIAddr.String()), addrOpt(packet.OptServerID, "10.1.0.1")), packet.Ack)
}

func TestD48TwoInterfacesDoNotMix(t *testing.T) {
	r := newRig(t)
	second := &fakeUDP{}
	eth2 := r.srv.open(segment.Info{Name: "eth2", Addr: netip.MustParsePrefix("10.1.0.1/24"), MTU: 1500}, second)
	r.must(r.say(newClient(1), packet.Discover), packet.Offer)
	r.port, r.udp = eth2, second
	o := r.must(r.say(newClient(1), packet.Discover, pxeROM(machine.ArchBIOS)...), packet.Offer)
	if o.m.YIAddr != ip("10.1.0.10") || o.m.Addr(packet.OptServerID) != ip("10.1.0.1") || o.m.SIAddr != ip("10.1.0.1") {
		t.Errorf("%v by %v, siaddr %v", o.m.YIAddr, o.m.Addr(packet.OptServerID), o.m.SIAddr)
	}
}

func TestD30RenewalWithoutTheRelaysWord(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	c.m.GIAddr = ip("10.1.0.1")
	a := r.boot(c, packet.Option{Code: packet.OptRelay, Data: []byte{1, 2, 'a', 'b'}})
	// It renews by unicast, past the relay.
	c.m.GIAddr, c.m.CIAddr = netip.IPv4Unspecified(), a.m.YIAddr
	c.from, c.to = netip.AddrPortFrom(a.m.YIAddr, 68), server
	b := r.must(r.say(c, packet.Request), packet.Ack)
	if b.m.YIAddr != a.m.YIAddr || b.to != c.from || b.hw != nil || b.m.Get(packet.OptRelay) != nil {
		t.Errorf("%v to %v %v", b.m.YIAddr, b.to, b.hw)
	}
}

func TestD46LeaseQueryIsNotAnswered(t *testing.T) {
	r := newRig(t)
	r.boot(newClient(1))
	c := newClient(9)
	c.m.GIAddr = ip("192.168.0.1")
	c.m.CIAddr = ip("192.168.0.210")
	r.silent(r.say(c, packet.MessageType(10)))
}

func TestD50LongVendorClass(t *testing.T) {
	r := newRig(t)
	class := packet.Option{Code: packet.OptVendorClass, Data: append([]byte("PXEClient:Arch:00007:"), bytes.Repeat([]byte("x"), 400)...)}
	if o := r.must(r.say(newClient(1), packet.Discover, class), packet.Offer); o.m.File != "shimx64.efi" {
		t.Errorf("%q", o.m.File)
	}
}

func TestOurOwnProbeIsNotAnswered(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	info := r.port.info
	info.MAC = c.m.CHAddr[:6]
	r.srv.open(info, &fakeUDP{})
	r.silent(r.say(c, packet.Discover))
	r.must(r.say(newClient(2), packet.Discover), packet.Offer)
}

func TestAClientThatTakesAnotherServersOfferGivesItAway(t *testing.T) {
	r := newRig(t)
	var rivals []netip.Addr
	r.srv.Rival = func(_ string, a netip.Addr) { rivals = append(rivals, a) }
	r.silent(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, "192.168.0.5"), addrOpt(packet.OptServerID, "192.168.0.9")))
	far := newClient(2)
	far.m.GIAddr = ip("10.1.0.1")
	r.silent(r.say(far, packet.Request, addrOpt(packet.OptRequested, "10.1.0.5"), addrOpt(packet.OptServerID, "10.1.0.9")))
	if len(rivals) != 1 || rivals[0] != ip("192.168.0.9") {
		t.Errorf("%v", rivals)
	}
}

func TestD14TheAddressAskedForIfItIsFree(t *testing.T) {
	r := newRig(t)
	for i, c := range []struct{ ask, want string }{{"192.168.0.215", "192.168.0.215"}, {"192.168.0.214", "192.168.0.210"}, {"192.168.0.99", "192.168.0.211"}} {
		cl := newClient(10 + i)
		if o := r.must(r.say(cl, packet.Discover, addrOpt(packet.OptRequested, c.ask)), packet.Offer); o.m.YIAddr != ip(c.want) {
			t.Errorf("asked %s (.214 is reserved, .99 in no pool): %v, want %s", c.ask, o.m.YIAddr, c.want)
		}
	}
}

func TestD28SubnetSelectionOption(t *testing.T) {
	r := newRig(t)
	if o := r.must(r.say(newClient(1), packet.Discover, addrOpt(packet.OptSubnetSelect, "10.1.0.0")), packet.Offer); o.m.YIAddr != ip("10.1.0.10") {
		t.Errorf("%v", o.m.YIAddr)
	}
}
