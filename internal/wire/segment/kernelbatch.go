package segment

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readMost   = 128      // datagrams a system call
	writeMost  = 64       // datagrams a system call; the kernel takes no more in one burst
	burstBytes = 60 << 10 // of one burst, which the kernel takes for one datagram at first
)

// kernelBatch reads with recvmmsg(2) and writes with sendmmsg(2). It waits
// with ppoll(2), as kernelCrowd does and why.
type kernelBatch struct {
	u   *kernelUDP
	raw syscall.RawConn

	in     [readMost]mmsghdr
	inName [readMost]unix.RawSockaddrInet4
	inIov  [readMost]unix.Iovec
	inCtl  [readMost][64]byte // room for one IP_PKTINFO

	out     [writeMost]mmsghdr
	outName [writeMost]unix.RawSockaddrInet4
	outIov  [writeMost]unix.Iovec
	outCtl  [writeMost][24]byte // a control message with a uint16
	parts   [writeMost]int      // datagrams in each message
	frames  []*Datagram
}

func (u *kernelUDP) batching() (*kernelBatch, error) {
	if u.batch == nil {
		raw, err := u.conn.SyscallConn()
		if err != nil {
			return nil, err
		}
		u.batch = &kernelBatch{u: u, raw: raw}
	}
	return u.batch, nil
}

// ReadBatch implements Batch.
func (u *kernelUDP) ReadBatch(bufs [][]byte, pkts []Packet, wait bool) (int, error) {
	b, err := u.batching()
	if err != nil {
		return 0, err
	}
	for {
		n, err := b.receive(bufs, wait)
		if err != nil || n == 0 {
			return 0, err
		}
		kept := 0
		for i := range n {
			index, to, ok := packetInfo(b.inCtl[i][:b.in[i].hdr.Controllen])
			if !ok || index != u.k.index {
				continue // as in Read
			}
			data := bufs[i][:b.in[i].len]
			if i != kept {
				data = bufs[kept][:copy(bufs[kept], data)]
			}
			pkts[kept] = Packet{Data: data, From: addrPort(&b.inName[i]), To: netip.AddrPortFrom(to, u.from.Port())}
			kept++
		}
		if kept > 0 || !wait {
			return kept, nil
		}
	}
}

func (b *kernelBatch) receive(bufs [][]byte, wait bool) (n int, err error) {
	want := min(len(bufs), readMost)
	for i := range want {
		b.inIov[i].Base = unsafe.SliceData(bufs[i])
		b.inIov[i].SetLen(len(bufs[i]))
		h := &b.in[i].hdr
		*h = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&b.inName[i])), Namelen: unix.SizeofSockaddrInet4, Iov: &b.inIov[i], Control: &b.inCtl[i][0]}
		h.SetIovlen(1)
		h.SetControllen(len(b.inCtl[i]))
	}
	// The descriptor stays open until this function returned.
	closed := b.raw.Read(func(fd uintptr) bool {
		n, err = b.recvmmsg(int(fd), want, wait)
		return true
	})
	if closed != nil {
		return 0, closed
	}
	return n, err
}

func (b *kernelBatch) recvmmsg(fd, want int, wait bool) (int, error) {
	for {
		// Raw: it does not block, so the scheduler need not know.
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.in[0])), uintptr(want), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == 0 && n > 0:
			return int(n), nil
		case b.u.ended.Load():
			return 0, net.ErrClosed
		case errno == unix.EINTR:
		case errno == unix.EAGAIN && !wait:
			return 0, nil
		case errno == unix.EAGAIN:
			_, _ = unix.Ppoll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, nil, nil)
		default:
			return 0, os.NewSyscallError("recvmmsg", errno)
		}
	}
}

// WriteBatch implements Batch. What follows each other to one address and is
// of one size goes through the kernel as one burst (UDP_SEGMENT, udp(7)).
func (u *kernelUDP) WriteBatch(out []Datagram) {
	b, err := u.batching()
	if err != nil {
		for i := range out {
			out[i].Err = err
		}
		return
	}
	b.frames = b.frames[:0]
	for from := 0; from < len(out); {
		d := &out[from]
		d.Err = nil
		if u.byHand(d.To, d.HW) != nil {
			b.frames = append(b.frames, d)
			from++
			continue
		}
		from += b.sendSome(out[from:])
	}
	u.k.sendFrames(u, b.frames)
}

// sendSome sends as many as one system call takes, up to the first frame that
// is made by hand, and gives their number.
func (b *kernelBatch) sendSome(out []Datagram) int {
	n, msgs, bytes := 0, 0, 0
	most := b.u.k.info.MTU - ipv4Len - udpLen
	for ; n < len(out) && n < writeMost; n++ {
		d := &out[n]
		if b.u.byHand(d.To, d.HW) != nil {
			break
		}
		d.Err = nil
		b.outIov[n].Base = unsafe.SliceData(d.Data)
		b.outIov[n].SetLen(len(d.Data))
		first := n
		if msgs > 0 {
			first = n - b.parts[msgs-1]
		}
		size := len(out[first].Data)
		if n > first && d.To == out[first].To && len(d.Data) <= size && len(out[n-1].Data) == size && size <= most &&
			bytes+len(d.Data) <= burstBytes && !b.u.k.plain.Load() {
			b.join(msgs-1, size)
			bytes += len(d.Data)
			continue
		}
		setAddrPort(&b.outName[msgs], d.To)
		h := &b.out[msgs].hdr
		*h = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&b.outName[msgs])), Namelen: unix.SizeofSockaddrInet4, Iov: &b.outIov[n]}
		h.SetIovlen(1)
		b.parts[msgs], bytes = 1, len(d.Data)
		msgs++
	}
	b.sendmmsg(out[:n], msgs)
	return n
}

