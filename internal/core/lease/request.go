package lease

import (
	"net/netip"
	"sync"
	"time"

	"seedbed/internal/fault"
)

// again is how soon after a commit a REQUEST counts as a retransmission, which
// is answered the same and not written again.
const again = 2 * time.Second

// Starter is what a Store may be as well: one that can be told of a commit's
// end, so that nobody has to wait for it.
type Starter interface {
	// StartCommit is CommitLeases that returns before the rows are on disk
	// and calls then once, from another goroutine. It never waits: where too
	// many commits are under way it gives false, and does nothing. The rows
	// are left alone until then is called.
	StartCommit(rows []Lease, then func(error)) bool
}

// Gatherer is a Starter that commits in one go, and without waking anybody
// else, what is begun while do runs.
type Gatherer interface{ Together(do func()) }

// Together runs do, and gathers in one commit what RequestThen begins
// meanwhile. Where the disk is quick, its verdicts are given before Together
// returns.
func (b *Book) Together(do func()) {
	b.mu.Lock()
	g, ok := b.cfg.Store.(Gatherer)
	b.mu.Unlock()
	if ok {
		g.Together(do)
		return
	}
	do()
}

var errCrowded = fault.New(fault.Unavailable, "", "too many wait for the disk")

// Starts says that RequestThen returns before the disk has spoken.
func (b *Book) Starts() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.cfg.Store.(Starter)
	return ok
}

// maxWaiters bounds who waits for a commit of their own address to end.
const maxWaiters = 4096

// Request answers DHCPREQUEST, and BOOTP by kind Static. Ack is returned only
// once the store has the lease on disk (RFC 2131 section 2.1). For Selecting
// and InitReboot Ask.Requested is the address meant, else Ask.CIAddr.
func (b *Book) Request(a Ask, k Kind) Verdict {
	for {
		b.mu.Lock()
		t, v, wait := b.judge(&a, k)
		if wait != nil {
			b.mu.Unlock()
			<-wait
			continue
		}
		if t == nil {
			b.mu.Unlock()
			return v
		}
		t.begin()
		store := b.cfg.Store
		b.mu.Unlock()
		t.verdict, t.at = v, a.At
		return b.conclusion(t, commit(store, t.rows[:t.n]))
	}
}

// RequestThen is Request that calls done with the verdict, once: before it
// returns, or later from another goroutine when the store is a Starter.
func (b *Book) RequestThen(a Ask, k Kind, done func(v Verdict, later bool)) {
	b.mu.Lock()
	starter, ok := b.cfg.Store.(Starter)
	if !ok {
		b.mu.Unlock()
		done(b.Request(a, k), false)
		return
	}
	t, v, wait := b.judge(&a, k)
	if wait != nil {
		full := b.waiters >= maxWaiters
		if !full {
			b.waiters++
		}
		b.mu.Unlock()
		if full {
			done(Verdict{Why: errCrowded.Error()}, false)
			return
		}
		go func() {
			v := b.Request(a, k)
			b.mu.Lock()
			b.waiters--
			b.mu.Unlock()
			done(v, true)
		}()
		return
	}
	if t == nil {
		b.mu.Unlock()
		done(v, false)
		return
	}
	t.begin()
	b.mu.Unlock()
	t.verdict, t.at = v, a.At
	if !starter.StartCommit(t.rows[:t.n], func(err error) { done(b.conclusion(t, err), true) }) {
		b.conclusion(t, errCrowded)
		done(Verdict{Why: errCrowded.Error()}, false)
	}
}

// conclusion makes the verdict true, or takes it back. The transfer is over.
func (b *Book) conclusion(t *transfer, err error) Verdict {
	v := t.verdict
	b.mu.Lock()
	t.end(err, t.at)
	b.mu.Unlock()
	*t = transfer{}
	transfers.Put(t)
	if err != nil {
		return Verdict{Why: "the lease could not be written", Subnet: v.Subnet, Name: v.Name, Lease: v.Lease, Err: err}
	}
	return v
}

// commit turns a panicking store into an error: others wait for the end of
// every commit that began.
func commit(s Store, rows []Lease) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "", "committing a lease: %v", p)
		}
	}()
	if s == nil {
		return nil
	}
	return s.CommitLeases(rows)
}

// judge decides under the lock. It gives a transfer to commit before v may be
// said, or v alone, or a commit of the same address to wait for.
func (b *Book) judge(a *Ask, k Kind) (*transfer, Verdict, <-chan struct{}) {
	n, addr := b.meant(a, k)
	if n == nil {
		return nil, b.stranger(a), nil
	}
	who, res := n.holder(a), n.reservation(a)
	if who == (holder{}) {
		return nil, n.verdict(Silent, "it sent neither a MAC nor a client-id", res), nil
	}
	if k == Static {
		if res == nil {
			return nil, n.verdict(Silent, "BOOTP is answered for reservations only", nil), nil
		}
		addr = res.Address
	}
	e, held := n.at(addr), n.held.get(who)
	for _, x := range []*entry{e, held} {
		if x != nil && x.flight != nil {
			return nil, Verdict{}, x.flight
		}
	}
	if w, why := b.allowed(n, a, k, addr, who, res); w != Ack {
		return nil, n.verdict(w, why, res), nil
	}
	v := n.verdict(Ack, k.String(), res)
	if held != nil && held == e && e.sameAgain(a) {
		v.Lease, v.Term = e.lease(), time.Duration(e.term)*time.Second
		return nil, v, nil
	}
	e = n.ensure(addr)
	v.Term = n.Term(a.Time)
	if k == Static {
		v.Term = n.Term(n.MaxLease)
	}
	v.Lease = n.draft(e, a, v.Term, res)
	// The hold keeps the address from others while the commit is under way.
	n.promise(e, who, a.At.Add(b.cfg.OfferHold))
	t := transfers.Get().(*transfer)
	t.e, t.who, t.term = e, who, v.Term
	if held != nil && held != e && held.state() == Active {
		t.old = held
		gone := held.lease()
		gone.State = Released
		if gone.Expires.After(a.At) {
			gone.Expires = a.At
		}
		t.rows[0], t.n = gone, 1
	}
	t.rows[t.n] = v.Lease
	t.n++
	return t, v, nil
}

