package lease

import "net/netip"

// Release answers DHCPRELEASE of Ask.CIAddr: its owner gives the address up.
// The record is kept, so that the machine gets the same address again. The
// verdict is always Silent, with the lease if there was one to end.
func (b *Book) Release(a Ask) Verdict {
	return b.own(&a, func(n *network, who holder) (*entry, Lease, string) {
		e := n.at(a.CIAddr)
		if e == nil || e.who() != who || e.state() != Active {
			return e, Lease{}, "not its lease"
		}
		l := e.lease()
		l.State = Released
		if l.Expires.After(a.At) {
			l.Expires = a.At
		}
		return e, l, "released"
	})
}

// Decline answers DHCPDECLINE of Ask.Requested: the client found the address
// in use by somebody else. It rests for Config.DeclineHold; the client's next
// DISCOVER gives another one. The verdict is always Silent, with the lease if
// the address was the client's to decline.
func (b *Book) Decline(a Ask) Verdict {
	return b.own(&a, func(n *network, who holder) (*entry, Lease, string) {
		e := n.at(a.Requested)
		if e == nil || e.state() == Declined ||
			!(e.who() == who && e.state() == Active || e.offerTo == who && !e.offerEnd.IsZero()) {
			return e, Lease{}, "not its lease"
		}
		// No MAC: that of the other machine is not known.
		l := Lease{Subnet: n.Network, Address: a.Requested, State: Declined, Start: a.At, Expires: a.At.Add(b.cfg.DeclineHold)}
		return e, l, "declined: somebody else answers at this address"
	})
}

// own is conclude for what a client says of an address of its own.
func (b *Book) own(a *Ask, pick func(*network, holder) (*entry, Lease, string)) Verdict {
	addr := a.CIAddr
	if !addr.IsValid() {
		addr = a.Requested
	}
	v := b.conclude(addr, func(n *network) (*entry, Lease, string) {
		who := n.holder(a)
		if who == (holder{}) {
			return nil, Lease{}, "it sent neither a MAC nor a client-id"
		}
		return pick(n, who)
	})
	if v.Subnet == nil {
		v.Why = "not its lease"
	}
	return v
}

// conclude ends whatever an address is in with the row that pick gives, once
// no commit of it is under way. Without an entry the row is only passed on.
func (b *Book) conclude(addr netip.Addr, pick func(*network) (*entry, Lease, string)) Verdict {
	for {
		b.mu.Lock()
		n := b.network(addr)
		if n == nil {
			b.mu.Unlock()
			return Verdict{}
		}
		e, row, why := pick(n)
		v := n.verdict(Silent, why, n.reserved[addr])
		if e != nil && e.flight != nil {
			wait := e.flight
			b.mu.Unlock()
			<-wait
			continue
		}
		v.Lease = row
		if row.State == "" || e == nil {
			b.mu.Unlock()
			return v
		}
		was := e.who()
		if row.State == Declined {
			// At once, whatever the disk says: the address is in use.
			n.decline(e, row)
		}
		done := make(chan struct{})
		own := e.own()
		own.flight, own.flightWho = done, was
		store := b.cfg.Store
		b.mu.Unlock()
		v.Err = commit(store, []Lease{row})
		b.mu.Lock()
		e.own().flight = nil
		e.tidy()
		if v.Err == nil && row.State == Released {
			e.set(&row)
			e.net.settle(e)
		}
		close(done)
		b.mu.Unlock()
		return v
	}
}

func (n *network) decline(e *entry, row Lease) {
	n.held.drop(e.who(), e)
	e.set(&row)
	n.forgo(e)
	e.clearAt = 0
}
