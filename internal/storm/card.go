package storm

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
	"seedbed/internal/wire/segment"
)

// Card is a network interface of this computer, by raw frames (packet(7)).
// What it sends leaves by the interface; programs on this computer do not hear
// it, so the server has to be at the other end.
type Card struct {
	fd, index int
	buf       []byte
	rest      [][]byte // of a frame that was several
}

// Before each frame stands struct virtio_net_hdr (packet(7), PACKET_VNET_HDR):
// at the far end of a veth, what the sender's kernel left for a card to cut
// arrives whole, and the header says how to cut it.
const (
	vnetLen    = 10
	vnetUDPGSO = 5 // VIRTIO_NET_HDR_GSO_UDP_L4
)

// Open takes the interface of that name. It takes CAP_NET_RAW.
func Open(name string) (*Card, error) {
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "ip link shows those there are", "there is no network interface %q", name)
	}
	proto := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(proto))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "run as root, or give the program CAP_NET_RAW", "raw frames on %s are not permitted", name)
	}
	c := &Card{fd: fd, index: iface.Index, buf: make([]byte, 1<<17)}
	if err := c.set(proto); err != nil {
		unix.Close(fd)
		return nil, fault.Wrap(err, fault.Unavailable, "is the interface up, and an Ethernet?", "opening %s for raw frames", name)
	}
	return c, nil
}

func (c *Card) set(proto uint16) error {
	if err := unix.Bind(c.fd, &unix.SockaddrLinklayer{Protocol: proto, Ifindex: c.index}); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(c.fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1); err != nil {
		return err
	}
	// The machines' MACs are not the interface's.
	all := &unix.PacketMreq{Ifindex: int32(c.index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(c.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, all); err != nil {
		return err
	}
	if unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20) != nil {
		_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 16<<20)
	}
	wait := unix.NsecToTimeval(int64(100 * time.Millisecond))
	return unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
}

// Send puts one frame on the wire.
func (c *Card) Send(frame []byte) error {
	to := &unix.SockaddrLinklayer{Ifindex: c.index, Halen: 6}
	copy(to.Addr[:], frame[:6])
	err := unix.Sendto(c.fd, append(make([]byte, vnetLen, vnetLen+len(frame)), frame...), 0, to)
	if errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) {
		return errBusy
	}
	return err
}

// Recv waits for a frame from the wire.
func (c *Card) Recv(ctx context.Context) ([]byte, error) {
	if len(c.rest) > 0 {
		frame := c.rest[0]
		c.rest = c.rest[1:]
		return frame, nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, from, err := unix.Recvfrom(c.fd, c.buf, 0)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR), errors.Is(err, unix.EINVAL):
			continue // EINVAL: a frame that the kernel has no header for is lost
		case err != nil:
			return nil, err
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if n < vnetLen {
			continue
		}
		frame := c.buf[vnetLen:n]
		if size := int(binary.NativeEndian.Uint16(c.buf[4:])); c.buf[1] == vnetUDPGSO && size > 0 {
			if c.rest = cut(frame, size); len(c.rest) == 0 {
				continue
			}
			frame, c.rest = c.rest[0], c.rest[1:]
		}
		return frame, nil
	}
}

// cut makes datagrams of that size of one that holds several. Its checksum was
// not made yet.
func cut(frame []byte, size int) (all [][]byte) {
	const ether, udp = 14, 8
	if len(frame) < ether+20 || frame[ether]>>4 != 4 {
		return nil
	}
	head := ether + int(frame[ether]&0xf)*4
	if len(frame) < head+udp {
		return nil
	}
	ip := frame[ether:]
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:])), binary.BigEndian.Uint16(frame[head:]))
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[16:])), binary.BigEndian.Uint16(frame[head+2:]))
	for data := range slices.Chunk(frame[head+udp:], size) {
		all = append(all, segment.BuildUDP(segment.UDPFrame{Dst: frame[:6], Src: frame[6:12], From: from, To: to, Data: data}))
	}
	return all
}

// Close gives the interface up.
func (c *Card) Close() error { return unix.Close(c.fd) }
