package httpboot

import (
	"container/list"
	"context"
	"net"
	"net/netip"
	"sync"
)

// Defaults of Server's limits.
const (
	DefaultMaxConns   = 4096
	DefaultMaxPerAddr = 1024
)

// guests are the connections that are open. Beyond a limit, the one that has
// waited longest without a whole request is closed for the new one: that is
// how a slowloris looks, and a machine that waits asks anew.
type guests struct {
	net.Listener
	most, mostPerAddr int

	mu      sync.Mutex
	open    int
	perAddr map[netip.Addr]*household
	waiting *list.List // of *guest: those with no request under way, the longest first
}

// household is what one address has.
type household struct {
	open    int
	waiting *list.List
}

// guest is a connection. It has all methods of a *net.TCPConn where it is one:
// net/http looks for ReadFrom, which is how sendfile is reached.
type guest struct {
	*net.TCPConn
	all  *guests
	addr netip.Addr
	once sync.Once

	// Under guests.mu. The elements are nil while a request is under way.
	inAll, inHouse *list.Element
	gone           bool
}

func newGuests(l net.Listener, most, perAddr int) *guests {
	return &guests{Listener: l, most: most, mostPerAddr: perAddr, perAddr: map[netip.Addr]*household{}, waiting: list.New()}
}

// Accept implements net.Listener.
func (g *guests) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := c.(*net.TCPConn)
		if !ok {
			return c, nil // a stack in memory: its stations are ours
		}
		if v := g.admit(tcp); v != nil {
			return v, nil
		}
		_ = tcp.SetLinger(0)
		tcp.Close()
	}
}

// admit gives nil when all places are taken by requests under way.
func (g *guests) admit(c *net.TCPConn) *guest {
	v := &guest{TCPConn: c, all: g}
	if ap, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		v.addr = ap.AddrPort().Addr().Unmap()
	}
	g.mu.Lock()
	h := g.perAddr[v.addr]
	if h == nil {
		h = &household{waiting: list.New()}
		g.perAddr[v.addr] = h
	}
	var leaves *guest
	switch {
	case h.open >= g.mostPerAddr:
		leaves = longest(h.waiting)
	case g.open >= g.most:
		leaves = longest(g.waiting)
	default:
		leaves = v
	}
	if leaves != nil {
		g.open++
		h.open++
		v.wait(h)
		if leaves != v {
			leaves.rise()
		}
	} else if h.open == 0 {
		delete(g.perAddr, v.addr)
	}
	g.mu.Unlock()
	switch leaves {
	case nil:
		return nil
	case v:
	default:
		_ = leaves.SetLinger(0)
		leaves.Close()
	}
	return v
}

func longest(l *list.List) *guest {
	if e := l.Front(); e != nil {
		return e.Value.(*guest)
	}
	return nil
}

// wait and rise are called under guests.mu.
func (v *guest) wait(h *household) {
	v.inAll, v.inHouse = v.all.waiting.PushBack(v), h.waiting.PushBack(v)
}

func (v *guest) rise() {
	if v.inAll == nil {
		return
	}
	v.all.waiting.Remove(v.inAll)
	v.all.perAddr[v.addr].waiting.Remove(v.inHouse)
	v.inAll, v.inHouse = nil, nil
}

// serve notes that a request is under way until what it returns is called.
func (v *guest) serve() (over func()) {
	g := v.all
	g.mu.Lock()
	v.rise()
	g.mu.Unlock()
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if h := g.perAddr[v.addr]; h != nil && v.inAll == nil && !v.gone {
			v.wait(h)
		}
	}
}

// Close implements net.Conn.
func (v *guest) Close() error {
	v.once.Do(func() {
		g := v.all
		g.mu.Lock()
		defer g.mu.Unlock()
		v.rise()
		v.gone = true
		g.open--
		h := g.perAddr[v.addr]
		if h.open--; h.open == 0 {
			delete(g.perAddr, v.addr)
		}
	})
	return v.TCPConn.Close()
}

type guestKey struct{}

// know lets a request find its connection.
func know(ctx context.Context, c net.Conn) context.Context {
	if v, ok := c.(*guest); ok {
		return context.WithValue(ctx, guestKey{}, v)
	}
	return ctx
}
