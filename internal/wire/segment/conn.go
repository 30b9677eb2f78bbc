package segment

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
)

// The types here make the stack's connections fail as the kernel's do, with
// net.ErrClosed and os.ErrDeadlineExceeded, since the same servers run on both.

// alike gives err the kernel's name for it.
func alike(err error, closed bool) error {
	var timeout net.Error
	switch {
	case err == nil:
		return nil
	case closed:
		return net.ErrClosed
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w (%w)", os.ErrDeadlineExceeded, err)
	}
	return err
}

type tcpConn struct {
	*gonet.TCPConn
	closed atomic.Bool
	allow  atomic.Pointer[allowance]
}

// allowance is a write deadline as it was set.
type allowance struct {
	until time.Time
	took  time.Duration // from when it was set
}

// stood is how late a deadline must come for the program to have stood still
// (stopped by a signal, frozen with its container). Clients of this stack run
// in the same program, or in a child that is stopped with it.
const stood = 2 * time.Second

func (c *tcpConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, alike(err, c.closed.Load())
}

// Write goes on where a deadline came late: the other end had no time either.
func (c *tcpConn) Write(b []byte) (sent int, err error) {
	for {
		n, err := c.TCPConn.Write(b[sent:])
		sent += n
		if err = alike(err, c.closed.Load()); !errors.Is(err, os.ErrDeadlineExceeded) || !c.again() {
			return sent, err
		}
	}
}

// again sets a deadline anew that has come late, and says whether it did.
func (c *tcpConn) again() bool {
	a := c.allow.Load()
	if a == nil || a.took <= 0 || time.Since(a.until) < stood {
		return false
	}
	return c.SetWriteDeadline(time.Now().Add(a.took)) == nil
}

func (c *tcpConn) SetWriteDeadline(t time.Time) error {
	c.allow.Store(&allowance{t, time.Until(t)})
	return c.TCPConn.SetWriteDeadline(t)
}

func (c *tcpConn) SetDeadline(t time.Time) error {
	c.allow.Store(&allowance{t, time.Until(t)})
	return c.TCPConn.SetDeadline(t)
}

func (c *tcpConn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	return c.TCPConn.Close()
}

type udpConn struct {
	*gonet.UDPConn
	closed atomic.Bool
}

func (c *udpConn) Read(b []byte) (int, error) {
	n, err := c.UDPConn.Read(b)
	return n, alike(err, c.closed.Load())
}

func (c *udpConn) Write(b []byte) (int, error) {
	n, err := c.UDPConn.Write(b)
	return n, alike(err, c.closed.Load())
}

func (c *udpConn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	return c.UDPConn.Close()
}

type listener struct {
	*gonet.TCPListener
	closed atomic.Bool
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.TCPListener.Accept()
	if err != nil {
		return nil, alike(err, l.closed.Load())
	}
	return &tcpConn{TCPConn: c.(*gonet.TCPConn)}, nil
}

func (l *listener) Close() error {
	if l.closed.Swap(true) {
		return net.ErrClosed
	}
	l.TCPListener.Shutdown() // wakes Accept
	return l.TCPListener.Close()
}
