package app

import (
	"fmt"
	"sync/atomic"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/probe"
)

// rebuild is the state after records of leases were lost: addresses are
// offered only once probed, a client's word about a free address counts, and
// nobody is refused for not being known.
type rebuild struct {
	until atomic.Int64 // nanoseconds since 1970; 0: nothing is missing
}

// Rebuilding says until when records of leases are being rebuilt; zero: they
// are not.
func (a *App) Rebuilding() time.Time {
	if n := a.rebuild.until.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

func (a *App) rebuilding() bool { return a.rebuild.until.Load() != 0 }

// startRebuild enters the state if the store says so. It ends by itself once
// every lease that may have been lost has ended.
func (a *App) startRebuild() error {
	if a.opt.Rebuild {
		if err := a.store.Rebuild(); err != nil {
			return err
		}
	}
	since, missing := a.store.Rebuilding()
	c := a.cfg.Load()
	if !missing || c.DHCP != "server" {
		return nil
	}
	longest := time.Duration(0)
	for i := range c.Subnets {
		longest = max(longest, c.Subnets[i].Term(1<<62))
	}
	until := since.Add(longest)
	if !now().Before(until) {
		return a.endRebuild("every lease that may be missing has ended")
	}
	a.rebuild.until.Store(until.UnixNano())
	why := a.store.Missing()
	a.log.Error("records of leases are missing: what clients say of free addresses is believed, addresses are probed before they are offered, and nobody is refused for not being known",
		"why", why, "until", until.Format(time.RFC3339), "hint", "a backup of seedbed.db put back ends this; so does seedbed leases --rebuilt")
	a.notice("records of leases are missing: " + why + "; they are being rebuilt until " + until.Format(time.RFC3339))
	return nil
}

// EndRebuild ends the rebuild state, by a person's word.
func (a *App) EndRebuild() error {
	if !a.rebuilding() {
		return nil
	}
	return a.endRebuild("somebody said so")
}

func (a *App) endRebuild(why string) error {
	if err := a.store.Rebuilt(); err != nil {
		return err
	}
	a.rebuild.until.Store(0)
	text := "records of leases are complete again: " + why
	a.log.Info(text)
	a.note(text, false)
	return nil
}

// checkRebuild ends the state when its time is over.
func (a *App) checkRebuild() {
	if n := a.rebuild.until.Load(); n == 0 || now().UnixNano() < n {
		return
	}
	if err := a.endRebuild("every lease that may be missing has ended"); err != nil {
		a.log.Error("the rebuild state could not be left", "err", err)
	}
}

// notice stores what a person should look at and what is no machine's boot.
func (a *App) notice(text string) { a.note(text, true) }

func (a *App) note(text string, bad bool) {
	e := install.Event{At: now(), Step: install.Reported, Text: text, Failed: bad}
	if err := a.store.AppendEvents([]install.Event{e}); err != nil {
		a.log.Error("an event could not be stored", "err", err)
	}
	if a.opt.OnEvent != nil {
		a.opt.OnEvent(e)
	}
}

// probes says whether addresses are probed before they are given.
func (a *App) probes(c *config.Config) bool {
	return c.ConflictProbe && c.DHCP == "server" && a.opt.Rehearsal == nil && !a.opt.ReadOnly
}

func (a *App) newProber() *probe.Prober {
	return &probe.Prober{Book: a.book, Wanted: a.book.Wanted(), Now: a.leaseNow, Log: a.log, Found: a.conflict}
}

// conflict is told of an address that somebody uses without a lease.
func (a *App) conflict(l lease.Lease, mac machine.MAC) {
	who := "somebody"
	if !mac.IsZero() {
		who = mac.String()
	}
	text := fmt.Sprintf("%s uses %s without a lease: the address is given to nobody until %s", who, l.Address, l.Expires.Format(time.RFC3339))
	if l.State == lease.Active {
		text = fmt.Sprintf("%s uses %s, which is leased to %s: one of the two has to move", who, l.Address, l.MAC)
	}
	a.log.Warn(text, "subnet", l.Subnet, "mac", mac)
	a.notice(text)
}
