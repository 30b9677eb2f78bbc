package machine

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"
)

// MAC is an Ethernet address.
type MAC [6]byte

// ParseMAC reads 00:0c:29:83:d1:d1, with colons, hyphens or dots, either case.
func ParseMAC(s string) (MAC, error) {
	var flat [2 * len(MAC{})]byte
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' || c == '-' || c == '.':
			continue
		case n < len(flat):
			flat[n] = c
		}
		n++
	}
	var m MAC
	if n == len(flat) {
		if _, err := hex.Decode(m[:], flat[:]); err == nil {
			return m, nil
		}
	}
	return MAC{}, fmt.Errorf("%q is not a MAC address (six bytes, as 00:0c:29:83:d1:d1)", s)
}

// String is the address with colons, lower case.
func (m MAC) String() string { return m.join(':') }

// Hyphened is the address with hyphens, as boot loaders name files by it.
func (m MAC) Hyphened() string { return m.join('-') }

func (m MAC) join(sep byte) string {
	b := make([]byte, 0, 17)
	for i, x := range m {
		if i > 0 {
			b = append(b, sep)
		}
		b = hex.AppendEncode(b, []byte{x})
	}
	return string(b)
}

// IsZero says that no address is known.
func (m MAC) IsZero() bool { return m == MAC{} }

// MarshalText and UnmarshalText carry the address in JSON and YAML.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *MAC) UnmarshalText(b []byte) (err error) { *m, err = ParseMAC(string(b)); return err }

// Firmware is the program that asks to be booted.
type Firmware string

// The askers Seedbed tells apart.
const (
	NoFirmware Firmware = ""          // an installer or an installed system: it wants an address only
	BIOS       Firmware = "bios"      // a PXE ROM of a BIOS machine
	UEFI       Firmware = "uefi"      // UEFI network boot by TFTP
	UEFIHTTP   Firmware = "uefi-http" // UEFI HTTP Boot
	IPXE       Firmware = "ipxe"      // iPXE, whatever it runs on; Arch says which
)

// Arch is the client architecture of DHCP option 93 (RFC 4578, IANA's list).
type Arch uint16

// The architectures with a name of their own here.
const (
	ArchBIOS      Arch = 0
	ArchIA32      Arch = 6
	ArchX64       Arch = 7
	ArchEBC       Arch = 9 // also x64, on old firmware
	ArchARM32     Arch = 0x0a
	ArchARM64     Arch = 0x0b
	ArchIA32HTTP  Arch = 0x0f
	ArchX64HTTP   Arch = 0x10
	ArchARM32HTTP Arch = 0x12
	ArchARM64HTTP Arch = 0x13
	ArchBIOSHTTP  Arch = 0x14
)

// CPU is the Debian name of the processor family: amd64, i386, arm64, armhf,
// or "" where Seedbed does not know it. A BIOS machine counts as amd64.
func (a Arch) CPU() string {
	switch a {
	case ArchBIOS, ArchX64, ArchEBC, ArchX64HTTP, ArchBIOSHTTP:
		return "amd64"
	case ArchIA32, ArchIA32HTTP:
		return "i386"
	case ArchARM64, ArchARM64HTTP:
		return "arm64"
	case ArchARM32, ArchARM32HTTP:
		return "armhf"
	}
	return ""
}

// Firmware is what a client of this architecture runs, by the code alone.
func (a Arch) Firmware() Firmware {
	switch a {
	case ArchBIOS:
		return BIOS
	case ArchIA32HTTP, ArchX64HTTP, ArchARM32HTTP, ArchARM64HTTP, ArchBIOSHTTP:
		return UEFIHTTP
	}
	return UEFI
}

// Sighting is what one packet or request told about its sender. All strings
// come from the wire: quote them wherever they are shown.
type Sighting struct {
	At          time.Time
	Segment     string // arrival interface, or "memory"
	MAC         MAC
	ClientID    []byte     // DHCP option 61, as sent
	UUID        string     // option 97 as 8-4-4-4-12 lower case; "" if none or malformed
	Arch        Arch       // valid only with HasArch
	HasArch     bool       // option 93 was there
	Firmware    Firmware   // NoFirmware for whoever is not asking to be booted
	VendorClass string     // option 60
	UserClass   string     // option 77, RFC 3004 counts removed
	HostName    string     // option 12
	Relay       netip.Addr // giaddr; invalid when heard directly
	Port        Port       // of the relay; zero when it tells none
}

// Port is where a machine is plugged in, as its relay tells (option 82, RFC
// 3046): bytes, as sent.
type Port struct {
	Circuit string `json:"circuit-id,omitempty"`
	Remote  string `json:"remote-id,omitempty"`
}

// Machine is a box that Seedbed installs or leaves alone.
type Machine struct {
	Name     string            `json:"name"`
	MACs     []MAC             `json:"macs"`
	UUID     string            `json:"uuid,omitempty"`
	Address  netip.Addr        `json:"address,omitzero"` // a reservation
	Profile  string            `json:"profile,omitempty"`
	Firmware Firmware          `json:"firmware,omitempty"`      // as forced by the settings, else as last seen
	Seen     Firmware          `json:"seen-firmware,omitempty"` // as last seen, of a declared machine too
	Arch     Arch              `json:"arch,omitempty"`          // as last seen
	Params   map[string]string `json:"params,omitempty"`
	Declared bool              `json:"declared"` // named in the settings; else met on the wire

	// Further names of a declared machine, for one whose MAC is not known
	// beforehand.
	ClientID string `json:"-"` // option 61, bytes
	Port     Port   `json:"-"`

	FirstSeen time.Time `json:"first-seen,omitzero"`
	LastSeen  time.Time `json:"last-seen,omitzero"`
}

// MAC is the machine's first address, or zero.
func (m Machine) MAC() MAC {
	if len(m.MACs) == 0 {
		return MAC{}
	}
	return m.MACs[0]
}
