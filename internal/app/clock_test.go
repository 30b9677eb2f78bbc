package app

import (
	"testing"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

func TestAClockThatIsSetEndsNoLease(t *testing.T) {
	h := open(t, classic, true)
	defer h.Close()
	defer h.seg.Close()
	at, ran := time.Unix(0, 0), time.Duration(0) // a computer without a battery
	h.clock.read = func() time.Time { return at }
	h.clock.drift = func(base, at time.Time) time.Duration { return at.Sub(base) - ran }
	base := at
	h.clock.base.Store(&base)
	ask := lease.Ask{At: h.leaseNow(), Link: ip("192.168.0.150"), MAC: machine.MAC{2, 1}}
	ask.Requested = h.book.Offer(ask).Lease.Address
	if v := h.book.Request(ask, lease.Selecting); v.Word != lease.Ack {
		t.Fatal(v.Why)
	}
	today := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	at, ran = today, time.Minute
	now := h.leaseNow()
	h.saving.Wait()
	ran = 0 // since then
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
