package syslog

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
}

// Defaults of Server's fields.
const (
	DefaultPort  = 514
	DefaultRate  = 500
	DefaultBurst = 2000
)

const (
	queueLength   = 1024             // messages that wait for Handle
	maxSenders    = 4096             // addresses whose rate is kept
	complainEvery = 10 * time.Second // of one address
)

// Server hears messages. No field may be changed once Serve was called. It may
// serve several segments at once.
type Server struct {
	// Handle gets the messages of one segment one after the other. While it
	// works others wait, up to a bound; then they are dropped and counted.
	Handle func(Message)
	Log    *slog.Logger // nil: silent

	UDPPort uint16 // where messages come in; DefaultPort when zero
	Rate    int    // messages a second from one address, in the long run
	Burst   int    // and at once: debconf and dpkg are talkative

	counters struct{ received, dropped, panics atomic.Int64 }
}

// Counters tell what a server met since it was made.
type Counters struct {
	Received int64 // datagrams
	Dropped  int64 // of these not handled: over the rate, or Handle was too slow
	Panics   int64 // defects caught; each is in the log
}

// Counters gives a snapshot.
func (s *Server) Counters() Counters {
	c := &s.counters
	return Counters{c.received.Load(), c.dropped.Load(), c.panics.Load()}
}

// Serve hears messages until ctx is done, hands over those that wait and
// returns nil. An error means that the port could not be had or was lost.
func (s *Server) Serve(ctx context.Context, port Port) error {
	number := s.UDPPort
	if number == 0 {
		number = DefaultPort
	}
	udp, err := port.ListenUDP(number)
	if err != nil {
		return fmt.Errorf("hearing syslog on %s: %w", port.Info().Name, err)
	}
	e := newEar(s)
	e.log = e.log.With("iface", port.Info().Name)
	ctx, cancel := context.WithCancel(ctx)
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() { udp.Close(); close(closed) })
	var work sync.WaitGroup
	work.Go(e.work)
	defer func() { cancel(); <-closed; close(e.queue); work.Wait() }()

	buf := make([]byte, MaxLength)
	for {
		p, err := udp.Read(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("hearing syslog on %s: %w", port.Info().Name, err)
		case err != nil: // an interface that is down comes up again
			e.log.Warn("syslog port is deaf", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		e.hear(p, time.Now())
	}
}

// ear hears one segment.
type ear struct {
	s       *Server
	log     *slog.Logger
	senders map[netip.Addr]*sender
	forgot  time.Time // when senders was last cleared of idle ones
	queue   chan Message
}

func newEar(s *Server) *ear {
	log := s.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &ear{s: s, log: log, senders: map[netip.Addr]*sender{}, queue: make(chan Message, queueLength)}
}

// sender is one address's allowance: a bucket that refills at Rate a second.
type sender struct {
	left       float64
	filled     time.Time
	complained time.Time
}

// hear takes one datagram; it never waits.
func (e *ear) hear(p segment.Packet, now time.Time) {
	defer e.rescue()
	e.s.counters.received.Add(1)
	from := p.From.Addr().Unmap()
	if !e.allowed(from, now) {
		e.s.counters.dropped.Add(1)
		return
	}
	select {
	case e.queue <- Parse(from, p.Data):
	default:
		e.s.counters.dropped.Add(1)
	}
}

// allowed takes one message off the address's allowance.
func (e *ear) allowed(from netip.Addr, now time.Time) bool {
	rate, burst := float64(e.s.Rate), float64(e.s.Burst)
	if rate <= 0 {
		rate = DefaultRate
	}
	if burst <= 0 {
		burst = DefaultBurst
	}
	b := e.senders[from]
	if b == nil {
		if len(e.senders) >= maxSenders && now.Sub(e.forgot) >= time.Second {
			e.forgot = now
			e.forget(now, time.Duration(burst/rate*float64(time.Second)))
		}
		if len(e.senders) >= maxSenders {
			return false
		}
		b = &sender{left: burst, filled: now}
		e.senders[from] = b
	}
	b.left = min(burst, b.left+rate*now.Sub(b.filled).Seconds())
	b.filled = now
	if b.left < 1 {
		if now.Sub(b.complained) >= complainEvery {
			b.complained = now
			e.log.Warn("syslog messages dropped: too many from one address", "client", from.String())
		}
		return false
	}
	b.left--
	return true
}

// forget drops the addresses whose allowance is full again by now.
func (e *ear) forget(now time.Time, full time.Duration) {
	for a, b := range e.senders {
		if now.Sub(b.filled) >= full {
			delete(e.senders, a)
		}
	}
}

// work hands messages over until the queue is closed and empty.
func (e *ear) work() {
	for m := range e.queue {
		e.handle(m)
	}
}

func (e *ear) handle(m Message) {
	defer e.rescue()
	e.s.Handle(m)
}

// rescue, deferred, turns a panic into a log line.
func (e *ear) rescue() {
	if r := recover(); r != nil {
		e.s.counters.panics.Add(1)
		e.log.Error("syslog defect", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
