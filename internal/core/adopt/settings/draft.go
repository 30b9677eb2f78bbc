package settings

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// Item is what became of one thing in one of the files.
type Item struct {
	File string `json:"file,omitempty"`
	reading.Item
}

// Subnet is one network, and where it stood.
type Subnet struct {
	lease.Subnet
	At      fault.Position
	PoolsAt []fault.Position // one a pool
}

// Machine is one machine with its reservation, and where it stood.
type Machine struct {
	machine.Machine
	At fault.Position
}

// Menu is what a menu of PXELINUX says and our settings can say, too.
type Menu struct {
	Title    string
	Timeout  *time.Duration // nil: not said; 0 waits for ever
	Local    bool           // the local disk is the default
	Password string         // a hash
	Serial   string         // "", or port and speed in a blank-separated pair
}

// Entry is an entry of a menu that a profile could take the place of. It is
// written as a comment: which image it is, only the user knows.
type Entry struct {
	At    fault.Position
	Label string
	Title string
	Args  []string
}

// Draft is what was read so far.
type Draft struct {
	Interfaces    []string
	Proxy         bool
	Authoritative *bool // nil: no file says anything of DHCP
	Subnets       []*Subnet
	Loader        string // "" auto
	Ignore        bool   // machines that are not known get nothing to boot
	Menu          Menu
	TFTPRoot      string
	TFTPPort      int  // 0: 69
	RootMissing   bool // the directory is not on this machine
	Entries       []Entry
	Machines      []*Machine

	Given []string // names of all files, to see whether an included one is among them
	Items []Item
}

// Keep notes a thing that the settings say as the file did.
func (d *Draft) Keep(at fault.Position, what string) { d.add(at, what, reading.Kept, "") }

// Change notes a thing that the settings say, or Seedbed does, otherwise.
func (d *Draft) Change(at fault.Position, what, why string, args ...any) {
	d.add(at, what, reading.Changed, fmt.Sprintf(why, args...))
}

// Lose notes a thing that is not there any more.
func (d *Draft) Lose(at fault.Position, what, why string, args ...any) {
	d.add(at, what, reading.Lost, fmt.Sprintf(why, args...))
}

// add notes a thing once, however many subnets it reaches.
func (d *Draft) add(at fault.Position, what string, v reading.Verdict, why string) {
	i := Item{File: at.File, Item: reading.Item{Line: at.Line, What: reading.Printable(what), Verdict: v, Why: why}}
	for _, o := range d.Items[max(0, len(d.Items)-256):] {
		if o == i {
			return
		}
	}
	d.Items = append(d.Items, i)
}

// Included notes a file that another names: it must be given, too.
func (d *Draft) Included(at fault.Position, what, name string) {
	for _, g := range d.Given {
		if g == name || path.Base(g) == path.Base(name) {
			d.Keep(at, what)
			return
		}
	}
	d.Lose(at, what, "it names another file: give that one to seedbed adopt, too")
}

// Interface adds a network interface that is answered on.
func (d *Draft) Interface(at fault.Position, what, name string) {
	if name == "" || len(name) > 15 || strings.ContainsAny(name, "/ \t*:") || reading.Printable(name) != name {
		d.Lose(at, what, "it is not the name of one network interface: write those that are meant")
		return
	}
	if !slices.Contains(d.Interfaces, name) {
		d.Interfaces = append(d.Interfaces, name)
	}
	d.Keep(at, what)
}

// Root sets the directory of the user's own files.
func (d *Draft) Root(at fault.Position, what, dir string) {
	switch {
	case !strings.HasPrefix(dir, "/") || reading.Printable(dir) != dir:
		d.Lose(at, what, "it is not the whole path of a directory: set tftp.root yourself")
	case d.TFTPRoot != "" && path.Clean(dir) != d.TFTPRoot:
		d.Lose(at, what, "tftp.root is %s already, and there is one", d.TFTPRoot)
	default:
		d.TFTPRoot = path.Clean(dir)
		d.Keep(at, what)
	}
}

// Boot is a boot file that every client of a subnet was told.
func (d *Draft) Boot(s *Subnet, at fault.Position, what, file string) {
	switch kind := loaderOf(file); {
	case file == "":
		d.Keep(at, what)
	case kind == "script":
		d.Change(at, what, "iPXE gets Seedbed's own script; yours wins as boot.ipxe in tftp.root")
	case kind != "":
		if kind == "ipxe" {
			d.Loader = "ipxe"
		}
		d.Change(at, what, "Seedbed picks the loader by firmware itself; boot-file would force one")
	default:
		s.BootFile = file
		d.Keep(at, what)
	}
}

// loaderOf tells the well-known boot loaders by name: pxelinux, grub, ipxe,
// script for iPXE's scripts, or "".
func loaderOf(file string) string {
	base := strings.ToLower(path.Base(file))
	has := func(prefix ...string) bool {
		return slices.ContainsFunc(prefix, func(p string) bool { return strings.HasPrefix(base, p) })
	}
	efi := strings.HasSuffix(base, ".efi") || strings.HasSuffix(base, ".efi.signed")
	switch {
	case strings.HasSuffix(base, ".ipxe"), strings.HasSuffix(base, ".php"):
		return "script"
	case strings.HasSuffix(base, "pxelinux.0"), efi && has("syslinux"):
		return "pxelinux"
	case efi && has("shim", "grub", "boot", "core"):
		return "grub"
	case strings.HasSuffix(base, "pxe") && has("undionly", "ipxe"), efi && has("ipxe", "snponly", "snp"):
		return "ipxe"
	}
	return ""
}

// Address is an IPv4 address of a file, or an invalid one.
func Address(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return netip.Addr{}
	}
	return a
}

// Network is the network of an address and a mask, as 255.255.255.0.
func Network(addr, mask string) (netip.Prefix, bool) {
	a, m := Address(addr), Address(mask)
	if !a.IsValid() || !m.IsValid() {
		return netip.Prefix{}, false
	}
	bits := 0
	for four, i := m.As4(), 0; i < 32; i++ {
		one := four[i/8]>>(7-i%8)&1 == 1
		if one && bits != i {
			return netip.Prefix{}, false // 255.0.255.0
		}
		if one {
			bits++
		}
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

// Last is a network's last address.
func Last(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}
