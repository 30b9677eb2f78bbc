package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	crowdBatch  = 64                    // datagrams a system call
	letterLen   = 640                   // an ACK, or an ERROR with its text
	crowdBuffer = 2 << 20               // asked for in the kernel, each way
	sendPause   = 20 * time.Millisecond // for room in the interface's queue
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// kernelCrowd is a Crowd on a socket of the kernel. It reads with recvmmsg(2)
// and writes with sendmmsg(2), a burst as one message (UDP_SEGMENT, udp(7)).
// It waits with ppoll(2) and not by the runtime's poller, which takes three
// times as long about it.
type kernelCrowd struct {
	fd    int
	bell  int          // an eventfd(2)
	plain *atomic.Bool // the interface takes no bursts: learnt at the first

	in     [crowdBatch]mmsghdr
	inName [crowdBatch]unix.RawSockaddrInet4
	inIov  [crowdBatch]unix.Iovec
	inBuf  []byte

	out     [crowdBatch]mmsghdr
	outName [crowdBatch]unix.RawSockaddrInet4
	outIov  [crowdBatch]unix.Iovec
	outCtl  [crowdBatch][24]byte // a control message with a uint16
	owner   [crowdBatch]*Burst
	queued  int
	from    int // the first of the queued that is still to be sent

	kept []Letter // ICMP errors, and what a favourite said last: not read yet
	one  *favourite

	mu     sync.Mutex // against Wake
	closed bool
}

// ListenCrowd opens a fresh port of local, which is an IPv4 address of this
// computer. Only the kernel's routes decide where what is sent leaves.
func ListenCrowd(local netip.Addr) (Crowd, error) { return listenCrowd(local, new(atomic.Bool)) }

// ListenCrowd opens a fresh port of local, or of Info().Addr when it is zero.
func (k *Kernel) ListenCrowd(local netip.Addr) (Crowd, error) {
	if !local.IsValid() || local.IsUnspecified() {
		local = k.info.Addr.Addr()
	}
	return listenCrowd(local, &k.plain)
}

func listenCrowd(local netip.Addr, plain *atomic.Bool) (Crowd, error) {
	c := &kernelCrowd{bell: -1, plain: plain, inBuf: make([]byte, crowdBatch*letterLen)}
	if err := c.open(local); err != nil {
		c.Close()
		return nil, fmt.Errorf("opening a udp port of %s: %w", local, err)
	}
	for i := range crowdBatch {
		c.inIov[i].Base = &c.inBuf[i*letterLen]
		c.inIov[i].SetLen(letterLen)
		c.in[i].hdr = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&c.inName[i])), Iov: &c.inIov[i]}
		c.in[i].hdr.SetIovlen(1)
		c.out[i].hdr = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&c.outName[i])), Namelen: unix.SizeofSockaddrInet4, Iov: &c.outIov[i]}
		c.out[i].hdr.SetIovlen(1)
	}
	return c, nil
}

func (c *kernelCrowd) open(local netip.Addr) (err error) {
	if c.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return os.NewSyscallError("socket", err)
	}
	if c.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	// The forced ones take CAP_NET_ADMIN, the others stop at the system's maximum.
	if unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, crowdBuffer) != nil {
		_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, crowdBuffer)
	}
	if unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, crowdBuffer) != nil {
		_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, crowdBuffer)
	}
	// Else a client that closed its port is not told of.
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	return os.NewSyscallError("bind", unix.Bind(c.fd, &unix.SockaddrInet4{Addr: local.Unmap().As4()}))
}

// Close implements Crowd.
func (c *kernelCrowd) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	if c.one != nil {
		c.one.close()
	}
	if c.bell >= 0 {
		_ = unix.Close(c.bell)
	}
	if c.fd < 0 {
		return nil
	}
	return unix.Close(c.fd)
}

// Wake implements Crowd.
func (c *kernelCrowd) Wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		_, _ = unix.Write(c.bell, binary.NativeEndian.AppendUint64(nil, 1))
	}
}

