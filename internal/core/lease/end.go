package lease

// Release answers DHCPRELEASE of Ask.CIAddr: its owner gives the address up.
// The record is kept, so that the machine gets the same address again. The
// verdict is always Silent, with the lease if there was one to end.
func (b *Book) Release(a Ask) Verdict {
	return b.conclude(&a, func(n *network, who holder) (*entry, Lease, string) {
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
	return b.conclude(&a, func(n *network, who holder) (*entry, Lease, string) {
		e := n.at(a.Requested)
		if e == nil || e.state() == Declined ||
			!(e.who() == who && e.state() == Active || e.offerTo == who && !e.offerEnd.IsZero()) {
			return e, Lease{}, "not its lease"
		}
		l := Lease{Subnet: n.Network, Address: a.Requested, MAC: a.MAC, ClientID: a.ClientID,
			State: Declined, Start: a.At, Expires: a.At.Add(b.cfg.DeclineHold)}
		return e, l, "declined: somebody else answers at this address"
	})
}

// conclude ends a lease with the row that pick gives, once no commit of the
// address is under way.
func (b *Book) conclude(a *Ask, pick func(*network, holder) (*entry, Lease, string)) Verdict {
	who := a.holder()
	for {
		b.mu.Lock()
		n := b.network(a.CIAddr)
		if n == nil {
			n = b.network(a.Requested)
		}
		if n == nil || who == (holder{}) {
			b.mu.Unlock()
			return Verdict{Why: "not its lease"}
		}
		e, row, why := pick(n, who)
		v := n.verdict(Silent, why, n.reservation(a))
		if e != nil && e.flight != nil {
			wait := e.flight
			b.mu.Unlock()
			<-wait
			continue
		}
		if row.State == "" {
			b.mu.Unlock()
			return v
		}
		v.Lease = row
		if row.State == Declined {
			// At once, whatever the disk says: the address is in use.
			n.decline(e, row)
		}
		done := make(chan struct{})
		own := e.own()
		own.flight, own.flightWho = done, who
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
}
