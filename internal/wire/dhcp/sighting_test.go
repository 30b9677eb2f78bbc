package dhcp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

var ip = netip.MustParseAddr

func TestSighting(t *testing.T) {
	uuid := append([]byte{0}, 0x44, 0x45, 0x4c, 0x4c, 0, 0x20, 0x10, 0x10, 0x80, 0x20, 0x80, 0xc0, 0x4f, 0x20, 0x20, 0x20)
	o := func(code uint8, s string) packet.Option { return packet.Option{Code: code, Data: []byte(s)} }
	pxe := o(packet.OptVendorClass, "PXEClient:Arch:00007:UNDI:003016")
	cases := []struct {
		name string
		opts []packet.Option
		want machine.Sighting
	}{
		{"P1 BIOS ROM", []packet.Option{o(packet.OptVendorClass, "PXEClient:Arch:00000:UNDI:002001"), o(packet.OptArch, "\x00\x00"), {Code: packet.OptUUID, Data: uuid}},
			machine.Sighting{Firmware: machine.BIOS, HasArch: true, UUID: "4c4c4544-2000-1010-8020-80c04f202020", VendorClass: "PXEClient:Arch:00000:UNDI:002001"}},
		{"UEFI x64", []packet.Option{pxe, o(packet.OptArch, "\x00\x07")}, machine.Sighting{Firmware: machine.UEFI, HasArch: true, Arch: 7, VendorClass: string(pxe.Data)}},
		{"option 93 lists several", []packet.Option{pxe, o(packet.OptArch, "\x00\x09\x00\x07")}, machine.Sighting{Firmware: machine.UEFI, HasArch: true, Arch: 9, VendorClass: string(pxe.Data)}},
		{"no option 93: the vendor class tells", []packet.Option{pxe}, machine.Sighting{Firmware: machine.UEFI, HasArch: true, Arch: 7, VendorClass: string(pxe.Data)}},
		{"HTTP boot", []packet.Option{o(packet.OptVendorClass, "HTTPClient:Arch:00016:UNDI:003001"), o(packet.OptArch, "\x00\x10")},
			machine.Sighting{Firmware: machine.UEFIHTTP, HasArch: true, Arch: 16, VendorClass: "HTTPClient:Arch:00016:UNDI:003001"}},
		{"P19 iPXE, plain user class", []packet.Option{pxe, o(packet.OptArch, "\x00\x07"), o(packet.OptUserClass, "iPXE")},
			machine.Sighting{Firmware: machine.IPXE, HasArch: true, Arch: 7, UserClass: "iPXE", VendorClass: string(pxe.Data)}},
		{"D50 iPXE, counted user class", []packet.Option{pxe, o(packet.OptUserClass, "\x04iPXE\x03foo")},
			machine.Sighting{Firmware: machine.IPXE, HasArch: true, Arch: 7, UserClass: "iPXE,foo", VendorClass: string(pxe.Data)}},
		{"P19 iPXE by option 175", []packet.Option{o(packet.OptIPXE, "\xb1\x05")}, machine.Sighting{Firmware: machine.IPXE}},
		{"an installer", []packet.Option{o(packet.OptVendorClass, "d-i"), o(packet.OptHostName, "debian")}, machine.Sighting{VendorClass: "d-i", HostName: "debian"}},
		{"P34 Raspberry Pi's REQUEST has no option 60", []packet.Option{o(packet.OptArch, "\x00\x00")}, machine.Sighting{Firmware: machine.BIOS, HasArch: true}},
		{"P3 UUID of another length", []packet.Option{{Code: packet.OptUUID, Data: uuid[:16]}}, machine.Sighting{}},
		{"P3 UUID of another type", []packet.Option{{Code: packet.OptUUID, Data: append([]byte{1}, uuid[1:]...)}}, machine.Sighting{}},
		{"a UUID of zeros names nobody", []packet.Option{{Code: packet.OptUUID, Data: make([]byte, 17)}}, machine.Sighting{}},
		{"D35 host name with a path", []packet.Option{o(packet.OptHostName, "../../etc")}, machine.Sighting{}},
		{"D35 host name with a newline", []packet.Option{o(packet.OptHostName, "a\nb")}, machine.Sighting{}},
		{"D35 wpad", []packet.Option{o(packet.OptHostName, "WPAD.example.com")}, machine.Sighting{}},
		{"D35 long label", []packet.Option{o(packet.OptHostName, strings.Repeat("a", 64))}, machine.Sighting{}},
		{"D35 NUL-ended", []packet.Option{o(packet.OptHostName, "node1\x00")}, machine.Sighting{HostName: "node1"}},
		{"D35 only NULs", []packet.Option{o(packet.OptHostName, "\x00\x00")}, machine.Sighting{}},
		{"host name from option 81", []packet.Option{o(packet.OptFQDN, "\x00\x00\x00node1.example.com.")}, machine.Sighting{HostName: "node1.example.com"}},
		{"host name from option 81 in DNS format", []packet.Option{o(packet.OptFQDN, "\x04\x00\x00\x05node1\x07example\x00")}, machine.Sighting{HostName: "node1.example"}},
		{"option 81 cut short", []packet.Option{o(packet.OptFQDN, "\x04\x00\x00\x3fnode1")}, machine.Sighting{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var m packet.Message
			q := packet.Message{Op: packet.OpRequest, HType: 1, HLen: 6, CHAddr: [16]byte{0, 0xc, 0x29, 0x83, 0xd1, 0xd1}, Options: c.opts}
			if err := packet.Parse(q.Append(nil, 1500), &m); err != nil {
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
	m := packet.Message{HType: 32, CHAddr: [16]byte{1, 2, 3, 4, 5, 6}}
	if s := Sight(&m, time.Time{}, ""); !s.MAC.IsZero() {
		t.Errorf("D33: %s", s.MAC)
	}
}

// FuzzSight: whatever a client sends, its strings are bounded and its host
// name is one.
func FuzzSight(f *testing.F) {
	f.Add([]byte("\x04iPXE"), []byte("\x04\x00\x00\x05node1\x00"), []byte("PXEClient:Arch:00007"))
	f.Fuzz(func(t *testing.T, user, fqdn, vendor []byte) {
		m := packet.Message{Options: []packet.Option{{Code: packet.OptUserClass, Data: user}, {Code: packet.OptFQDN, Data: fqdn},
			{Code: packet.OptVendorClass, Data: vendor}, {Code: packet.OptUUID, Data: user}, {Code: packet.OptArch, Data: vendor}}}
		s := Sight(&m, time.Time{}, "")
		if len(s.UserClass) > maxText || len(s.VendorClass) > maxText || strings.ContainsAny(s.HostName, "/\\ \n\x00") {
			t.Errorf("%+v", s)
		}
	})
}

func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
