package storm

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// Card is a network interface of this computer, by raw frames (packet(7)).
// What it sends leaves by the interface; programs on this computer do not hear
// it, so the server has to be at the other end.
type Card struct {
	fd, index int
	buf       []byte
}

// Open takes the interface of that name. It takes CAP_NET_RAW.
func Open(name string) (*Card, error) {
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "ip link shows those there are", "there is no network interface %q", name)
	}
	proto := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_IP))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(proto))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "run as root, or give the program CAP_NET_RAW", "raw frames on %s are not permitted", name)
	}
	c := &Card{fd: fd, index: iface.Index, buf: make([]byte, 1<<16)}
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
	// The machines' MACs are not the interface's.
	all := &unix.PacketMreq{Ifindex: int32(c.index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(c.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, all); err != nil {
		return err
	}
	if unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20) != nil {
		_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 16<<20)
	}
	wait := unix.NsecToTimeval(int64(100 * time.Millisecond))
	return unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
}

// Send puts one frame on the wire.
func (c *Card) Send(frame []byte) error {
	to := &unix.SockaddrLinklayer{Ifindex: c.index, Halen: 6}
	copy(to.Addr[:], frame[:6])
	err := unix.Sendto(c.fd, frame, 0, to)
	if errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) {
		return errBusy
	}
	return err
}

// Recv waits for a frame from the wire.
func (c *Card) Recv(ctx context.Context) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, from, err := unix.Recvfrom(c.fd, c.buf, 0)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		return c.buf[:n], nil
	}
}

// Close gives the interface up.
func (c *Card) Close() error { return unix.Close(c.fd) }
