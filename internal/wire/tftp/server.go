package tftp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/wire/segment"
)

// Port is what the server needs of a segment.
type Port interface {
	Info() segment.Info
	ListenUDP(port uint16) (segment.UDP, error)
	// DialUDP gives a conversation from a fresh port of local. When what it
	// returns also reads like an unconnected *net.UDPConn or net.PacketConn,
	// foreign ports are told so (ERROR 5).
	DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error)
}

// Defaults of Server's fields.
const (
	DefaultPort       = 69
	DefaultMaxOpen    = 4096
	DefaultMaxPerAddr = 64
	DefaultMaxWindow  = 64
	DefaultRate       = 500 // requests a second of one address
)

// Server serves Files. The zero value of every other field is good; none may
// be changed once Serve was called. It may serve several segments at once.
type Server struct {
	Files  Files
	Log    *slog.Logger   // nil: silent
	Report func(Transfer) // nil: nobody cares; called from many goroutines

	// MAC finds the hardware address of a client, for the record; nil when it
	// is not known. A nil MAC knows none.
	MAC func(client netip.Addr) net.HardwareAddr

	UDPPort    uint16 // where requests come in
	MaxOpen    int    // transfers at a time on one segment; requests beyond are dropped
	MaxPerAddr int    // the same from one address
	MaxWindow  int    // largest windowsize granted (RFC 7440)
	Rate       int    // requests a second of one address, after twice as many at once

	counters struct{ requests, dropped, malformed, panics, open atomic.Int64 }
}

// Counters tell what a server met since it was made.
type Counters struct {
	Requests  int64 // taken up, file or no file
	Dropped   int64 // not answered: over a limit, a duplicate, or not for us
	Malformed int64 // answered with ERROR 4
	Panics    int64 // defects caught; each is in the log
	Open      int64 // transfers now
}

// Counters gives a snapshot.
func (s *Server) Counters() Counters {
	c := &s.counters
	return Counters{c.requests.Load(), c.dropped.Load(), c.malformed.Load(), c.panics.Load(), c.open.Load()}
}

