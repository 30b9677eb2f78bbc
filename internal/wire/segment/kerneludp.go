package segment

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"

	"golang.org/x/net/ipv4"
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

	many *ipv4.PacketConn // conn again
	msgs []ipv4.Message   // used by ReadBatch
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

// ReadBatch takes what has arrived with one system call (recvmmsg(2)).
func (u *kernelUDP) ReadBatch(bufs [][]byte, pkts []Packet) (int, error) {
	if u.many == nil {
		u.many = ipv4.NewPacketConn(u.conn)
	}
	for len(u.msgs) < len(bufs) {
		u.msgs = append(u.msgs, ipv4.Message{Buffers: make([][]byte, 1), OOB: make([]byte, 128)})
	}
	for {
		for i, b := range bufs {
			u.msgs[i].Buffers[0] = b
		}
		n, err := u.many.ReadBatch(u.msgs[:len(bufs)], 0)
		if err != nil {
			return 0, err
		}
		kept := 0
		for i, m := range u.msgs[:n] {
			index, to, ok := packetInfo(m.OOB[:m.NN])
			from, isUDP := m.Addr.(*net.UDPAddr)
			if !ok || !isUDP || index != u.k.index {
				continue // as in Read
			}
			data := m.Buffers[0][:m.N]
			if i != kept {
				data = bufs[kept][:copy(bufs[kept], data)]
			}
			ap := from.AddrPort()
			pkts[kept] = Packet{
				Data: data,
				From: netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()),
				To:   netip.AddrPortFrom(to, u.from.Port()),
			}
			kept++
		}
		if kept > 0 {
			return kept, nil
		}
	}
}

func (u *kernelUDP) Write(data []byte, to netip.AddrPort, hw net.HardwareAddr) error {
	mac := u.k.info.MAC
	if hw == nil && to.Addr() == broadcastIP && len(mac) != 0 {
		// By hand too: the routing table would choose the interface, unless
		// the socket is bound to one.
		hw = Broadcast
	}
	if hw == nil || len(mac) == 0 {
		_, err := u.conn.WriteToUDPAddrPort(data, to)
		return err
	}
	if len(data) > u.k.info.MTU-ipv4Len-udpLen {
		return unix.EMSGSIZE
	}
	return u.k.sendFrame(BuildUDP(UDPFrame{Src: mac, Dst: hw, From: u.from, To: to, Data: data}))
}

func (u *kernelUDP) Close() error { return u.conn.Close() }

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
