package lease

import (
	"net/netip"
	"time"
)

// Shift says that the clock was set by that much: each lease goes on for as
// long as it had, and nobody's address is free because of it. It gives
// whose leases the disk does not know so yet: Rewrite tells it.
func (b *Book) Shift(by time.Duration) []netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	var active []netip.Addr
	move := func(n *int64) {
		if *n != 0 {
			*n += int64(by)
		}
	}
	entries := b.entries()
	for _, e := range entries {
		move(&e.start)
		move(&e.expires)
		move(&e.renewed)
		e.clearAt = 0
		if !e.offerEnd.IsZero() {
			e.own().offerEnd = e.offerEnd.Add(by)
		}
		if s := e.state(); s == Active || s == Declined {
			active = append(active, e.address())
		}
	}
	b.rebuild(b.cfg, entries)
	return active
}

// Rewrite commits the leases of these addresses as they are, all at once. What
// is asked of them meanwhile waits, so that no later commit is undone.
func (b *Book) Rewrite(addrs []netip.Addr) error {
	done := make(chan struct{})
	var rows []Lease
	var held []*entry
	b.mu.Lock()
	for _, a := range addrs {
		n := b.network(a)
		if n == nil {
			n = b.homeless
		}
		if e := n.at(a); e != nil && e.state() != "" && e.flight == nil {
			own := e.own()
			own.flight, own.flightWho = done, e.who()
			rows, held = append(rows, e.lease()), append(held, e)
		}
	}
	store := b.cfg.Store
	b.mu.Unlock()
	err := commit(store, rows)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range held {
		e.own().flight = nil
		e.tidy()
	}
	close(done)
	return err
}
