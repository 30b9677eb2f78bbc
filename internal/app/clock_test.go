package app

import (
	"testing"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

func TestAClockThatIsSetEndsNoLease(t *testing.T) {
	h := open(t, classic, true)
	defer h.Close()
	defer h.seg.Close()
	at := reading{wall: time.Unix(0, 0)} // a computer without a battery
	h.clock.read = func() (time.Time, time.Duration) { return at.wall, at.ran }
	h.clock.up = func() time.Duration { return at.up }
	base := at
	h.clock.base.Store(&base)
	ask := lease.Ask{At: h.leaseNow(), Link: ip("192.168.0.150"), MAC: machine.MAC{2, 1}}
	ask.Requested = h.book.Offer(ask).Lease.Address
	if v := h.book.Request(ask, lease.Selecting); v.Word != lease.Ack {
		t.Fatal(v.Why)
	}
	today := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	at = reading{today, time.Minute, time.Minute}
	now := h.leaseNow()
	h.saving.Wait()
	rows, err := h.store.Leases()
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	for name, l := range map[string]lease.Lease{"book": h.book.All()[0], "disk": rows[0]} {
		if left := l.Expires.Sub(now); left != 9*time.Minute {
			t.Errorf("%s: a lease of 10 minutes has %s left after one", name, left)
		}
	}
	h.leaseNow()
	n := 0
	for len(h.events) > 0 {
		<-h.events
		n++
	}
	if n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestASleepIsNoClockThatWasSet(t *testing.T) {
	begin := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	at := reading{wall: begin}
	c := &clock{read: func() (time.Time, time.Duration) { return at.wall, at.ran }, up: func() time.Duration { return at.up }}
	base := at
	c.base.Store(&base)
	for _, s := range []struct {
		name              string
		wall, ran, up, by time.Duration
	}{
		{"time passes", time.Hour, time.Hour, time.Hour, 0},
		{"a second is put in", time.Second, 0, 0, 0},
		{"an hour's sleep", time.Hour, time.Second, time.Hour, 0},
		{"set forward in its sleep", 2 * time.Hour, time.Second, time.Hour, time.Hour},
		{"set back", -time.Hour, time.Second, time.Second, -time.Hour - time.Second},
		{"as usual", time.Minute, time.Minute, time.Minute, 0},
	} {
		at.wall, at.ran, at.up = at.wall.Add(s.wall), at.ran+s.ran, at.up+s.up
		if wall, by := c.now(); !wall.Equal(at.wall) || (by-s.by).Abs() > 2*time.Second {
			t.Errorf("%s: set by %s, want %s", s.name, by, s.by)
		}
	}
}

// A step of the clock is nobody's silence, nor is a standstill.
func TestOnlyTimeThatWasListenedInIsSilence(t *testing.T) {
	h := open(t, classic, true)
	defer h.Close()
	defer h.seg.Close()
	at := reading{wall: now()}
	h.clock.read = func() (time.Time, time.Duration) { return at.wall, at.ran }
	h.clock.up = func() time.Duration { return at.up }
	base := at
	h.clock.base.Store(&base)
	if _, err := h.ledger.Arm("node1", "own", "", at.wall); err != nil {
		t.Fatal(err)
	}
	h.ledger.Observe(install.Event{At: at.wall, Machine: "node1", Step: install.Loaded, Path: "pxelinux.0"})
	at.wall = at.wall.Add(24 * time.Hour)
	h.Sweep(h.leaseNow())
	if a, _ := h.ledger.Current("node1"); a.State != install.Booting {
		t.Errorf("the clock was set, and the machine is %s: %s", a.State, a.Why)
	}
	at.wall, at.ran, at.up = at.wall.Add(time.Hour), at.ran+time.Hour, at.up+time.Hour
	h.Sweep(h.leaseNow())
	if a, _ := h.ledger.Current("node1"); a.State != install.Stalled {
		t.Errorf("after a silent hour the machine is %s", a.State)
	}
}
