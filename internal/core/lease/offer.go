package lease

import "time"

// Offer answers DHCPDISCOVER: Ack with the address to offer (State Offered),
// or Silent. The offer is held for Config.OfferHold and writes nothing; asking
// again gives the same address.
func (b *Book) Offer(a Ask) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.network(a.Link)
	if n == nil {
		return b.stranger(&a)
	}
	who := n.holder(&a)
	if who == (holder{}) {
		return n.verdict(Silent, "it sent neither a MAC nor a client-id", nil)
	}
	res := n.reservation(&a)
	e, why := n.choose(&a, who, res)
	if e == nil {
		v := n.verdict(Silent, "no free leases", res)
		v.Exhausted = true
		return v
	}
	if b.cfg.Probe && !b.probed(e, who, a.At) && a.Rebuilding {
		return n.verdict(Silent, "records were lost, and its address is being probed first", res)
	}
	n.promise(e, who, a.At.Add(b.cfg.OfferHold))
	v := n.verdict(Ack, why, res)
	v.Term = n.Term(a.Time)
	v.Lease = n.draft(e, &a, v.Term, res)
	v.Lease.State = Offered
	return v
}

// Withdraw ends the offer held for a client that took another server's
// (RFC 2131 section 3.1 point 4).
func (b *Book) Withdraw(a Ask) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.network(a.Link); n != nil {
		if e := n.offers[n.holder(&a)]; e != nil && e.flight == nil {
			n.forgo(e)
		}
	}
}

// stranger is the verdict on a client of a network that has no subnet here.
func (b *Book) stranger(a *Ask) Verdict {
	return Verdict{Why: "no subnet in the settings holds " + a.Link.String()}
}

func (n *network) verdict(w Word, why string, res *Reservation) Verdict {
	v := Verdict{Word: w, Why: why, Subnet: &n.Subnet}
	if res != nil {
		v.Name = res.Machine
	}
	return v
}

// draft is the lease as it will be committed. What the client did not tell
// this time is kept from before.
func (n *network) draft(e *entry, a *Ask, term time.Duration, res *Reservation) Lease {
	l := Lease{
		Subnet: n.Network, Address: e.address(),
		MAC: a.MAC, ClientID: a.ClientID, HostName: a.HostName, Machine: a.Machine,
		State: Active, Start: a.At, Expires: a.At.Add(term),
	}
	if l.Machine == "" && res != nil {
		l.Machine = res.Machine
	}
	if e.state() == "" || e.who() != n.holder(a) {
		return l
	}
	if e.stateAt(a.At) == Active {
		l.Start = moment(e.start)
	}
	if len(l.ClientID) == 0 && e.client != "" {
		l.ClientID = []byte(e.client)
	}
	if l.HostName == "" {
		l.HostName = e.hostName
	}
	if l.Machine == "" {
		l.Machine = e.machine
	}
	return l
}
