package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/pulse"
	"seedbed/internal/wire/syslog"
)

// report is the one way of every event: to its attempt, to the log, to the
// store, to who watches. The error is that of the attempt: an end that is not
// on disk must be told again.
func (a *App) report(e install.Event) error {
	if e.At = e.At.Round(0); e.At.IsZero() {
		e.At = now()
	}
	if e.Machine == "" {
		return nil // a person's browser, or a client without a lease
	}
	att, changed, err := a.ledger.Observe(e)
	if e.Partial {
		return err
	}
	if changed && att.State == install.Booting {
		a.mu.Lock()
		delete(a.readers, e.Machine) // what was on the screen is gone
		a.mu.Unlock()
	}
	if e.Attempt == 0 && !att.State.Over() {
		e.Attempt = att.ID
	}
	attrs := []any{"machine", e.Machine, "step", e.Step}
	if e.Bytes > 0 {
		attrs = append(attrs, "bytes", e.Bytes)
	}
	if att.ID != 0 && changed {
		attrs = append(attrs, "state", att.State)
	}
	level := slog.LevelInfo
	if e.Step == install.Fetched && e.Bytes < 1<<20 || e.Step == install.Reported && !changed && !e.Failed {
		level = slog.LevelDebug // hundreds of packages and log lines an install
	}
	a.log.Log(context.Background(), level, e.Text, attrs...)
	if err != nil {
		a.log.Error("an attempt could not be stored", "machine", e.Machine, "err", err)
	}
	a.enter(e)
	return err
}

// enter puts an event into the record, and tells who watches.
func (a *App) enter(e install.Event) {
	if err := a.store.AppendEvents([]install.Event{e}); err != nil {
		a.unstored(err)
	}
	if a.opt.OnEvent != nil {
		a.opt.OnEvent(e)
	}
}

// unstored says that the record of events has a gap in the making, once a
// minute: the disk's state is worth a line, not each event.
func (a *App) unstored(err error) {
	at := now()
	a.mu.Lock()
	quiet := at.Before(a.quiet)
	if !quiet {
		a.quiet = at.Add(time.Minute)
	}
	a.mu.Unlock()
	if !quiet {
		a.log.Error("events could not be stored; they are held back until the disk takes them", "err", err)
	}
}

// keep stores the exact bytes that an attempt was served.
func (a *App) keep(attempt int64, name string, text []byte) {
	if a.opt.OnKeep != nil {
		a.opt.OnKeep(name, text)
	}
	if err := a.store.SaveDocument(attempt, name, text); err != nil {
		a.log.Error("what was served could not be kept", "err", err)
	}
}

// hear takes one line of an installer's log.
func (a *App) hear(m syslog.Message) {
	box, ok := a.desk.MachineAt(m.From)
	if !ok {
		return
	}
	if a.opt.OnLog != nil {
		a.opt.OnLog(box.Name, m.Tag+": "+m.Text)
	}
	a.keepLog(box.Name, m.Tag, m.Text)
	a.mu.Lock()
	r := a.readers[box.Name]
	if r == nil {
		r = &install.LogReader{}
		if att, ok := a.ledger.Current(box.Name); ok {
			r.Resume(att.Question)
		}
		a.readers[box.Name] = r
	}
	rep, interesting := r.Read(m.Tag, m.Text)
	at := now()
	alive := interesting || at.Sub(a.heard[box.Name]) > 30*time.Second
	if alive {
		a.heard[box.Name] = at
	}
	a.mu.Unlock()
	if rep.Asked {
		rep.Text += a.explain(box, rep.Question)
	}
	switch {
	case interesting:
		a.report(rep.Event(box.Name, 0, at))
		if att, ok := a.ledger.Current(box.Name); ok && rep.Finished && att.State == install.Installing {
			// A user's own answer file may hold no callback: the log says it too.
			a.report(install.Event{At: at, Machine: box.Name, Step: install.Installed, Text: "the installer's log says that it has finished"})
		}
	case alive: // the line says nothing, but that it came does: the installer lives
		a.ledger.Observe(install.Event{At: at, Machine: box.Name, Step: install.Reported, Text: "its log goes on"})
	}
}

// Sweep looks for attempts that have fallen silent by then. While serving it
// is done every two seconds.
func (a *App) Sweep(at time.Time) {
	for _, att := range a.ledger.Sweep(at, a.cfg.Load().Stalled) {
		a.log.Warn(fmt.Sprintf("stalled: %s", att.Why), "machine", att.Machine, "state", att.State)
		a.enter(install.Event{At: at, Machine: att.Machine, Attempt: att.ID, Step: install.Reported, Text: "stalled: " + att.Why, Failed: true})
	}
}

const sweepEvery = 2 * time.Second

// sweeps looks for silent attempts until ctx ends.
func (a *App) sweeps(ctx context.Context) error {
	p := a.opt.Pulse
	if p == nil {
		p = pulse.Start(ctx)
	}
	seen := p.Lost()
	return a.every(ctx, sweepEvery, func() {
		at := a.leaseNow().Round(0) // a clock that was set is noticed first
		if lost := p.Lost(); lost > seen {
			a.log.Warn(fmt.Sprintf("the server stood still for %s: no machine's silence is counted in that time", (lost - seen).Round(time.Second)))
			a.ledger.Unheard(lost-seen, at)
			seen = lost
		}
		a.Sweep(at)
	})
}

// AddressOf is the address that a machine holds now, or the zero Addr.
func (a *App) AddressOf(mac machine.MAC) netip.Addr {
	l, ok := a.book.ByMAC(mac)
	if !ok || l.StateAt(now()) != lease.Active {
		return netip.Addr{}
	}
	return l.Address
}
