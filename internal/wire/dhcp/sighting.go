package dhcp

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

const (
	pxeClient  = "PXEClient"
	httpClient = "HTTPClient"
	ipxeClass  = "iPXE"

	maxText = 255 // of a client's text that is kept
)

// Sight tells what a message says about its sender. The result shares no
// memory with the packet.
func Sight(m *packet.Message, at time.Time, segment string) machine.Sighting {
	s := machine.Sighting{
		At: at, Segment: segment, MAC: ethernet(m),
		UUID:        uuidText(m.Get(packet.OptUUID)),
		VendorClass: text(m.Get(packet.OptVendorClass)),
		UserClass:   userClass(m.Get(packet.OptUserClass)),
		HostName:    hostName(m),
		Relay:       packet.Known(m.GIAddr),
	}
	if id := m.Get(packet.OptClientID); len(id) > 0 {
		s.ClientID = append([]byte(nil), id...)
	}
	if s.Relay.IsValid() {
		relay := m.Get(packet.OptRelay)
		s.Port = machine.Port{Circuit: string(packet.Sub(relay, packet.RelayCircuit)), Remote: string(packet.Sub(relay, packet.RelayRemote))}
	}
	s.Arch, s.HasArch = arch(m.Get(packet.OptArch), s.VendorClass)
	s.Firmware = firmware(&s, m)
	return s
}

// ethernet is the sender's MAC, zero on another kind of hardware (IPoIB sends
// no address at all, RFC 4390).
func ethernet(m *packet.Message) (mac machine.MAC) {
	if m.HType == packet.Ethernet && int(m.HLen) == len(mac) {
		copy(mac[:], m.CHAddr[:])
	}
	return mac
}

// isIPXE says whether iPXE speaks, whatever it runs on. Its option 60 says
// PXEClient even when HTTP booted it (P23).
func isIPXE(m *packet.Message) bool {
	if m.Get(packet.OptIPXE) != nil {
		return true
	}
	class := userClass(m.Get(packet.OptUserClass))
	return class == ipxeClass || strings.HasPrefix(class, ipxeClass+",")
}

// lacksHTTP says whether an iPXE lists what it can do (the sub-options 16 to
// 47 of option 175), and loading by HTTP is not among it.
func lacksHTTP(d []byte) bool {
	if packet.Sub(d, packet.IPXEHTTP) != nil {
		return false
	}
	for code := uint8(16); code < 48; code++ {
		if packet.Sub(d, code) != nil {
			return true
		}
	}
	return false
}

func firmware(s *machine.Sighting, m *packet.Message) machine.Firmware {
	if isIPXE(m) {
		// The iPXE in VirtualBox's network card cannot load our script: it is
		// booted like the ROM it stands for, and so gets a loader that can (P21).
		if !s.HasArch || !lacksHTTP(m.Get(packet.OptIPXE)) {
			return machine.IPXE
		}
		if f := s.Arch.Firmware(); f != machine.UEFIHTTP {
			return f
		}
		return machine.UEFI
	}
	switch {
	case strings.HasPrefix(s.VendorClass, httpClient):
		return machine.UEFIHTTP
	case strings.HasPrefix(s.VendorClass, pxeClient) || s.HasArch:
		// Raspberry Pi: no option 60 in its REQUEST, but 93 (raspberrypi/firmware#1928).
		if f := s.Arch.Firmware(); f != machine.UEFIHTTP {
			return f
		}
		return machine.UEFI
	}
	return machine.NoFirmware
}

// arch is the first architecture of option 93, which may list several, or the
// one in the vendor class, where old ROMs leave 93 out.
func arch(d []byte, vendorClass string) (machine.Arch, bool) {
	if len(d) >= 2 {
		return machine.Arch(binary.BigEndian.Uint16(d)), true
	}
	if _, rest, ok := strings.Cut(vendorClass, "Client:Arch:"); ok {
		digits, _, _ := strings.Cut(rest, ":")
		if n, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return machine.Arch(n), true
		}
	}
	return 0, false
}

// uuidText prints option 97 as SMBIOS does, its first three fields being
// little-endian. "" for another type than 0, another length than 17, and the
// all-zero and all-one UUIDs that boards without one send.
func uuidText(d []byte) string {
	if len(d) != 17 || d[0] != 0 {
		return ""
	}
	u := [16]byte(d[1:])
	same := true
	for _, b := range u {
		same = same && b == u[0]
	}
	if same && (u[0] == 0 || u[0] == 0xff) {
		return ""
	}
	for _, swap := range [...][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
		u[swap[0]], u[swap[1]] = u[swap[1]], u[swap[0]]
	}
	var t [36]byte
	hex.Encode(t[0:], u[0:4])
	hex.Encode(t[9:], u[4:6])
	hex.Encode(t[14:], u[6:8])
	hex.Encode(t[19:], u[8:10])
	hex.Encode(t[24:], u[10:])
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	return string(t[:])
}

// userClass reads option 77 as RFC 3004 has it, counted strings, which are
// joined by commas; or, where the counts do not add up, as the plain string
// that iPXE and dhclient send.
func userClass(d []byte) string {
	if len(d) == 0 {
		return ""
	}
	var parts []string
	rest := d
	for len(rest) > 0 {
		n := int(rest[0])
		if n == 0 || n > len(rest)-1 {
			return text(d)
		}
		parts = append(parts, string(rest[1:1+n]))
		rest = rest[1+n:]
	}
	return text([]byte(strings.Join(parts, ",")))
}

// text is a client's string, without a closing NUL, cut to maxText bytes. It
// may hold anything: quote it.
func text(d []byte) string {
	for len(d) > 0 && d[len(d)-1] == 0 {
		d = d[:len(d)-1]
	}
	return string(d[:min(len(d), maxText)])
}

// hostName is option 12, else the name in option 81, if it is one: letters,
// digits, hyphens and dots, at most 63 in a label. Others are dropped, and so
// is wpad, which would hand browsers to whoever took the name.
func hostName(m *packet.Message) string {
	name := text(m.Get(packet.OptHostName))
	if name == "" {
		if d := m.Get(packet.OptFQDN); len(d) > 3 && d[0]&4 == 0 { // bit E: DNS wire format
			name = text(d[3:])
		} else if len(d) > 3 {
			name = wireName(d[3:])
		}
	}
	name = strings.TrimSuffix(name, ".")
	label := 0
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '.' && label > 0:
			label = 0
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-' && label > 0, c == '_':
			label++
		default:
			return ""
		}
		if label > 63 {
			return ""
		}
	}
	if first, _, _ := strings.Cut(name, "."); strings.EqualFold(first, "wpad") {
		return ""
	}
	return name
}

// wireName joins the labels of a name in DNS wire format, uncompressed.
func wireName(d []byte) string {
	var b strings.Builder
	for len(d) > 0 && d[0] != 0 {
		n := int(d[0])
		if n > 63 || n > len(d)-1 {
			return ""
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.Write(d[1 : 1+n])
		d = d[1+n:]
	}
	return b.String()
}

// optionAddr is a sub-option's address, invalid if it is none.
func optionAddr(d []byte) netip.Addr {
	if len(d) != 4 {
		return netip.Addr{}
	}
	return packet.Known(netip.AddrFrom4([4]byte(d)))
}
