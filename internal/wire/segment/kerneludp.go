package segment

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// wildcardPorts are spoken to by clients that have no address: DHCP (server
// and client side, RFC 2131) and the PXE boot server (PXE 2.1).
var wildcardPorts = []uint16{67, 68, 4011}

// stormBuffer is what may wait in the kernel for Read, in bytes: a DHCP
// message counts as some 800 there.
const stormBuffer = 4 << 20

// kernelUDP is a listening UDP port on an interface.
//
// Ports that clients without an address speak to are bound to the interface
// and to no address, the others to the address.
type kernelUDP struct {
	k    *Kernel
	conn *net.UDPConn
	from netip.AddrPort // the source of hand-made frames
	oob  []byte         // used by Read

	batch *kernelBatch // made by the first ReadBatch
	ended atomic.Bool
}

// ListenUDP hears every datagram to that port arriving on the interface, and
// no other interface's. Broadcasts reach ports 67, 68 and 4011 only. One
// goroutine at a time may Read. A port that is taken is a Conflict fault
// naming the holder.
func (k *Kernel) ListenUDP(port uint16) (UDP, error) {
	wildcard := slices.Contains(wildcardPorts, port)
	own := netip.AddrPortFrom(k.info.Addr.Addr(), port)
	bind := own
	if wildcard {
		bind = netip.AddrPortFrom(netip.IPv4Unspecified(), port)
	}
	// No SO_REUSEADDR: for UDP, Linux then lets a second server take the port
	// without a word, and each gets what the other should. Two interfaces of
	// ours do not need it: sockets on different devices are no conflict.
	config := net.ListenConfig{Control: control(func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1); err != nil {
			return err
		}
		if !wildcard {
			return nil
		}
		// A rack that boots at once sends faster than we answer. The first
		// takes CAP_NET_ADMIN, the second stops at net.core.rmem_max.
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, stormBuffer) != nil {
			_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, stormBuffer)
		}
		return unix.BindToDevice(fd, k.info.Name)
	})}
	conn, err := config.ListenPacket(context.Background(), "udp4", bind.String())
	if err != nil {
		return nil, k.listening(err, "udp", bind)
	}
	return &kernelUDP{k: k, conn: conn.(*net.UDPConn), from: own, oob: make([]byte, 128)}, nil
}

func (u *kernelUDP) Read(buf []byte) (Packet, error) {
	for {
		n, oobn, _, from, err := u.conn.ReadMsgUDPAddrPort(buf, u.oob)
		if err != nil {
			return Packet{}, err
		}
		index, to, ok := packetInfo(u.oob[:oobn])
		if !ok || index != u.k.index {
			// Linux takes a datagram for any of its addresses at any interface.
			// What this computer sends to itself counts as arriving on the
			// interface that has the address (since Linux 4.14).
			continue
		}
		return Packet{
			Data: buf[:n],
			From: netip.AddrPortFrom(from.Addr().Unmap(), from.Port()),
			To:   netip.AddrPortFrom(to, u.from.Port()),
		}, nil
	}
}

func (u *kernelUDP) Write(data []byte, to netip.AddrPort, hw net.HardwareAddr) error {
	if hw = u.byHand(to, hw); hw == nil {
		_, err := u.conn.WriteToUDPAddrPort(data, to)
		return err
	}
	frame, err := u.frame(data, to, hw)
	if err != nil {
		return err
	}
	return u.k.sendFrame(frame)
}

// byHand is the MAC of a frame that is made by hand, nil where the kernel makes it.
func (u *kernelUDP) byHand(to netip.AddrPort, hw net.HardwareAddr) net.HardwareAddr {
	switch {
	case len(u.k.info.MAC) == 0:
		return nil
	case hw == nil && to.Addr() == broadcastIP:
		// By hand too: the routing table would choose the interface, unless
		// the socket is bound to one.
		return Broadcast
	}
	return hw
}

func (u *kernelUDP) frame(data []byte, to netip.AddrPort, hw net.HardwareAddr) ([]byte, error) {
	if len(data) > u.k.info.MTU-ipv4Len-udpLen {
		return nil, unix.EMSGSIZE
	}
	return BuildUDP(UDPFrame{Src: u.k.info.MAC, Dst: hw, From: u.from, To: to, Data: data}), nil
}

// Close ends a ReadBatch that waits, too.
func (u *kernelUDP) Close() error {
	if !u.ended.Swap(true) {
		if raw, err := u.conn.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RD) })
		}
	}
	return u.conn.Close()
}

// packetInfo reads the interface a datagram arrived on and the address it was
// sent to (ip(7), IP_PKTINFO).
func packetInfo(oob []byte) (index int, to netip.Addr, ok bool) {
	for len(oob) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		if h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo {
			// struct in_pktinfo: index, local address, address in the header.
			return int(int32(binary.NativeEndian.Uint32(data))), getIPv4(data[8:12]), true
		}
		oob = rest
	}
	return 0, netip.Addr{}, false
}