// ReadBatch implements Crowd.
func (c *kernelCrowd) ReadBatch(in []Letter, until time.Time) (int, error) {
	if len(c.kept) > 0 {
		n := copy(in, c.kept)
		c.kept = append(c.kept[:0], c.kept[n:]...)
		return n, nil
	}
	if c.one != nil {
		return c.readOne(in, until)
	}
	n, errno := c.recvmmsg(c.fd, min(len(in), crowdBatch))
	if errno == unix.EAGAIN {
		if !c.wait(unix.POLLIN, until) {
			return 0, nil
		}
		return c.readReady(in)
	}
	return c.letters(in, n, errno)
}

// readReady reads where ppoll(2) says that there is something.
func (c *kernelCrowd) readReady(in []Letter) (int, error) {
	n, errno := c.recvmmsg(c.fd, min(len(in), crowdBatch))
	if errno == unix.EAGAIN {
		c.hearErrors() // an ICMP error alone makes a socket ready too, until it is heard
	}
	return c.letters(in, n, errno)
}

// letters hands out what a recvmmsg has brought.
func (c *kernelCrowd) letters(in []Letter, n int, errno syscall.Errno) (int, error) {
	switch {
	case errno == 0:
	case errno == unix.EAGAIN:
		return 0, nil
	default:
		c.hearErrors()
		if len(c.kept) == 0 && !aboutOneClient(errno) {
			return 0, os.NewSyscallError("recvmmsg", errno)
		}
		return 0, nil // the next call gives them
	}
	for i := range n {
		in[i] = Letter{From: addrPort(&c.inName[i]), Data: c.inBuf[i*letterLen:][:c.in[i].len]}
	}
	return n, nil
}

func (c *kernelCrowd) recvmmsg(fd, want int) (int, syscall.Errno) {
	for i := range want {
		c.in[i].hdr.Namelen = unix.SizeofSockaddrInet4
	}
	for {
		// Raw: it does not block, so the scheduler need not know.
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&c.in[0])), uintptr(want), unix.MSG_DONTWAIT, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// wait says whether the socket is ready; it is not when the time is over or
// the bell was rung.
func (c *kernelCrowd) wait(events int16, until time.Time) bool {
	fds := [2]unix.PollFd{{Fd: int32(c.fd), Events: events}, {Fd: int32(c.bell), Events: unix.POLLIN}}
	watch := fds[:]
	if events != unix.POLLIN {
		watch = fds[:1]
	}
	if !poll(watch, until) {
		return false
	}
	if fds[1].Revents != 0 {
		c.hush()
	}
	return fds[0].Revents != 0
}

// poll waits with ppoll(2), and says whether anything is ready.
func poll(fds []unix.PollFd, until time.Time) bool {
	timeout := unix.NsecToTimespec(int64(max(0, time.Until(until))))
	n, err := unix.Ppoll(fds, &timeout, nil)
	return err == nil && n > 0
}

// hush stops the bell.
func (c *kernelCrowd) hush() {
	var b [8]byte
	_, _ = unix.Read(c.bell, b[:])
}

// WriteBatch implements Crowd.
func (c *kernelCrowd) WriteBatch(out []Burst) {
	for i := range out {
		b := &out[i]
		b.Err = nil
		if c.one != nil && c.one.send(b) {
			continue
		}
		if b.Segment == 0 || len(b.Data) <= b.Segment || !c.plain.Load() {
			c.queue(b, b.Data, b.Segment)
			continue
		}
		c.piecemeal(b)
	}
	c.flush()
}

// piecemeal queues a burst as single datagrams.
func (c *kernelCrowd) piecemeal(b *Burst) {
	for rest := b.Data; len(rest) > 0; {
		n := min(b.Segment, len(rest))
		c.queue(b, rest[:n], 0)
		rest = rest[n:]
	}
}

func (c *kernelCrowd) queue(b *Burst, data []byte, segment int) {
	if c.queued == crowdBatch {
		c.flush()
	}
	i := c.queued
	c.queued++
	c.owner[i] = b
	setAddrPort(&c.outName[i], b.To)
	c.outIov[i].Base = unsafe.SliceData(data)
	c.outIov[i].SetLen(len(data))
	h := &c.out[i].hdr
	h.Control = nil
	h.SetControllen(0)
	if segment > 0 && len(data) > segment {
		cutBy(h, c.outCtl[i][:], segment)
	}
}

