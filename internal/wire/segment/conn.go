package segment

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"

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
}

func (c *tcpConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, alike(err, c.closed.Load())
}

func (c *tcpConn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	return n, alike(err, c.closed.Load())
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
