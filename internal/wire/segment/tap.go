package segment

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// Tap hears the frames of boots on an interface, in and out, whoever they are
// for: all UDP over IPv4, and TCP segments that begin an HTTP request or
// reply. It can send frames too. It needs no address and takes no port.
type Tap struct {
	iface  *net.Interface
	file   *os.File
	buf    []byte
	once   sync.Once
	missed uint32
}

const (
	tapFrame  = 2048    // bytes kept of a frame: a boot's are shorter, or their head is enough
	tapBuffer = 8 << 20 // bytes the kernel may hold back for us
)

// OpenTap opens a tap on the interface of that name. Faults: NotFound when
// there is none, Invalid where it is no Ethernet, Unavailable without the
// permission (CAP_NET_RAW).
func OpenTap(ifname string) (*Tap, error) {
	iface, err := net.InterfaceByName(ifname)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, interfacesHint(), "there is no network interface %q", ifname)
	}
	if len(iface.HardwareAddr) != 6 && iface.Flags&net.FlagLoopback == 0 {
		return nil, fault.New(fault.Invalid, "name an Ethernet interface", "%s is no Ethernet", ifname)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, permitHint, "hearing frames on %s is not permitted", ifname)
	}
	if err := tapSetup(fd, iface); err != nil {
		unix.Close(fd)
		return nil, fault.Wrap(err, fault.Unavailable, permitHint, "hearing frames on %s", ifname)
	}
	return &Tap{iface: iface, file: os.NewFile(uintptr(fd), "frames on "+ifname), buf: make([]byte, tapFrame)}, nil
}

func tapSetup(fd int, iface *net.Interface) error {
	filter, err := tapFilter()
	if err != nil {
		return err
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}); err != nil {
		return err
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, tapBuffer) != nil {
		// Without CAP_NET_ADMIN the kernel's own limit stands.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, tapBuffer)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: iface.Index}); err != nil {
		return err
	}
	// What is for others is heard too: a machine's talk with another server on
	// a mirrored port. A switch hides it otherwise.
	return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &unix.PacketMreq{Ifindex: int32(iface.Index), Type: unix.PACKET_MR_PROMISC})
}

// tapFilter lets the kernel pass over what is no part of a boot.
func tapFilter() ([]unix.SockFilter, error) {
	word := func(s string) uint32 { return uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3]) }
	prog := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 12, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: etherIPv4, SkipTrue: 15},
		bpf.LoadAbsolute{Off: etherLen + 9, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protoUDP, SkipTrue: 12},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.IPPROTO_TCP, SkipTrue: 12},
		bpf.LoadMemShift{Off: etherLen},               // X: length of the IP header
		bpf.LoadIndirect{Off: etherLen + 12, Size: 1}, // TCP's data offset, in its upper half
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd},
		bpf.TAX{},
		bpf.LoadIndirect{Off: etherLen, Size: 4}, // a segment without so many bytes ends here, unheard
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: word("GET "), SkipTrue: 3},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: word("HEAD"), SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: word("HTTP"), SkipTrue: 1},
		bpf.Jump{Skip: 1},
		bpf.RetConstant{Val: tapFrame},
		bpf.RetConstant{Val: 0},
	}
	raw, err := bpf.Assemble(prog)
	if err != nil {
		return nil, fmt.Errorf("assembling the filter: %w", err)
	}
	out := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		out[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return out, nil
}

// Interface is what the tap is on.
func (t *Tap) Interface() *net.Interface { return t.iface }

// Read waits for a frame, at most until the deadline of SetDeadline, which
// gives os.ErrDeadlineExceeded. The frame is valid until the next Read. While
// the interface is down nothing comes. After Close it gives an error.
func (t *Tap) Read() (frame []byte, at time.Time, err error) {
	for {
		n, from, err := t.recv()
		switch {
		case errors.Is(err, unix.ENETDOWN), errors.Is(err, unix.EINTR):
			continue // said once; the socket hears on when the interface is back
		case err != nil:
			return nil, time.Time{}, err
		}
		if t.iface.Flags&net.FlagLoopback != 0 && from == unix.PACKET_OUTGOING {
			continue // a loopback shows each frame twice
		}
		return t.buf[:n], time.Now(), nil
	}
}

// recv gives one frame and how the kernel calls its way.
func (t *Tap) recv() (n int, way uint8, err error) {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	var inner error
	err = raw.Read(func(fd uintptr) bool {
		var from unix.Sockaddr
		n, from, inner = unix.Recvfrom(int(fd), t.buf, 0)
		if ll, ok := from.(*unix.SockaddrLinklayer); ok {
			way = ll.Pkttype
		}
		return !errors.Is(inner, unix.EAGAIN)
	})
	if err != nil {
		return 0, 0, err
	}
	return n, way, inner
}

// SetDeadline bounds the next Reads; the zero Time takes the bound away.
func (t *Tap) SetDeadline(at time.Time) error { return t.file.SetReadDeadline(at) }

// Send puts a frame on the interface as it is.
func (t *Tap) Send(frame []byte) error {
	to := &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: t.iface.Index, Halen: 6}
	copy(to.Addr[:], frame[:6])
	raw, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Write(func(fd uintptr) bool {
		inner = unix.Sendto(int(fd), frame, 0, to)
		return !errors.Is(inner, unix.EAGAIN)
	}); err != nil {
		return err
	}
	return inner
}

// Missed is how many frames came too fast to be heard.
func (t *Tap) Missed() uint32 {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return t.missed
	}
	_ = raw.Control(func(fd uintptr) {
		if st, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			t.missed += st.Drops // reading them sets them back
		}
	})
	return t.missed
}

// Close ends hearing. It may be called again.
func (t *Tap) Close() error {
	t.once.Do(func() { t.file.Close() })
	return nil
}
