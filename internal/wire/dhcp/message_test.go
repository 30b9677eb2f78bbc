package dhcp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

var ip = netip.MustParseAddr

// raw is a message of fixed fields and the given option bytes.
func raw(options ...byte) []byte {
	b := make([]byte, optionsAt, minReply)
	b[0], b[1], b[2] = opRequest, hwEthernet, 6
	copy(b[28:], []byte{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1})
	copy(b[headerLen:], cookie[:])
	return append(b, options...)
}

func TestParseReadsWhatAppendWrites(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 60)
	m := Message{Op: opRequest, HType: 1, HLen: 6, Hops: 2, XID: 0xdeadbeef, Secs: 7, Flags: flagBcast,
		CIAddr: ip("192.0.2.1"), YIAddr: ip("192.0.2.2"), SIAddr: ip("192.0.2.3"), GIAddr: ip("192.0.2.4"),
		SName: "server", File: "pxelinux.0",
		Options: []Option{{optMessageType, []byte{1}}, {optVendor, long}, {optUserClass, nil}, {optRelay, []byte{1, 1, 9}}}}
	copy(m.CHAddr[:], []byte{1, 2, 3, 4, 5, 6})
	b := m.Append(nil, 1500)
	var got Message
	if err := Parse(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.XID != m.XID || got.GIAddr != m.GIAddr || got.File != m.File || got.SName != m.SName || got.CHAddr != m.CHAddr || got.Flags != m.Flags {
		t.Errorf("got %+v", got)
	}
	if !bytes.Equal(got.Get(optVendor), long) {
		t.Error("D23: an option of 600 bytes did not survive")
	}
	if d := got.Get(optUserClass); d == nil || len(d) != 0 {
		t.Errorf("an empty option is there and empty, got %v", d)
	}
	if got.Get(optDNS) != nil {
		t.Error("an absent option is nil")
	}
}

func TestRepliesAreBOOTPSizedAndEnded(t *testing.T) {
	b := (&Message{Op: opReply, Options: []Option{{optMessageType, []byte{2}}}}).Append(nil, 548)
	if len(b) != minReply {
		t.Errorf("D26: %d bytes", len(b))
	}
	if b[optionsAt+3] != optEnd {
		t.Error("D2: no end option")
	}
}

