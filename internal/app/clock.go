package app

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"
)

// stepped is how far the clock may run away from the time that has passed
// before it counts as set anew.
const stepped = 10 * time.Second

// shiftRows is how many leases of a shifted book go to the disk at once.
const shiftRows = 2048

// clock is the computer's, watched: leases must not end because somebody, or
// NTP after a start without a battery, sets it.
type clock struct {
	base atomic.Pointer[time.Time] // a reading of both clocks, taken when they last agreed
	read func() time.Time          // nil: time.Now
	// drift is how far wall-clock time has run ahead of the time that passed.
	drift func(base, at time.Time) time.Duration
}

func newClock() *clock {
	c := &clock{read: time.Now, drift: func(base, at time.Time) time.Duration {
		return time.Duration(at.UnixNano()-base.UnixNano()) - at.Sub(base) // Sub is by the monotonic clock
	}}
	at := c.read()
	c.base.Store(&at)
	return c
}

// now is the time, and by how much the clock was set since the last call: 0
// nearly always, and told to one caller only.
func (c *clock) now() (at time.Time, set time.Duration) {
	at, base := c.read(), c.base.Load()
	if set = c.drift(*base, at); set.Abs() < stepped {
		return at, 0
	}
	if !c.base.CompareAndSwap(base, &at) {
		return at, 0
	}
	return at, set
}

// leaseNow is the DHCP server's clock.
func (a *App) leaseNow() time.Time {
	at, set := a.clock.now()
	if set != 0 {
		a.clockSet(set)
	}
	return at
}

// clockSet lets every lease go on for as long as it had.
func (a *App) clockSet(by time.Duration) {
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
