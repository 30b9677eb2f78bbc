package probe

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/segment"
)

// Book is who wants to know.
type Book interface {
	Subnets() []*lease.Subnet
	Suspects(subnet netip.Prefix, at time.Time, limit int) []netip.Addr
	Clear([]netip.Addr, time.Time)
	Conflict(netip.Addr, machine.MAC, time.Time) lease.Verdict
}

const (
	patience = 200 * time.Millisecond // for an answer
	perRound = 512                    // addresses of a subnet on the wire
	beyond   = 16                     // and of one beyond a router, which has to ask for each of them
	burst    = 64                     // questions sent without a pause
	pause    = 5 * time.Millisecond
	rest     = 30 * time.Second // without anybody asking: when a look is due
	crowd    = 8                // answers of one MAC to a round that make it a suspect of proxy ARP
)

// Prober looks at addresses on all segments that Serve was called for.
type Prober struct {
	Book   Book
	Wanted <-chan struct{} // gives a token when the book wants a look
	Now    func() time.Time
	Log    *slog.Logger
	// Found is told of each address that rests now (State Declined), or that
	// two machines use (State Active); mac is who answered, zero by ping.
	Found func(l lease.Lease, mac machine.MAC)

	mu    sync.Mutex
	ears  []*ear
	awake chan struct{}

	asked, found atomic.Uint64
}

// ear is the probe of one segment.
type ear struct {
	info  segment.Info
	probe segment.Probe
	heard chan segment.Presence
	proxy bool // somebody answers for everybody: ARP tells nothing
}

// Counts are how many addresses were looked at, and how many were in use.
func (p *Prober) Counts() (asked, found uint64) { return p.asked.Load(), p.found.Load() }

// Serve looks on a segment too, until ctx ends, then gives nil.
func (p *Prober) Serve(ctx context.Context, seg segment.Segment) error {
	s, ok := seg.(segment.Probing)
	if !ok {
		return nil
	}
	pr, err := s.OpenProbe()
	if err != nil {
		return fmt.Errorf("probing addresses: %w", err)
	}
	e := &ear{info: seg.Info(), probe: pr, heard: make(chan segment.Presence, 4*perRound)}
	defer context.AfterFunc(ctx, func() { pr.Close() })()
	p.mu.Lock()
	p.ears = append(p.ears, e)
	p.mu.Unlock()
	p.wake()
	defer p.forget(e)
	for {
		who, err := pr.Read()
		if err != nil {
			pr.Close()
			return nil
		}
		select {
		case e.heard <- who:
		default: // nobody asks at this moment; what was heard long ago goes
			select {
			case <-e.heard:
			default:
			}
		}
	}
}

func (p *Prober) forget(e *ear) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, x := range p.ears {
		if x == e {
			p.ears = append(p.ears[:i:i], p.ears[i+1:]...)
			return
		}
	}
}

func (p *Prober) wake() {
	select {
	case p.bell() <- struct{}{}:
	default:
	}
}

func (p *Prober) bell() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.awake == nil {
		p.awake = make(chan struct{}, 1)
	}
	return p.awake
}

// Run looks at what the book wants looked at until ctx ends, then gives nil.
func (p *Prober) Run(ctx context.Context) error {
	bell := p.bell()
	tick := time.NewTicker(rest)
	defer tick.Stop()
	for ctx.Err() == nil {
		if p.round(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-bell:
		case <-p.Wanted:
			sleep(ctx, pause) // in a storm, once in a while is often enough
		}
	}
	return nil
}

// round asks for as many addresses as a round may have, waits, and tells the
// book. False when there was nothing to ask.
func (p *Prober) round(ctx context.Context) bool {
	p.mu.Lock()
	ears := p.ears
	p.mu.Unlock()
	if len(ears) == 0 {
		return false
	}
	for _, e := range ears {
		e.drain()
	}
	asked := map[netip.Addr]bool{}
	sent := 0
	for _, s := range p.Book.Subnets() {
		on, limit := near(ears, s.Network), perRound
		if on == nil {
			limit = beyond
		}
		for _, a := range p.Book.Suspects(s.Network, p.Now(), limit) {
			asked[a] = false
			p.ask(ears, on, a)
			if sent++; sent%burst == 0 {
				sleep(ctx, pause)
			}
		}
	}
	if len(asked) == 0 {
		return false
	}
	p.asked.Add(uint64(len(asked)))
	sleep(ctx, patience)
	if ctx.Err() == nil {
		p.conclude(ears, asked)
	}
	return true
}

// near are the segments whose wire the subnet is on, nil beyond a router.
func near(ears []*ear, subnet netip.Prefix) (on []*ear) {
	for _, e := range ears {
		if subnet.Contains(e.info.Addr.Addr()) {
			on = append(on, e)
		}
	}
	return on
}

// ask sends one question. That it could not be sent is no answer, and no more.
func (p *Prober) ask(ears, on []*ear, a netip.Addr) {
	for _, e := range on {
		if err := e.probe.ARP(a); err != nil {
			p.Log.Debug("an address could not be probed", "iface", e.info.Name, "address", a, "err", err)
		}
	}
	if on != nil {
		return
	}
	for _, e := range ears {
		if err := e.probe.Ping(a); err != nil {
			p.Log.Debug("an address could not be probed", "iface", e.info.Name, "address", a, "err", err)
		}
	}
}

// conclude reads the answers to a round. asked is used up.
func (p *Prober) conclude(ears []*ear, asked map[netip.Addr]bool) {
	at := p.Now()
	for _, e := range ears {
		found, by := map[netip.Addr]machine.MAC{}, map[machine.MAC]int{}
		for _, who := range e.drain() {
			if _, ok := asked[who.Addr]; !ok {
				continue
			}
			var mac machine.MAC
			copy(mac[:], who.MAC)
			if found[who.Addr] != mac || mac.IsZero() {
				found[who.Addr] = mac
				by[mac]++
			}
		}
		for addr, mac := range found {
			if p.answersForAll(e, mac, by[mac], len(asked)) {
				continue
			}
			asked[addr] = true
			if v := p.Book.Conflict(addr, mac, at); v.Lease.State != "" {
				p.found.Add(1)
				p.Found(v.Lease, mac)
			}
		}
	}
	free := make([]netip.Addr, 0, len(asked))
	for a, taken := range asked {
		if !taken {
			free = append(free, a)
		}
	}
	p.Book.Clear(free, at)
}

// answersForAll says whether a MAC answers for most of what was asked: a
// router with proxy ARP, whose answers tell nothing.
func (p *Prober) answersForAll(e *ear, mac machine.MAC, n, asked int) bool {
	if mac.IsZero() || n < crowd || 2*n < asked {
		return false
	}
	if !e.proxy {
		e.proxy = true
		p.Log.Warn("one station answers ARP for most free addresses (proxy ARP): its answers are not taken for conflicts",
			"iface", e.info.Name, "mac", mac, "hint", "switch proxy ARP off there for this subnet")
	}
	return true
}

// drain gives what was heard so far.
func (e *ear) drain() (all []segment.Presence) {
	for {
		select {
		case who := <-e.heard:
			all = append(all, who)
		default:
			return all
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
