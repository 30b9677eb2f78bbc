package paper

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/segment"
)

// ROM is the program that a machine starts with.
type ROM string

// The ROMs there are.
const (
	BIOS  ROM = "bios"       // the PXE ROM of a BIOS machine
	X64   ROM = "uefi-x64"   // EDK2's PXE
	ARM64 ROM = "uefi-arm64" // the same on arm64
	HTTP  ROM = "uefi-http"  // EDK2's HTTP Boot, x64
	IPXE  ROM = "ipxe"       // iPXE in the network card of a BIOS machine
)

// Machine is one box. Fill the fields, then Boot. It is not safe for
// concurrent use.
type Machine struct {
	Wire *segment.Memory
	MAC  machine.MAC
	UUID [16]byte // as text: 8-4-4-4-12 of these bytes in order
	ROM  ROM

	// Pick is the label of the menu entry that a person takes; "" waits for
	// the time-out.
	Pick string
	// Passwords are what that person types where iPXE asks, one a time.
	Passwords []string
	// Cut is where the installer loses its power: before it asks for a path
	// that has this in it. "" lets it live.
	Cut string
	// Patience is how long an answer may take; 10 s when zero.
	Patience time.Duration

	log  strings.Builder
	who  string // the program that runs now
	xid  uint32
	port uint16
	host *segment.Host // since it has an address
	net  network
}

// network is what the last DHCPACK gave.
type network struct {
	addr   netip.Addr
	bits   int
	server netip.Addr // option 54
	next   netip.Addr // siaddr
	file   string     // the file field or option 67
}

// Outcome is where a boot ended.
type Outcome struct {
	Disk   bool     // the local disk is started
	Kernel int      // bytes of the kernel, 0 when none runs
	Args   []string // of that kernel
	Why    string   // neither disk nor kernel: what stopped it
}

// String is the outcome in a few words.
func (o Outcome) String() string {
	switch {
	case o.Disk:
		return "boots the local disk"
	case o.Kernel > 0:
		return fmt.Sprintf("starts a kernel with %q", strings.Join(o.Args, " "))
	}
	return "stops: " + o.Why
}

// Boot turns the machine on and follows it until a kernel or the local disk is
// started, or nothing more can be. The error is of the wire, not of what the
// servers answered.
func (m *Machine) Boot(ctx context.Context) (Outcome, error) {
	m.say("power on", "%s %s", m.ROM, m.MAC)
	var o Outcome
	var err error
	switch m.ROM {
	case IPXE:
		o, err = m.ipxe(ctx, 0)
	case HTTP:
		o, err = m.httpBoot(ctx)
	default:
		o, err = m.pxe(ctx)
	}
	if err != nil {
		return o, err
	}
	m.say("=>", "%s", o)
	return o, m.leave()
}

// Transcript is what happened so far.
func (m *Machine) Transcript() string { return m.log.String() }

func (m *Machine) say(who, format string, args ...any) {
	fmt.Fprintf(&m.log, "%-9s %s\n", who, fmt.Sprintf(format, args...))
}

func (m *Machine) note(format string, args ...any) { m.say(m.who, format, args...) }

func (m *Machine) mac() net.HardwareAddr { return net.HardwareAddr(m.MAC[:]) }

func (m *Machine) uuidText() string {
	h := hex.EncodeToString(m.UUID[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (m *Machine) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	d := m.Patience
	if d == 0 {
		d = 10 * time.Second
	}
	return context.WithTimeout(ctx, d)
}

// settle gives the machine its address.
func (m *Machine) settle(n network) error {
	if err := m.leave(); err != nil {
		return err
	}
	var err error
	m.net = n
	m.host, err = m.Wire.AddHostMAC(netip.PrefixFrom(n.addr, n.bits), m.mac())
	return err
}

// leave forgets the address: the program that had it has ended.
func (m *Machine) leave() error {
	if m.host == nil {
		return nil
	}
	err := m.host.Close()
	m.host = nil
	return err
}

func stopped(format string, args ...any) (Outcome, error) {
	return Outcome{Why: fmt.Sprintf(format, args...)}, nil
}
