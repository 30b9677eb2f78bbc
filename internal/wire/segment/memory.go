package segment

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"

	"seedbed/internal/fault"
	"seedbed/internal/pulse"
	"seedbed/internal/wire/segment/ether"
)

// Memory is a segment inside this process: an Ethernet switch and, at its
// first port, the server's own stack. As the only router on the wire it passes
// packets between subnets, so that machines reach a Host outside of theirs by
// naming the server as their gateway.
type Memory struct {
	*Host
	sw    *ether.Switch
	pulse *pulse.Pulse

	mu    sync.Mutex
	hosts []*Host
}

// Station is a raw Ethernet port for clients that build frames by hand.
type Station = ether.Station

// NewMemory makes a segment on which the server has that IPv4 address, within
// a subnet of that length. An address that no server can have is an Invalid
// fault. p is this program's pulse: time in which it stood still counts
// against no connection; nil where that does not matter.
func NewMemory(addr netip.Prefix, p *pulse.Pulse) (*Memory, error) {
	m := &Memory{sw: ether.New(), pulse: p}
	h, err := m.newHost("memory", addr, nil)
	if err != nil {
		return nil, err
	}
	if terr := h.stack.SetForwardingDefaultAndAllNICs(ipv4.ProtocolNumber, true); terr != nil {
		h.Close()
		return nil, fmt.Errorf("turning on forwarding: %s", terr)
	}
	m.Host = h
	return m, nil
}

// Close ends everything on the segment: hosts, stations, virtual machines'
// cards and captures; their goroutines have ended when it returns.
func (m *Memory) Close() error {
	m.mu.Lock()
	hosts := slices.Clone(m.hosts)
	m.mu.Unlock()
	for _, h := range hosts {
		h.Close()
	}
	m.Host.Close()
	return m.sw.Close()
}

// AddHost puts a further station with a stack of its own on the segment. Its
// subnet may be another than the server's. An address that is taken is a
// Conflict fault.
func (m *Memory) AddHost(addr netip.Prefix) (*Host, error) { return m.AddHostMAC(addr, nil) }

// AddHostMAC is AddHost with a MAC of the caller's choosing, for a client that
// got its address as a raw Station; that Station has to be closed first, or
// the switch sees one MAC at two ports. A nil mac is derived from the address.
func (m *Memory) AddHostMAC(addr netip.Prefix, mac net.HardwareAddr) (*Host, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range append(slices.Clone(m.hosts), m.Host) {
		if h.info.Addr.Addr() == addr.Addr() {
			return nil, fault.New(fault.Conflict, "", "address %s is taken on this segment", addr.Addr())
		}
	}
	h, err := m.newHost("host "+addr.Addr().String(), addr, mac)
	if err != nil {
		return nil, err
	}
	m.hosts = append(m.hosts, h)
	return h, nil
}

func (m *Memory) newHost(name string, addr netip.Prefix, mac net.HardwareAddr) (*Host, error) {
	ip := addr.Addr()
	if !addr.IsValid() || !ip.Is4() || ip.IsUnspecified() || ip.IsMulticast() || ip == broadcastIP {
		return nil, fault.New(fault.Invalid, "Give an IPv4 address with its subnet, such as 192.0.2.1/24.",
			"%s is not an address a station can have", addr)
	}
	if mac == nil {
		raw := ip.As4()
		mac = append(net.HardwareAddr{0x02, 0x53}, raw[:]...) // 02: locally administered
	}
	info := Info{Name: name, Addr: addr, MAC: slices.Clone(mac), MTU: memoryMTU}
	h, err := newHost(m.sw, info, false, m.forget)
	if err != nil {
		return nil, err
	}
	h.pulse = m.pulse
	return h, nil
}

func (m *Memory) forget(h *Host) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hosts = slices.DeleteFunc(m.hosts, func(o *Host) bool { return o == h })
}

// AttachStation plugs in a raw Ethernet port.
func (m *Memory) AttachStation(mac net.HardwareAddr) *Station { return m.sw.AttachStation(mac) }

// AttachQEMU plugs in a virtual machine's network card. file is one end of a
// socket pair; hand it to QEMU with exec.Cmd.ExtraFiles and
// `-netdev socket,id=n0,fd=3`, and close it once QEMU has started. The card is
// unplugged by detach, by Close, and when QEMU ends.
func (m *Memory) AttachQEMU() (file *os.File, detach func(), err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a socket pair: %w", err)
	}
	ours := os.NewFile(uintptr(pair[0]), "segment end of QEMU's network card")
	defer ours.Close() // net.FileConn makes a copy
	conn, err := net.FileConn(ours)
	if err != nil {
		unix.Close(pair[1])
		return nil, nil, fmt.Errorf("opening a socket pair: %w", err)
	}
	file = os.NewFile(uintptr(pair[1]), "QEMU's network card")
	return file, m.sw.AttachStream(conn), nil
}

// Capture writes a pcap of all frames to w until stop or Close. Frames are
// gathered before they are written; stop writes the last of them and gives the
// first error w had.
func (m *Memory) Capture(w io.Writer) (stop func() error, err error) { return m.sw.Capture(w) }