// join adds one more datagram to a message, which becomes a burst.
func (b *kernelBatch) join(msg, size int) {
	h := &b.out[msg].hdr
	b.parts[msg]++
	h.SetIovlen(b.parts[msg])
	if h.Control != nil {
		return
	}
	cutBy(h, b.outCtl[msg][:], size)
}

// cutBy has the kernel cut a message into datagrams of size bytes (udp(7),
// UDP_SEGMENT). ctl is where that is written.
func cutBy(h *unix.Msghdr, ctl []byte, size int) {
	cm := (*unix.Cmsghdr)(unsafe.Pointer(&ctl[0]))
	cm.Level, cm.Type = unix.SOL_UDP, unix.UDP_SEGMENT
	cm.SetLen(unix.CmsgLen(2))
	binary.NativeEndian.PutUint16(ctl[unix.CmsgLen(0):], uint16(size))
	h.Control = &ctl[0]
	h.SetControllen(unix.CmsgSpace(2))
}

func (b *kernelBatch) sendmmsg(out []Datagram, msgs int) {
	for at := 0; at < msgs; {
		n, errno := b.trySend(at, msgs)
		for range n {
			out = out[b.parts[at]:]
			at++
		}
		switch {
		case errno == 0 || errno == unix.EINTR:
			continue
		case errno == unix.EAGAIN && b.room():
			continue
		case b.parts[at] > 1 && (errno == unix.EIO || errno == unix.EINVAL):
			// No checksums by the hardware, no bursts: udp_send_skb() in Linux.
			b.u.k.plain.Store(true)
		}
		for i := range out[:b.parts[at]] {
			d := &out[i]
			if d.Err = errno; b.parts[at] > 1 {
				_, d.Err = b.u.conn.WriteToUDPAddrPort(d.Data, d.To)
			}
		}
		out = out[b.parts[at]:]
		at++
	}
}

func (b *kernelBatch) trySend(at, msgs int) (n int, errno syscall.Errno) {
	err := b.raw.Control(func(fd uintptr) {
		var r uintptr
		r, _, errno = unix.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&b.out[at])), uintptr(msgs-at), unix.MSG_DONTWAIT, 0, 0)
		n = int(r)
	})
	switch {
	case err != nil:
		return 0, unix.EBADF
	case errno != 0:
		return 0, errno
	}
	return n, 0
}

// room waits for the interface to take what was sent before, for a moment only.
func (b *kernelBatch) room() (ready bool) {
	_ = b.raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		timeout := unix.NsecToTimespec(int64(sendPause))
		n, err := unix.Ppoll(fds, &timeout, nil)
		ready = err == nil && n > 0
	})
	return ready
}

// sendFrames sends what is framed by hand, on the interface as it is.
func (k *Kernel) sendFrames(u *kernelUDP, out []*Datagram) {
	var msgs [writeMost]mmsghdr
	var iovs [writeMost]unix.Iovec
	name := unix.RawSockaddrLinklayer{Family: unix.AF_PACKET, Protocol: htons(unix.ETH_P_IP), Ifindex: int32(k.index), Halen: 6}
	for len(out) > 0 {
		n := 0
		var ready [writeMost]*Datagram
		for n < writeMost && len(out) > 0 {
			d := out[0]
			out = out[1:]
			var frame []byte
			if frame, d.Err = u.frame(d.Data, d.To, u.byHand(d.To, d.HW)); d.Err != nil {
				continue
			}
			iovs[n].Base = &frame[0]
			iovs[n].SetLen(len(frame))
			// One name for all: the frame itself says where it goes.
			msgs[n].hdr = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&name)), Namelen: unix.SizeofSockaddrLinklayer, Iov: &iovs[n]}
			msgs[n].hdr.SetIovlen(1)
			ready[n] = d
			n++
		}
		k.writeFrames(msgs[:n], ready[:n])
	}
}

func (k *Kernel) writeFrames(msgs []mmsghdr, of []*Datagram) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at := 0; at < len(msgs); {
		var n uintptr
		errno := unix.EBADF
		if k.raw >= 0 {
			n, _, errno = unix.Syscall6(unix.SYS_SENDMMSG, uintptr(k.raw), uintptr(unsafe.Pointer(&msgs[at])), uintptr(len(msgs)-at), 0, 0, 0)
		}
		switch errno {
		case 0:
			at += int(n)
		case unix.EINTR:
		default:
			of[at].Err = errno
			at++
		}
	}
}