// meant is the network and the address a request speaks of. A client that
// renews may sit behind a router and be heard with no relay, so its own
// address tells its subnet.
func (b *Book) meant(a *Ask, k Kind) (*network, netip.Addr) {
	switch k {
	case Renewing:
		if n := b.network(a.CIAddr); n != nil {
			return n, a.CIAddr
		}
		return b.network(a.Link), a.CIAddr
	case Rebinding:
		return b.network(a.Link), a.CIAddr
	}
	return b.network(a.Link), a.Requested
}

// allowed applies RFC 2131 section 4.3.2.
func (b *Book) allowed(n *network, a *Ask, k Kind, addr netip.Addr, who holder, res *Reservation) (Word, string) {
	held := n.held.get(who)
	known := held != nil || res != nil
	refuse := func(why string) (Word, string) {
		// Whoever names this server (SELECTING) waits for no other's word.
		if known || a.Authoritative && !a.Rebuilding || k == Selecting {
			return Nak, why
		}
		return Silent, why + ", and another server may know this client"
	}
	switch {
	case k == Static && !n.freeFor(addr, who, a.At):
		return Silent, "its reserved address is in other hands"
	case !n.Network.Contains(addr):
		known = known || b.knows(who)
		return refuse("wrong network")
	case !n.permitted(addr, who, res, a.At):
		return refuse("the settings do not let it have this address")
	case !n.freeFor(addr, who, a.At) && !n.believed(a, k, addr):
		return refuse("the address is in other hands")
	case held != nil && held.address() == addr:
		return Ack, ""
	case res != nil && res.Address == addr:
		return Ack, ""
	}
	switch k {
	case Selecting:
		if o := n.offers[who]; o != nil && o.address() != addr && a.At.Before(o.offerEnd) {
			return refuse("it was offered another address")
		}
		// No record of the offer: this server was restarted between the two.
		return Ack, ""
	case InitReboot:
		if known {
			return refuse("it holds another address")
		}
		if a.Rebuilding {
			return Ack, ""
		}
		return refuse("no record of this client")
	}
	if held != nil && held.stateAt(a.At) == Active {
		return refuse("it holds another address")
	}
	if !a.Authoritative && !a.Rebuilding {
		return refuse("no record of this client")
	}
	// The client uses the address, nobody else has it: a lost record is restored.
	return Ack, ""
}

// believed says whether, while records are rebuilt, a client's word counts
// against a ping that somebody answered at the address: it was the client.
func (n *network) believed(a *Ask, k Kind, addr netip.Addr) bool {
	e := n.at(addr)
	return a.Rebuilding && k != Selecting && e != nil && e.state() == Declined && e.mac.IsZero() && e.flight == nil
}

// knows says whether any subnet has a record of the client.
func (b *Book) knows(who holder) bool {
	for _, n := range b.nets {
		if n.held.get(who) != nil {
			return true
		}
	}
	return false
}

// sameAgain says that this request was committed a moment ago.
func (e *entry) sameAgain(a *Ask) bool {
	return e.state() == Active && e.renewed != 0 && a.At.Sub(moment(e.renewed)).Abs() < again &&
		(len(a.ClientID) == 0 || string(a.ClientID) == e.client) &&
		(a.HostName == "" || a.HostName == e.hostName)
}

// transfer is one address on its way into a holder's hands.
type transfer struct {
	e    *entry
	old  *entry // the one it leaves, or nil
	who  holder
	term time.Duration
	rows [2]Lease // what to commit, the old one first
	n    int
	done chan struct{}

	verdict Verdict // to be given once the rows are on disk
	at      time.Time
}

// transfers are used again: they are large, and one is needed for each ACK.
var transfers = sync.Pool{New: func() any { return new(transfer) }}

func (t *transfer) begin() {
	t.done = make(chan struct{})
	for _, e := range []*entry{t.e, t.old} {
		if e != nil {
			own := e.own()
			own.flight, own.flightWho = t.done, t.who
		}
	}
}

// end makes the books say what the disk says, and lets waiters go on.
func (t *transfer) end(err error, at time.Time) {
	defer close(t.done)
	for _, e := range []*entry{t.e, t.old} {
		if e != nil {
			e.own().flight = nil
			e.tidy()
		}
	}
	if err != nil {
		return
	}
	if t.old != nil {
		t.old.set(&t.rows[0])
		t.old.net.settle(t.old)
	}
	e, n := t.e, t.e.net
	if who := e.who(); who != t.who {
		n.held.drop(who, e)
	}
	e.set(&t.rows[t.n-1])
	e.term, e.renewed = uint32(t.term/time.Second), at.UnixNano()
	if n.Network.IsValid() {
		e.bits = uint8(n.Network.Bits())
	}
	n.held.put(t.who, e)
	n.forgo(e)
}
