package boot

import (
	"net/netip"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/lease"
)

// Kind is what a decision tells the machine to do.
type Kind string

// The five decisions there are. Not answering is one of them.
const (
	Ignore    Kind = "ignore"
	LocalDisk Kind = "local-disk"
	Loader    Kind = "loader"
	Script    Kind = "script"
	Menu      Kind = "menu"
)

// Decision is what one machine loads next, and why.
type Decision struct {
	Kind    Kind
	Why     string // one clause for people: "profile debian is armed"
	Machine string
	Profile string
	Image   string
	Attempt int64 // the one this boot belongs to, or 0

	// With Loader: what DHCP offers. BootFile is a TFTP name, or a URL for
	// firmware and iPXE that load by HTTP. NextServer is the TFTP server.
	NextServer netip.Addr
	BootFile   string

	Target *script.Target // with Script: the installer to start
	Menu   *script.Screen // with Menu: what the person sees
}

// Place is where a question reached this server.
type Place struct {
	Segment  string     // interface name, or "memory"
	Server   netip.Addr // this server's address on it
	HTTPPort uint16
	Subnet   *lease.Subnet // whose NextServer and BootFile win, where set; may be nil
}

// URL is the HTTP address of an absolute path on this server.
func (p Place) URL(path string) string { return p.at().URL(path) }

func (p Place) at() script.Server { return script.Server{Address: p.Server, HTTPPort: p.HTTPPort} }

// Text tells a decision (Script, Menu, LocalDisk or Ignore) to a loader; p
// gives the addresses that URLs are made of.
func (d Decision) Text(l script.Language, p Place) []byte {
	told := script.Told{Machine: d.Machine, Why: d.Why}
	switch d.Kind {
	case Script:
		told.Target = d.Target
	case Menu:
		told.Menu = d.Menu
	}
	return script.Text(l, told, p.at())
}
