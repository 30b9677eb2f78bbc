package app

import (
	"context"
	"fmt"
	"maps"
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

// dhcpDoors are the DHCP doors of all segments: one server for all, so that it
// knows every address of its own.
type dhcpDoors struct {
	a   *App
	srv *dhcp.Server // nil with dhcp: off

	mu   sync.Mutex
	own  map[netip.Addr]bool
	ears map[string]*listener // by interface
	met  map[string]bool      // interfaces that were found to be ours alone, once
	// By interface, whom to tell once it waits for rival servers no more.
	settled map[string]func()
}

// listener hears other servers on a segment; others are those that answer Ask.
type listener struct {
	*ear.Ear
	others chan netip.Addr
}

// newDHCP is what answers DHCP, in the mode of the settings.
func (a *App) newDHCP() *dhcpDoors {
	d := &dhcpDoors{a: a, own: map[netip.Addr]bool{}, ears: map[string]*listener{}, met: map[string]bool{}, settled: map[string]func(){}}
	c := a.cfg.Load()
	if c.DHCP == "off" {
		return d
	}
	d.srv = &dhcp.Server{Book: a.book, Desk: a.desk, Report: func(e install.Event) { a.report(e) }, Log: a.log,
		Authoritative: func() bool { return a.cfg.Load().Authoritative }, HTTPPort: c.HTTPPort, Now: a.leaseNow,
		Rebuilding: a.rebuilding, Notice: a.notice}
	a.mu.Lock()
	a.dhcp = d.srv
	a.mu.Unlock()
	if c.DHCP == "proxy" {
		d.srv.Proxy, d.srv.Heard = true, a.hearsay.Note
		return d
	}
	if a.opt.Rehearsal == nil {
		d.srv.Rival = a.rival
	}
	d.srv.Before = func(ctx context.Context, info segment.Info) error {
		d.mu.Lock()
		e, met, settled := d.ears[info.Name], d.met[info.Name], d.settled[info.Name]
		d.mu.Unlock()
		defer settled()
		var err error
		if met {
			d.ask(info.Name, e) // who is back after a flap is not kept waiting
		} else {
			err = a.alone(ctx, info.Name, e)
		}
		d.mu.Lock()
		d.met[info.Name] = err == nil && ctx.Err() == nil
		d.mu.Unlock()
		return err
	}
	return d
}

// run does what belongs to no segment, until ctx ends.
func (d *dhcpDoors) run(ctx context.Context, door func(func() error)) {
	if d.srv == nil || d.srv.Proxy {
		return
	}
	door(func() error { return d.a.every(ctx, probeEvery, d.askAround) })
	if d.a.probe != nil {
		door(func() error { return d.a.probe.Run(ctx) })
	}
}

// serve opens the doors of one segment. settled is called once it does not
// wait for rival servers any more.
func (d *dhcpDoors) serve(ctx context.Context, seg segment.Segment, door func(func() error), settled func()) {
	a, name := d.a, seg.Info().Name
	if d.srv == nil {
		settled()
		return
	}
	d.mu.Lock()
	d.own[seg.Info().Addr.Addr()], d.settled[name] = true, settled
	d.mu.Unlock()
	if a.opt.Rehearsal == nil {
		e, err := ear.Open(seg)
		if err != nil {
			a.log.Warn("what other DHCP servers say cannot be heard", "iface", name, "err", err)
		} else {
			l := &listener{e, make(chan netip.Addr, 1)}
			d.mu.Lock()
			d.ears[name] = l
			d.mu.Unlock()
			door(func() error {
				defer d.deafen(name, l)
				return e.Run(ctx, func(w ear.Answer) { d.heard(name, l, w) })
			})
		}
	}
	if d.srv.Proxy {
		settled()
	}
	door(func() error { return d.srv.Serve(ctx, seg) })
	if a.probe != nil {
		door(func() error {
			if err := a.probe.Serve(ctx, seg); err != nil {
				a.log.Warn("addresses cannot be probed before they are given", "iface", name, "err", err)
			}
			return nil
		})
	}
}

func (d *dhcpDoors) deafen(name string, l *listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ears[name] == l {
		delete(d.ears, name)
	}
}

// heard takes what another server was heard to say.
func (d *dhcpDoors) heard(iface string, e *listener, w ear.Answer) {
	d.mu.Lock()
	own := d.own[w.Server]
	d.mu.Unlock()
	switch {
	case own:
	case d.srv.Proxy:
		d.a.hearsay.Hear(w, now())
	case w.Kind != packet.Nak && w.Address.IsValid(): // else a proxy, which gives no addresses
		select {
		case e.others <- w.Server:
		default:
		}
		d.a.rival(iface, w.Server)
	}
}

// alone finds out, before the first answer, whether another DHCP server gives
// addresses on the segment. It is a fault unless that was meant.
func (a *App) alone(ctx context.Context, iface string, e *listener) error {
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
		case s := <-e.others:
			return fault.New(fault.Conflict, "stop it; or set dhcp: proxy, which leaves the addresses to it; or, if it is meant to be there, seedbed serve --force",
				"another DHCP server answers on %s: %s", iface, s)
		case <-end:
			return nil
		case <-again.C:
		}
	}
}

func (d *dhcpDoors) askAround() {
	d.mu.Lock()
	ears := maps.Clone(d.ears)
	d.mu.Unlock()
	for name, e := range ears {
		d.ask(name, e)
	}
}

func (d *dhcpDoors) ask(iface string, e *listener) {
	if e == nil {
		return
	}
	if err := e.Ask(); err != nil {
		d.a.log.Warn("other DHCP servers cannot be looked for", "iface", iface, "err", err)
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
