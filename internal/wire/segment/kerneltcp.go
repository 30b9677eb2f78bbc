package segment

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// ListenTCP accepts connections to the interface's address that arrive on the
// interface, or from this computer itself. A port that is taken is a Conflict
// fault naming the holder.
func (k *Kernel) ListenTCP(port uint16) (net.Listener, error) {
	addr := netip.AddrPortFrom(k.info.Addr.Addr(), port)
	wire, err := listenOn(k.info.Name, addr)
	if err != nil {
		return nil, k.listening(err, "tcp", addr)
	}
	if k.info.Name == loopback {
		return wire, nil
	}
	// The port that was given, should any have been asked for with 0.
	if bound, ok := wire.Addr().(*net.TCPAddr); ok {
		addr = bound.AddrPort()
	}
	local, err := listenOn(loopback, addr)
	if err != nil {
		// Only tools on this computer miss it.
		return wire, nil
	}
	return merge(wire, local), nil
}

func listenOn(device string, addr netip.AddrPort) (net.Listener, error) {
	config := net.ListenConfig{Control: onDevice(device)}
	return config.Listen(context.Background(), "tcp4", addr.String())
}

// merged is several listeners that act as one.
type merged struct {
	net.Listener // the first: its address stands for all
	others       []net.Listener
	accepted     chan accepted
	done         chan struct{}
	once         sync.Once
	running      sync.WaitGroup
}

type accepted struct {
	conn net.Conn
	err  error
}

func merge(first net.Listener, others ...net.Listener) net.Listener {
	m := &merged{Listener: first, others: others, accepted: make(chan accepted), done: make(chan struct{})}
	for _, l := range append(others, first) {
		m.running.Go(func() { m.pass(l) })
	}
	return m
}

// pass hands on what l accepts. An error is handed on as well, and l asked
// again: whether to go on after it is the server's to say, by Close.
func (m *merged) pass(l net.Listener) {
	for {
		conn, err := l.Accept()
		select {
		case m.accepted <- accepted{conn, err}:
		case <-m.done:
			if conn != nil {
				conn.Close()
			}
			return
		}
	}
}

func (m *merged) Accept() (net.Conn, error) {
	select {
	case <-m.done:
		return nil, net.ErrClosed
	default:
	}
	select {
	case a := <-m.accepted:
		return a.conn, a.err
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close closes all listeners and waits until none is asked any more.
func (m *merged) Close() error {
	err := net.ErrClosed
	m.once.Do(func() {
		close(m.done)
		err = m.Listener.Close()
		for _, l := range m.others {
			l.Close()
		}
		m.running.Wait()
	})
	return err
}
