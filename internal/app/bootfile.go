package app

import (
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// BootFile is what one kind of firmware is told to load.
type BootFile struct {
	Word     string           `json:"for"` // one word: bios, x64, arm64-http, ipxe
	Firmware machine.Firmware `json:"firmware"`
	Archs    []machine.Arch   `json:"architectures,omitempty"` // of option 93; none with iPXE, whatever it runs on
	File     string           `json:"file"`                    // a TFTP name, or a URL
}

// kinds are the kinds of firmware that there are loaders for.
var kinds = []BootFile{
	{"ipxe", machine.IPXE, []machine.Arch{machine.ArchX64, machine.ArchBIOS}, ""},
	{"bios", machine.BIOS, []machine.Arch{machine.ArchBIOS}, ""},
	{"x64", machine.UEFI, []machine.Arch{machine.ArchX64, machine.ArchEBC}, ""},
	{"ia32", machine.UEFI, []machine.Arch{machine.ArchIA32}, ""},
	{"arm64", machine.UEFI, []machine.Arch{machine.ArchARM64}, ""},
	{"x64-http", machine.UEFIHTTP, []machine.Arch{machine.ArchX64HTTP}, ""},
	{"arm64-http", machine.UEFIHTTP, []machine.Arch{machine.ArchARM64HTTP}, ""},
}

// BootFiles asks the desk what each kind of firmware would be offered by a
// server at that address: for another DHCP server's settings. A kind without
// a loader on this host is left out; so is iPXE where it gets what the
// firmware below it gets.
func BootFiles(c *config.Config, images []image.Image, loaders boot.Loaders, server netip.Addr) []BootFile {
	set := c.Boot
	set.Unknown = "menu" // another server knows no machines, and nothing may be armed
	d := &boot.Desk{Roster: machine.NewRoster(nil), Attempts: install.NewLedger(nil, forgetful{}), Leases: noLeases{},
		Catalogue: image.NewCatalogue(images), Loaders: loaders}
	d.Use(set)
	var out []BootFile
	for _, k := range kinds {
		for _, a := range k.Archs {
			s := machine.Sighting{At: time.Unix(0, 0), Firmware: k.Firmware, Arch: a, HasArch: true}
			dec := d.Decide(machine.Machine{}, s, boot.Place{Server: server, HTTPPort: c.HTTPPort})
			if dec.Kind == boot.Ignore || dec.BootFile == "" {
				continue
			}
			// The script has the machine's MAC in its name, which iPXE fills in.
			file := strings.Replace(dec.BootFile, "01-"+s.MAC.Hyphened(), "01-${netX/mac:hexhyp}", 1)
			if k.Firmware == machine.IPXE {
				if file == dec.BootFile {
					continue
				}
				k.Archs = nil
			}
			k.File = file
			out = append(out, k)
			break
		}
	}
	return out
}

// noLeases is a book without leases.
type noLeases struct{}

func (noLeases) ByAddress(netip.Addr) (lease.Lease, bool) { return lease.Lease{}, false }
func (noLeases) ByMAC(machine.MAC) (lease.Lease, bool)    { return lease.Lease{}, false }