// Serve answers requests on port until ctx is done; then it ends what is open
// and returns nil. An error means that the port could not be had or was lost.
func (s *Server) Serve(ctx context.Context, port Port) error {
	udp, err := port.ListenUDP(or(s.UDPPort, DefaultPort))
	if err != nil {
		return fmt.Errorf("serving TFTP on %s: %w", port.Info().Name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	d := &desk{s: s, port: port, log: s.Log, open: map[netip.AddrPort]*seat{}, perAddr: map[netip.Addr]*asker{}}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.log = d.log.With("iface", port.Info().Name)
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() { udp.Close(); close(closed) })
	defer func() { cancel(); <-closed; d.busy.Wait() }()

	buf := make([]byte, maxRequest)
	for {
		p, err := udp.Read(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("serving TFTP on %s: %w", port.Info().Name, err)
		case err != nil: // an interface that is down comes up again
			d.log.Warn("tftp port is deaf", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		d.receive(ctx, p)
	}
}

// desk takes the requests of one segment and keeps count of who is served.
type desk struct {
	s    *Server
	port Port
	log  *slog.Logger
	busy sync.WaitGroup

	mu      sync.Mutex
	open    map[netip.AddrPort]*seat // the latest transfer of each client port
	total   int
	perAddr map[netip.Addr]*asker

	pier     *pier // where newcomers go, if any is open
	pierAddr netip.Addr
}

// seat is one transfer's place.
type seat struct {
	client netip.AddrPort
	raw    string // the request's bytes, to know it again
	proven atomic.Bool
}

// receive takes one datagram and returns at once: whatever may wait, the
// opening of a file above all, happens in a goroutine of its own.
func (d *desk) receive(ctx context.Context, p segment.Packet) {
	defer d.rescue(nil)
	r, err := parseRequest(p.Data)
	if errors.Is(err, errNotRequest) || !d.answerable(p) {
		d.s.counters.dropped.Add(1)
		return
	}
	from := netip.AddrPortFrom(p.From.Addr().Unmap(), p.From.Port())
	place := &seat{client: from, raw: string(p.Data)}
	if !d.take(place) {
		d.s.counters.dropped.Add(1)
		return
	}
	c := &call{
		desk: d, seat: place, request: r, malformed: err != nil,
		Request: Request{Client: from, Local: p.To.Addr().Unmap(), Mode: r.mode, MAC: append(net.HardwareAddr(nil), p.HW...)},
	}
	d.busy.Go(func() { c.answer(ctx) })
}

// answerable says whether a request may be answered: it came from a proper
// unicast address, and to one of ours (RFC 1123 section 4.2.3.4: a request to
// a broadcast address is ignored).
func (d *desk) answerable(p segment.Packet) bool {
	from, to := p.From.Addr().Unmap(), p.To.Addr().Unmap()
	return p.From.Port() != 0 && d.unicast(from) && d.unicast(to)
}

func (d *desk) unicast(a netip.Addr) bool {
	if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return false
	}
	here := d.port.Info().Addr
	if !a.Is4() || !here.IsValid() || here.Bits() > 30 || !here.Contains(a) {
		return true
	}
	// The subnet's own broadcast address: all host bits set.
	b := a.As4()
	for i := here.Bits(); i < 32; i++ {
		if b[i/8]&(0x80>>(i%8)) == 0 {
			return true
		}
	}
	return false
}

// take gives a request a seat, unless a limit forbids it or it repeats one
// whose first answer is still on its way: that one's timer resends, and a
// second transfer would only send everything twice.
func (d *desk) take(p *seat) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	addr := p.client.Addr()
	if old := d.open[p.client]; old != nil && old.raw == p.raw && !old.proven.Load() {
		return false
	}
	if d.total >= or(d.s.MaxOpen, DefaultMaxOpen) {
		return false
	}
	who := d.asker(addr, time.Now())
	if who == nil || who.open >= or(d.s.MaxPerAddr, DefaultMaxPerAddr) || who.tokens < 1 {
		return false
	}
	who.tokens--
	who.open++
	d.open[p.client] = p
	d.total++
	d.s.counters.requests.Add(1)
	d.s.counters.open.Add(1)
	return true
}

// asker is what one address has asked for lately.
type asker struct {
	open   int
	tokens float64 // requests it may make now
	at     time.Time
}

// maxAskers bounds the memory that forged addresses take.
const maxAskers = 1 << 16

// asker brings an address's account up to date; nil when there is no room for
// another. The caller holds mu.
func (d *desk) asker(addr netip.Addr, now time.Time) *asker {
	rate := float64(or(d.s.Rate, DefaultRate))
	a := d.perAddr[addr]
	if a == nil {
		if len(d.perAddr) >= maxAskers && !d.forget(now, rate) {
			return nil
		}
		a = &asker{tokens: 2 * rate, at: now}
		d.perAddr[addr] = a
	}
	a.tokens = min(2*rate, a.tokens+rate*now.Sub(a.at).Seconds())
	a.at = now
	return a
}

// forget drops the accounts that are as good as new, and says whether there
// were any.
func (d *desk) forget(now time.Time, rate float64) bool {
	before := len(d.perAddr)
	for addr, a := range d.perAddr {
		if a.open == 0 && a.tokens+rate*now.Sub(a.at).Seconds() >= 2*rate {
			delete(d.perAddr, addr)
		}
	}
	return len(d.perAddr) < before
}

func (d *desk) leave(p *seat) {
	d.mu.Lock()
	defer d.mu.Unlock()
	addr := p.client.Addr()
	if d.open[p.client] == p {
		delete(d.open, p.client)
	}
	d.total--
	d.perAddr[addr].open--
	d.s.counters.open.Add(-1)
}

// rescue, deferred, turns a panic into a log line and, if wanted, an error.
func (d *desk) rescue(err *error) {
	r := recover()
	if r == nil {
		return
	}
	d.s.counters.panics.Add(1)
	d.log.Error("tftp defect", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
	if err != nil {
		*err = fmt.Errorf("defect: %v", r)
	}
}

// or is v, or the default when v is zero.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