func TestOptionsThatDoNotFitAreLeftOutButNotTheRelays(t *testing.T) {
	m := Message{Options: []Option{{optMessageType, []byte{2}}, {optVendor, make([]byte, 400)}, {optDomain, []byte("x")}, {optRelay, make([]byte, 100)}}}
	b := m.Append(nil, 548)
	var got Message
	if err := Parse(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(b) > 548 || got.Get(optVendor) != nil || got.Get(optDomain) == nil || len(got.Get(optRelay)) != 100 {
		t.Errorf("%d bytes, %+v", len(b), got.Options)
	}
}

func TestParseJoinsOptionsAndReadsOverloadedFields(t *testing.T) {
	b := raw(optOverload, 1, 3, optDomain, 2, 'a', 'b', optEnd)
	copy(b[108:], []byte{optDomain, 2, 'c', 'd', optEnd, optDomain, 1, 'X'})
	copy(b[44:], []byte{optPad, optDomain, 1, 'e', optHostName, 1, 'h'})
	var m Message
	if err := Parse(b, &m); err != nil {
		t.Fatal(err)
	}
	if d := string(m.Get(optDomain)); d != "abcde" {
		t.Errorf("D23, D24: %q", d)
	}
	if m.File != "" || m.SName != "" || string(m.Get(optHostName)) != "h" {
		t.Errorf("%q %q", m.File, m.SName)
	}
}

func TestParseRefusesWhatIsBroken(t *testing.T) {
	set := func(at int, v byte) []byte { b := raw(optEnd); b[at] = v; return b }
	for name, b := range map[string][]byte{
		"D32 empty":                   {},
		"D32 shorter than the cookie": raw()[:239],
		"D32 hlen 17":                 set(2, 17),
		"D32 17 hops":                 set(3, 17),
		"option without a length":     raw(optDomain),
		"option over the end":         raw(optDomain, 5, 'a', 'b'),
		"option over the file field": func() []byte {
			b := raw(optOverload, 1, 1, optEnd)
			b[108+126], b[108+127] = 0, 9
			return b
		}(),
	} {
		if err := Parse(b, new(Message)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	var m Message
	if err := Parse(append(make([]byte, 240), optDomain, 200), &m); err != nil || m.Type() != 0 {
		t.Errorf("a message without a cookie is BOOTP: %v", err)
	}
	if err := Parse(raw(optDomain, 1, 'a'), &m); err != nil || string(m.Get(optDomain)) != "a" {
		t.Errorf("a missing end option is forgiven: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(raw(optMessageType, 1, 1, optEnd))
	f.Add(raw(optOverload, 1, 3, optDomain, 2, 'a', 'b', optDomain, 1, 'c', optEnd))
	f.Add(raw(optUserClass, 5, 4, 'i', 'P', 'X', 'E', optFQDN, 6, 4, 0, 0, 1, 'h', 0, optRelay, 4, 5, 2, 1, 1))
	f.Add(newClient(1).message(Discover, pxeROM(machine.ArchX64)...))
	var m, again Message
	f.Fuzz(func(t *testing.T, b []byte) {
		if Parse(b, &m) != nil {
			return
		}
		Sight(&m, time.Time{}, "eth1")
		sub(m.Get(optRelay), relayLink)
		limit := 2000
		out := m.Append(nil, limit)
		if len(out) > max(limit, minReply)+len(m.Get(optRelay))*2 {
			t.Fatalf("%d bytes", len(out))
		}
		if err := Parse(out, &again); err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		for i := 1; i < len(m.Options); i++ {
			for j := range i {
				if m.Options[i].Code == m.Options[j].Code {
					t.Fatalf("option %d twice", m.Options[i].Code)
				}
			}
		}
	})
}

func TestSighting(t *testing.T) {
	uuid := append([]byte{0}, 0x44, 0x45, 0x4c, 0x4c, 0, 0x20, 0x10, 0x10, 0x80, 0x20, 0x80, 0xc0, 0x4f, 0x20, 0x20, 0x20)
	o := func(code uint8, s string) Option { return Option{code, []byte(s)} }
	pxe := o(optVendorClass, "PXEClient:Arch:00007:UNDI:003016")
	cases := []struct {
		name string
		opts []Option
		want machine.Sighting
	}{
		{"P1 BIOS ROM", []Option{o(optVendorClass, "PXEClient:Arch:00000:UNDI:002001"), o(optArch, "\x00\x00"), {optUUID, uuid}},
			machine.Sighting{Firmware: machine.BIOS, HasArch: true, UUID: "4c4c4544-2000-1010-8020-80c04f202020", VendorClass: "PXEClient:Arch:00000:UNDI:002001"}},
		{"UEFI x64", []Option{pxe, o(optArch, "\x00\x07")}, machine.Sighting{Firmware: machine.UEFI, HasArch: true, Arch: 7, VendorClass: string(pxe.Data)}},
		{"option 93 lists several", []Option{pxe, o(optArch, "\x00\x09\x00\x07")}, machine.Sighting{Firmware: machine.UEFI, HasArch: true, Arch: 9, VendorClass: string(pxe.Data)}},
		{"no option 93: the vendor class tells", []Option{pxe}, machine.Sighting{Firmware: machine.UEFI, HasArch: true, Arch: 7, VendorClass: string(pxe.Data)}},
		{"HTTP boot", []Option{o(optVendorClass, "HTTPClient:Arch:00016:UNDI:003001"), o(optArch, "\x00\x10")},
			machine.Sighting{Firmware: machine.UEFIHTTP, HasArch: true, Arch: 16, VendorClass: "HTTPClient:Arch:00016:UNDI:003001"}},
		{"P19 iPXE, plain user class", []Option{pxe, o(optArch, "\x00\x07"), o(optUserClass, "iPXE")},
			machine.Sighting{Firmware: machine.IPXE, HasArch: true, Arch: 7, UserClass: "iPXE", VendorClass: string(pxe.Data)}},
		{"D50 iPXE, counted user class", []Option{pxe, o(optUserClass, "\x04iPXE\x03foo")},
			machine.Sighting{Firmware: machine.IPXE, HasArch: true, Arch: 7, UserClass: "iPXE,foo", VendorClass: string(pxe.Data)}},
		{"P19 iPXE by option 175", []Option{o(optIPXE, "\xb1\x05")}, machine.Sighting{Firmware: machine.IPXE}},
		{"an installer", []Option{o(optVendorClass, "d-i"), o(optHostName, "debian")}, machine.Sighting{VendorClass: "d-i", HostName: "debian"}},
		{"P34 Raspberry Pi's REQUEST has no option 60", []Option{o(optArch, "\x00\x00")}, machine.Sighting{Firmware: machine.BIOS, HasArch: true}},
		{"P3 UUID of another length", []Option{{optUUID, uuid[:16]}}, machine.Sighting{}},
		{"P3 UUID of another type", []Option{{optUUID, append([]byte{1}, uuid[1:]...)}}, machine.Sighting{}},
		{"a UUID of zeros names nobody", []Option{{optUUID, make([]byte, 17)}}, machine.Sighting{}},
		{"D35 host name with a path", []Option{o(optHostName, "../../etc")}, machine.Sighting{}},
		{"D35 host name with a newline", []Option{o(optHostName, "a\nb")}, machine.Sighting{}},
		{"D35 wpad", []Option{o(optHostName, "WPAD.example.com")}, machine.Sighting{}},
		{"D35 long label", []Option{o(optHostName, strings.Repeat("a", 64))}, machine.Sighting{}},
		{"D35 NUL-ended", []Option{o(optHostName, "node1\x00")}, machine.Sighting{HostName: "node1"}},
		{"D35 only NULs", []Option{o(optHostName, "\x00\x00")}, machine.Sighting{}},
		{"host name from option 81", []Option{o(optFQDN, "\x00\x00\x00node1.example.com.")}, machine.Sighting{HostName: "node1.example.com"}},
		{"host name from option 81 in DNS format", []Option{o(optFQDN, "\x04\x00\x00\x05node1\x07example\x00")}, machine.Sighting{HostName: "node1.example"}},
		{"option 81 cut short", []Option{o(optFQDN, "\x04\x00\x00\x3fnode1")}, machine.Sighting{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var m Message
			q := Message{Op: opRequest, HType: 1, HLen: 6, CHAddr: [16]byte{0, 0xc, 0x29, 0x83, 0xd1, 0xd1}, Options: c.opts}
			if err := Parse(q.Append(nil, 1500), &m); err != nil {
				t.Fatal(err)
			}
			got := Sight(&m, time.Time{}, "eth1")
			c.want.Segment, c.want.MAC = "eth1", machine.MAC{0, 0xc, 0x29, 0x83, 0xd1, 0xd1}
			got.ClientID = nil
			if !sameSighting(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func sameSighting(a, b machine.Sighting) bool {
	return a.MAC == b.MAC && a.UUID == b.UUID && a.Arch == b.Arch && a.HasArch == b.HasArch && a.Firmware == b.Firmware &&
		a.VendorClass == b.VendorClass && a.UserClass == b.UserClass && a.HostName == b.HostName && a.Segment == b.Segment
}

func TestInfiniBandHasNoMAC(t *testing.T) {
	b := raw(optEnd)
	b[1], b[2] = 32, 0
	var m Message
	if err := Parse(b, &m); err != nil {
		t.Fatal(err)
	}
	if s := Sight(&m, time.Time{}, ""); !s.MAC.IsZero() {
		t.Errorf("D33: %s", s.MAC)
	}
}

func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
