package boot

import (
	"net/netip"
	"strconv"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
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

	Target *Target // with Script: the installer to start
	Menu   *Screen // with Menu: what the person sees
}

// Target is a kernel with its initrds and arguments. Paths are absolute on
// this server, the same by TFTP and by HTTP.
type Target struct {
	Kernel  string
	Initrds []string
	Args    []string
	MAC     machine.MAC // of the machine; zero where the script is for any

	BIOSKernel string  // what BIOS machines start instead; "" the same
	Named      []Named // further files that the kernel gets; PXELINUX cannot hand them over
	Bare       bool    // the kernel takes no argument that is not in Args
	IPXE       bool    // only iPXE can start it
}

// Named is a file that a loader hands to the kernel under a name of its own.
type Named struct{ Name, Path string }

// needsIPXE says that neither PXELINUX nor, for some, GRUB can start it.
func (t *Target) needsIPXE(bios bool) bool {
	return t != nil && (t.IPXE || bios && len(t.Named) > 0)
}

// Screen is a boot menu, the same for every loader. Labels are unique words
// of letters, digits, "-", "." and "_"; Default is one of them.
type Screen struct {
	Title    string
	Timeout  time.Duration // zero waits for ever
	Default  string        // label of the entry taken at the timeout
	Password string        // a crypt hash that entries other than the local disk ask for; "" none
	Entries  []Entry
	Serial   *Serial

	// GRUBPassword is the same password in the one form that GRUB can check
	// (grub.pbkdf2.sha512.…); "" where there is none.
	GRUBPassword string
}

// Entry is one line of a menu: the local disk, a separator, a heading, or a
// target.
type Entry struct {
	Label     string
	Title     string
	Key       byte // hot key; 0 none
	Local     bool
	Separator bool
	Target    *Target
}

// Place is where a question reached this server.
type Place struct {
	Segment  string     // interface name, or "memory"
	Server   netip.Addr // this server's address on it
	HTTPPort uint16
	Subnet   *lease.Subnet // whose NextServer and BootFile win, where set; may be nil
}

// URL is the HTTP address of an absolute path on this server.
func (p Place) URL(path string) string {
	host := p.Server.String()
	if p.HTTPPort != 0 && p.HTTPPort != 80 {
		host += ":" + strconv.Itoa(int(p.HTTPPort))
	}
	return "http://" + host + path
}
