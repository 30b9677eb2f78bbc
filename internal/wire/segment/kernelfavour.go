package segment

import (
	"net/netip"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	followEvery = 16                     // datagrams
	followPace  = 500 * time.Microsecond // a datagram: slower clients do not wait for wake-ups
	followRest  = 64                     // rounds of followEvery before a slow one is followed again
)

// favourite is a connected socket at a crowd's port for the one client that is
// spoken to; the crowd's own hears everybody else. It knows the processor that
// the client's datagrams come in at, and the thread goes there: to wake a
// thread on another processor that sleeps takes longer than to answer,
// in a virtual machine several times so.
type favourite struct {
	fd     int
	client netip.AddrPort

	home  unix.CPUSet // where the thread may run otherwise; none: it is not moved
	cpu   int         // where it is tied to, -1 when it is not
	heard int
	since time.Time
	rest  int // rounds
}

// Favour implements Favourer.
func (c *kernelCrowd) Favour(client netip.AddrPort) {
	if c.one != nil {
		c.keepRest()
		c.one.close()
		c.one = nil
	}
	if client.IsValid() {
		c.one = newFavourite(c.fd, client) // nil: it goes on as in a crowd
	}
}

// newFavourite opens a socket at the port of another, for one of its clients.
func newFavourite(crowd int, client netip.AddrPort) *favourite {
	here, err := unix.Getsockname(crowd)
	if err != nil {
		return nil
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	// Two share a port when both want it, and nobody else may join them.
	reuse := func(fd, on int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, on) }
	err = reuse(crowd, 1)
	if err == nil {
		err = reuse(fd, 1)
	}
	if err == nil {
		err = unix.Bind(fd, here)
	}
	_, _ = reuse(crowd, 0), reuse(fd, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(client.Port()), Addr: client.Addr().Unmap().As4()})
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil
	}
	f := &favourite{fd: fd, client: client, cpu: -1, since: time.Now()}
	runtime.LockOSThread()
	if unix.SchedGetaffinity(0, &f.home) != nil {
		f.home.Zero()
	}
	return f
}

// close gives the thread back as it was.
func (f *favourite) close() {
	if f.untie() {
		runtime.UnlockOSThread() // else the thread ends with the goroutine
	}
	_ = unix.Close(f.fd)
}

func (f *favourite) untie() bool {
	if f.cpu >= 0 && unix.SchedSetaffinity(0, &f.home) != nil {
		return false
	}
	f.cpu = -1
	return true
}

// send sends a burst of one datagram to the favourite; what it does not take
// is for the crowd's socket.
func (f *favourite) send(b *Burst) bool {
	if b.To != f.client || (b.Segment > 0 && len(b.Data) > b.Segment) {
		return false
	}
	for {
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(f.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b.Data))), uintptr(len(b.Data)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		case 0:
		default:
			b.Err = errno
		}
		return true
	}
}

// readOne is ReadBatch while there is a favourite. It waits first: in lock
// step the answer is never there yet.
func (c *kernelCrowd) readOne(in []Letter, until time.Time) (int, error) {
	fds := [3]unix.PollFd{{Fd: int32(c.one.fd), Events: unix.POLLIN}, {Fd: int32(c.fd), Events: unix.POLLIN}, {Fd: int32(c.bell), Events: unix.POLLIN}}
	if !poll(fds[:], until) {
		return 0, nil
	}
	if fds[2].Revents != 0 {
		c.hush()
	}
	switch {
	case fds[0].Revents != 0:
		n, errno := c.recvmmsg(c.one.fd, min(len(in), crowdBatch))
		switch errno {
		case 0:
			c.one.follow(n)
			return c.letters(in, n, 0)
		case unix.EAGAIN:
			return 0, nil
		}
		in[0] = Letter{From: c.one.client, Err: errno}
		return 1, nil
	case fds[1].Revents != 0:
		return c.readReady(in)
	}
	return 0, nil
}

// keepRest keeps what has come from the favourite and was not read.
func (c *kernelCrowd) keepRest() {
	var in [crowdBatch]Letter
	for {
		n, errno := c.recvmmsg(c.one.fd, len(in))
		if errno != 0 {
			return
		}
		_, _ = c.letters(in[:], n, syscall.Errno(0))
		for _, l := range in[:n] {
			c.kept = append(c.kept, Letter{From: l.From, Data: append([]byte(nil), l.Data...)})
		}
	}
}

// follow moves the thread to where the favourite's datagrams come in, as long
// as they come fast. Where a processor has other work, the pace drops: then
// the kernel decides again.
func (f *favourite) follow(n int) {
	if f.heard += n; f.heard < followEvery {
		return
	}
	now := time.Now()
	pace := now.Sub(f.since) / time.Duration(f.heard)
	f.heard, f.since = 0, now
	switch {
	case f.rest > 0:
		f.rest--
		return
	case pace > followPace:
		f.untie()
		f.rest = followRest
		return
	}
	cpu, err := unix.GetsockoptInt(f.fd, unix.SOL_SOCKET, unix.SO_INCOMING_CPU)
	if err != nil || cpu == f.cpu || cpu < 0 || !f.home.IsSet(cpu) {
		return
	}
	var there unix.CPUSet
	there.Set(cpu)
	if unix.SchedSetaffinity(0, &there) == nil {
		f.cpu = cpu
	}
}
