package app

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/fault"
	"seedbed/internal/wire/dhcp"
	"seedbed/internal/wire/dhcp/ear"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

const (
	probeTime  = 3 * time.Second // how long another server may take to answer at the start: some ping an address for 2 s first
	probeEvery = 10 * time.Minute
	rivalQuiet = 9 * time.Minute // between two warnings of one server
)

// serveDHCP opens the DHCP doors of all segments, as the mode has it: one
// server for all, so that it knows every address of its own. settled is done
// when no segment waits for rival servers any more.
func (a *App) serveDHCP(ctx context.Context, segs []segment.Segment, door func(func() error)) (settled *sync.WaitGroup) {
	settled = new(sync.WaitGroup)
	c := a.cfg.Load()
	if c.DHCP == "off" {
		return settled
	}
	srv := &dhcp.Server{Book: a.book, Desk: a.desk, Report: func(e install.Event) { a.report(e) }, Log: a.log,
		Authoritative: func() bool { return a.cfg.Load().Authoritative }, HTTPPort: c.HTTPPort, Now: a.leaseNow,
		Rebuilding: a.rebuilding, Notice: a.notice}
	if c.DHCP == "proxy" {
		srv.Proxy, srv.Heard = true, a.hearsay.Note
	} else if a.opt.Rehearsal == nil {
		srv.Rival = a.rival
	}
	own := map[netip.Addr]bool{}
	for _, seg := range segs {
		own[seg.Info().Addr.Addr()] = true
	}
	found := map[string]chan netip.Addr{}
	ears := map[string]*ear.Ear{}
	for _, seg := range segs {
		name := seg.Info().Name
		found[name] = make(chan netip.Addr, 1)
		if a.opt.Rehearsal != nil {
			continue
		}
		e, err := ear.Open(seg)
		if err != nil {
			a.log.Warn("what other DHCP servers say cannot be heard", "iface", name, "err", err)
			continue
		}
		ears[name] = e
		door(func() error {
			return e.Run(ctx, func(w ear.Answer) { a.heardAnswer(name, w, own, srv.Proxy, found[name]) })
		})
	}
	if !srv.Proxy {
		settled.Add(len(segs))
		srv.Before = func(ctx context.Context, info segment.Info) error {
			defer settled.Done()
			return a.alone(ctx, info.Name, ears[info.Name], found[info.Name])
		}
	}
	for _, seg := range segs {
		door(func() error { return srv.Serve(ctx, seg) })
		if a.probe != nil {
			door(func() error {
				if err := a.probe.Serve(ctx, seg); err != nil {
					a.log.Warn("addresses cannot be probed before they are given", "iface", seg.Info().Name, "err", err)
				}
				return nil
			})
		}
	}
	if a.probe != nil {
		door(func() error { return a.probe.Run(ctx) })
	}
	if !srv.Proxy {
		door(func() error { return a.every(ctx, probeEvery, func() { a.askAround(ears) }) })
	}
	return settled
}

// heardAnswer takes what another server was heard to say.
func (a *App) heardAnswer(iface string, w ear.Answer, own map[netip.Addr]bool, proxy bool, found chan<- netip.Addr) {
	switch {
	case own[w.Server]:
	case proxy:
		a.hearsay.Hear(w, now())
	case w.Kind != packet.Nak && w.Address.IsValid(): // else a proxy, which gives no addresses
		select {
		case found <- w.Server:
		default:
		}
		a.rival(iface, w.Server)
	}
}

// alone finds out, before the first answer, whether another DHCP server gives
// addresses on the segment. It is a fault unless that was meant.
func (a *App) alone(ctx context.Context, iface string, e *ear.Ear, found <-chan netip.Addr) error {
	if e == nil {
		return nil
	}
	if a.opt.Force {
		return e.Ask() // an answer is warned of all the same
	}
	end := time.After(probeTime)
	again := time.NewTicker(probeTime * 2 / 5) // a question may be lost
	defer again.Stop()
	for {
		if err := e.Ask(); err != nil {
			a.log.Warn("other DHCP servers cannot be looked for", "iface", iface, "err", err)
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case s := <-found:
			return fault.New(fault.Conflict, "stop it; or set dhcp: proxy, which leaves the addresses to it; or, if it is meant to be there, seedbed serve --force",
				"another DHCP server answers on %s: %s", iface, s)
		case <-end:
			return nil
		case <-again.C:
		}
	}
}

func (a *App) askAround(ears map[string]*ear.Ear) {
	for name, e := range ears {
		if err := e.Ask(); err != nil {
			a.log.Warn("other DHCP servers cannot be looked for", "iface", name, "err", err)
		}
	}
}

// rivals are the other DHCP servers heard, and until when each is not spoken
// of again.
type rivals struct {
	mu    sync.Mutex
	quiet map[string]time.Time
}

// rival says loudly that another DHCP server is at work on a segment.
func (a *App) rival(iface string, server netip.Addr) {
	at, key := now(), iface+" "+server.String()
	a.rivals.mu.Lock()
	quiet := at.Before(a.rivals.quiet[key])
	if a.rivals.quiet == nil || len(a.rivals.quiet) > 1000 {
		a.rivals.quiet = map[string]time.Time{}
	}
	if !quiet {
		a.rivals.quiet[key] = at.Add(rivalQuiet)
	}
	a.rivals.mu.Unlock()
	if quiet {
		return
	}
	text := fmt.Sprintf("another DHCP server is at work on %s: %s; machines may get addresses from either", iface, server)
	a.log.Error(text, "iface", iface, "hint", "stop one of the two, or set dhcp: proxy here")
	a.notice(text)
}
