package app

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"seedbed/internal/pulse"
)

// stepped is how far the clock may run away from the time that has passed, the
// computer's sleep included, before it counts as set anew.
const stepped = 10 * time.Second

// shiftRows is how many leases of a shifted book go to the disk at once.
const shiftRows = 2048

// clock is the computer's, watched: leases must not end because somebody, or
// NTP after a start without a battery, sets it.
type clock struct {
	base atomic.Pointer[reading] // taken when the clocks last agreed
	read func() (wall time.Time, ran time.Duration)
	up   func() time.Duration // costs a system call
}

// reading is one of the wall's clock and of two that nobody sets: how long
// the computer has run, and how long it has been up, its sleep included.
type reading struct {
	wall    time.Time
	ran, up time.Duration
}

func newClock() *clock {
	start := time.Now()
	c := &clock{up: pulse.Uptime, read: func() (time.Time, time.Duration) {
		at := time.Now()
		return at, at.Sub(start)
	}}
	c.base.Store(&reading{start, 0, c.up()})
	return c
}

// now is the time, and by how much the clock was set since the last call: 0
// nearly always, and told to one caller only.
func (c *clock) now() (wall time.Time, set time.Duration) {
	wall, ran := c.read()
	base := c.base.Load()
	passed := wall.Round(0).Sub(base.wall.Round(0)) // Round: by the wall's clock
	if (passed - (ran - base.ran)).Abs() < stepped {
		return wall, 0
	}
	at := &reading{wall, ran, c.up()} // set, or the computer slept
	set = passed - (at.up - base.up)
	if !c.base.CompareAndSwap(base, at) || set.Abs() < stepped {
		return wall, 0
	}
	return wall, set
}

// leaseNow is the DHCP server's clock.
func (a *App) leaseNow() time.Time {
	at, set := a.clock.now()
	if set != 0 {
		a.clockSet(set, at)
	}
	return at
}

// clockSet lets every lease go on for as long as it had, and counts the step
// as no machine's silence.
func (a *App) clockSet(by time.Duration, at time.Time) {
	if by > 0 {
		a.ledger.Unheard(by, at.Round(0)) // nobody was silent for so long
	}
	rows := a.book.Shift(by)
	if n := a.rebuild.until.Load(); n != 0 {
		a.rebuild.until.CompareAndSwap(n, n+int64(by))
	}
	text := fmt.Sprintf("the clock was set by %s: %d leases go on for as long as they had", by.Round(time.Second), len(rows))
	a.log.Warn(text)
	a.note(text, false)
	a.saving.Go(func() { a.saveShifted(rows) })
}

// saveShifted brings shifted leases to the disk.
func (a *App) saveShifted(rows []netip.Addr) {
	for len(rows) > 0 {
		part := rows[:min(len(rows), shiftRows)]
		rows = rows[len(part):]
		if err := a.book.Rewrite(part); err != nil {
			a.log.Error("leases could not be written after the clock was set", "err", err)
			return
		}
	}
}
