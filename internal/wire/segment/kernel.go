package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// Kernel is a segment behind a network interface of this computer.
type Kernel struct {
	info  Info
	index int // of the interface

	plain atomic.Bool // it takes no bursts (UDP_SEGMENT)

	mu  sync.Mutex
	raw int // an AF_PACKET socket that only sends; -1 once closed
}

const permitHint = "Run as root, or give the program CAP_NET_BIND_SERVICE and CAP_NET_RAW " +
	"(setcap cap_net_bind_service,cap_net_raw+ep)."

// OpenKernel takes the interface of that name, with its first IPv4 address
// that wanted says yes to, else its first one. A nil wanted wants all.
// Faults: NotFound when there is no such interface (the hint lists those there
// are), Invalid when it has no IPv4 address, Unavailable without the
// permission to send raw frames.
func OpenKernel(ifname string, wanted func(netip.Addr) bool) (*Kernel, error) {
	iface, err := net.InterfaceByName(ifname)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, interfacesHint(), "there is no network interface %q", ifname)
	}
	addr, err := firstIPv4(iface, wanted)
	if err != nil {
		return nil, err
	}
	// Protocol 0 hears nothing: what comes in is left to ordinary sockets.
	raw, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, permitHint,
			"sending frames on %s is not permitted", ifname)
	}
	k := &Kernel{index: iface.Index, raw: raw, info: Info{
		Name: iface.Name, Addr: addr, MAC: iface.HardwareAddr, MTU: iface.MTU,
	}}
	return k, nil
}

// Info is the interface's name, its first IPv4 address, MAC and MTU, as they
// were when it was opened.
func (k *Kernel) Info() Info { return k.info }

// Close ends the sending of raw frames; listeners are closed by their owners.
func (k *Kernel) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.raw < 0 {
		return net.ErrClosed
	}
	err := unix.Close(k.raw)
	k.raw = -1
	return err
}

// DialUDP gives a conversation from a fresh source port.
func (k *Kernel) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	if !local.IsValid() || local.IsUnspecified() {
		local = k.info.Addr.Addr()
	}
	c, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)), net.UDPAddrFromAddrPort(remote))
	if err != nil {
		// Not c: a nil *net.UDPConn is not a nil net.Conn.
		return nil, fmt.Errorf("dialing udp %s from %s: %w", remote, local, err)
	}
	return c, nil
}

// sendFrame puts a frame on the interface as it is.
func (k *Kernel) sendFrame(frame []byte) error {
	to := &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: k.index, Halen: 6}
	copy(to.Addr[:], frame[:6])
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.raw < 0 {
		return net.ErrClosed
	}
	return unix.Sendto(k.raw, frame, 0, to)
}

// firstIPv4 is the address servers on the interface are reached at.
func firstIPv4(iface *net.Interface, wanted func(netip.Addr) bool) (netip.Prefix, error) {
	all, err := addrsOf(iface)
	if err != nil {
		return netip.Prefix{}, err
	}
	for _, p := range all {
		if wanted == nil || wanted(p.Addr()) {
			return p, nil
		}
	}
	if len(all) > 0 {
		return all[0], nil
	}
	return netip.Prefix{}, fault.New(fault.Invalid,
		fmt.Sprintf("Give it one: ip addr add 192.0.2.1/24 dev %s", iface.Name),
		"interface %s has no IPv4 address", iface.Name)
}

func interfacesHint() string {
	all, err := net.Interfaces()
	if err != nil {
		return ""
	}
	var names []string
	for _, i := range all {
		names = append(names, i.Name)
	}
	return "There are: " + strings.Join(names, ", ") + "."
}

// control makes the hook that sets options on a socket before it is bound.
func control(set func(fd int) error) func(string, string, syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if cerr := c.Control(func(fd uintptr) { err = set(int(fd)) }); cerr != nil {
			return cerr
		}
		return err
	}
}

// listening makes the fault for a port that cannot be had.
func (k *Kernel) listening(err error, proto string, addr netip.AddrPort) error {
	where := fmt.Sprintf("%s port %d on %s", strings.ToUpper(proto), addr.Port(), k.info.Name)
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		who := "another program"
		hint := fmt.Sprintf("Stop it, or leave this service to it; `ss -lnp sport = %d` shows who holds the port.", addr.Port())
		if h, ok := findHolder(proto, addr); ok {
			who = h.String()
			hint = fmt.Sprintf("Stop %s, or leave this service to it.", h.name)
		}
		return fault.Wrap(err, fault.Conflict, hint, "%s is in use by %s", where, who)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, permitHint, "listening on %s is not permitted", where)
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return fault.Wrap(err, fault.Unavailable, "Start again once the address is back.",
			"%s no longer has the address %s", k.info.Name, addr.Addr())
	}
	return fault.Wrap(err, fault.Internal, "", "listening on %s", where)
}

// htons gives a number in network byte order, as link-layer addresses want it.
func htons(v uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v))
}
