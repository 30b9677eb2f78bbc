package segment

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"

	"seedbed/internal/pulse"
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
	pulse  *pulse.Pulse
	lost   atomic.Int64 // the pulse's, in ns, when the write deadline was set
}

func (c *tcpConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, alike(err, c.closed.Load())
}

// Write goes on where the program stood still before its deadline. Clients of
// this stack run in the same program, or in a child that is stopped with it:
// the other end had no time either.
func (c *tcpConn) Write(b []byte) (sent int, err error) {
	for {
		n, err := c.TCPConn.Write(b[sent:])
		sent += n
		if err = alike(err, c.closed.Load()); !errors.Is(err, os.ErrDeadlineExceeded) || !c.again() {
			return sent, err
		}
	}
}

// expect notes what was lost when a write deadline is set. One that has passed
// already is meant to end a write, and is not moved.
func (c *tcpConn) expect(until time.Time) {
	if !until.After(time.Now()) {
		c.lost.Store(math.MaxInt64)
		return
	}
	c.lost.Store(int64(c.pulse.Lost()))
}

// again gives a write the time that was lost since its deadline was set, and
// says whether there was any.
func (c *tcpConn) again() bool {
	lost := c.pulse.Lost() - time.Duration(c.lost.Load())
	return lost > 0 && c.SetWriteDeadline(time.Now().Add(lost)) == nil
}

func (c *tcpConn) SetWriteDeadline(t time.Time) error {
	c.expect(t)
	return c.TCPConn.SetWriteDeadline(t)
}

func (c *tcpConn) SetDeadline(t time.Time) error {
	c.expect(t)
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
	pulse  *pulse.Pulse
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.TCPListener.Accept()
	if err != nil {
		return nil, alike(err, l.closed.Load())
	}
	return &tcpConn{TCPConn: c.(*gonet.TCPConn), pulse: l.pulse}, nil
}

func (l *listener) Close() error {
	if l.closed.Swap(true) {
		return net.ErrClosed
	}
	l.TCPListener.Shutdown() // wakes Accept
	return l.TCPListener.Close()
}