// flush sends what is queued.
func (c *kernelCrowd) flush() {
	c.from = 0
	for retried := false; c.from < c.queued; {
		n, errno := c.sendmmsg()
		if errno == unix.EAGAIN && c.wait(unix.POLLOUT, time.Now().Add(sendPause)) {
			continue
		}
		c.from += n
		switch {
		case errno == 0:
			retried = false
		case c.out[c.from].hdr.Control != nil && (errno == unix.EIO || errno == unix.EINVAL):
			// No checksums by the hardware, no bursts: udp_send_skb() in Linux.
			c.plain.Store(true)
			c.requeue()
		case !retried && aboutOneClient(errno): // of an earlier datagram, maybe another client's
			retried = true
			c.hearErrors()
		default:
			c.owner[c.from].Err = errno
			c.from++
			retried = false
		}
	}
	clear(c.owner[:c.queued])
	c.queued = 0
}

// requeue sends the rest of the queue again, bursts as single datagrams.
func (c *kernelCrowd) requeue() {
	type item struct {
		b    *Burst
		data []byte
		gso  bool
	}
	var rest []item
	for i := c.from; i < c.queued; i++ {
		iov := &c.outIov[i]
		rest = append(rest, item{c.owner[i], unsafe.Slice(iov.Base, int(iov.Len)), c.out[i].hdr.Control != nil})
	}
	c.queued, c.from = 0, 0
	for _, it := range rest {
		if it.gso {
			c.piecemeal(it.b)
		} else {
			c.queue(it.b, it.data, 0)
		}
	}
	c.from = 0
}

func (c *kernelCrowd) sendmmsg() (int, syscall.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(c.fd), uintptr(unsafe.Pointer(&c.out[c.from])), uintptr(c.queued-c.from), unix.MSG_DONTWAIT, 0, 0)
		if errno == 0 {
			return int(n), 0
		}
		if errno != unix.EINTR {
			return 0, errno
		}
	}
}

// aboutOneClient knows the errors that ICMP brings, which the kernel gives to
// whatever call comes next.
func aboutOneClient(errno syscall.Errno) bool {
	switch errno {
	case unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EHOSTDOWN, unix.ENONET, unix.ENOPROTOOPT, unix.EPROTO, unix.EMSGSIZE, unix.EACCES:
		return true
	}
	return false
}

// hearErrors takes what ICMP said (ip(7), IP_RECVERR).
func (c *kernelCrowd) hearErrors() {
	var buf [64]byte
	oob := make([]byte, 256)
	for len(c.kept) < crowdBatch {
		_, oobn, _, from, err := unix.Recvmsg(c.fd, buf[:], oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return
		}
		to, ok := from.(*unix.SockaddrInet4)
		errno := extendedError(oob[:oobn])
		if ok && errno != 0 {
			c.kept = append(c.kept, Letter{From: netip.AddrPortFrom(netip.AddrFrom4(to.Addr), uint16(to.Port)), Err: errno})
		}
	}
}

// extendedError reads ee_errno of struct sock_extended_err.
func extendedError(oob []byte) syscall.Errno {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0
	}
	for _, m := range msgs {
		if m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR && len(m.Data) >= 4 {
			return syscall.Errno(binary.NativeEndian.Uint32(m.Data))
		}
	}
	return 0
}

func addrPort(sa *unix.RawSockaddrInet4) netip.AddrPort {
	p := (*[2]byte)(unsafe.Pointer(&sa.Port))
	return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), binary.BigEndian.Uint16(p[:]))
}

func setAddrPort(sa *unix.RawSockaddrInet4, ap netip.AddrPort) {
	sa.Family = unix.AF_INET
	p := (*[2]byte)(unsafe.Pointer(&sa.Port))
	binary.BigEndian.PutUint16(p[:], ap.Port())
	sa.Addr = ap.Addr().Unmap().As4()
}
