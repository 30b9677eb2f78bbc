package lease

import (
	"container/heap"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/core/machine"
)

// network is a Subnet at work.
type network struct {
	Subnet
	byAddr   map[[4]byte]*entry
	held     ledger // each holder's one lease, also when it has ended
	offers   map[holder]*entry
	reserved map[netip.Addr]*Reservation
	resMAC   map[machine.MAC]*Reservation
	resUUID  map[string]*Reservation
	resName  map[string]*Reservation
	resID    map[string]*Reservation
	resPort  map[machine.Port]*Reservation
	excluded map[netip.Addr]bool
	first    netip.Addr // of the network, and its last: nobody's
	last     netip.Addr
	grace    time.Duration

	loading bool // queues are put in order at the end

	pool int        // where the next never-used address is
	next netip.Addr // looked for
	idle [2]queue   // pool addresses by freeAt: only ever offered; once leased

	short shortlist // those to be given next, which are probed before
}

func newNetwork(s Subnet, c *Config, excluded map[netip.Addr]bool) *network {
	n := &network{
		Subnet: s, excluded: excluded, grace: max(c.Grace, 0),
		byAddr: map[[4]byte]*entry{}, held: newLedger(), offers: map[holder]*entry{},
		reserved: map[netip.Addr]*Reservation{}, resMAC: map[machine.MAC]*Reservation{},
		resUUID: map[string]*Reservation{}, resName: map[string]*Reservation{},
		resID: map[string]*Reservation{}, resPort: map[machine.Port]*Reservation{},
	}
	if s.Network.IsValid() {
		n.first, n.last = s.Network.Masked().Addr(), s.lastAddr()
	}
	for i := range c.Reservations {
		r := &c.Reservations[i]
		if !s.Network.IsValid() || !s.Network.Contains(r.Address) {
			continue
		}
		claim(n.reserved, r.Address, r)
		for _, m := range r.MACs {
			claim(n.resMAC, m, r)
		}
		claim(n.resUUID, strings.ToLower(r.UUID), r)
		claim(n.resName, r.Machine, r)
		claim(n.resID, r.ClientID, r)
		claim(n.resPort, r.Port, r)
	}
	return n
}

// expect makes room for so many entries.
func (n *network) expect(count int) {
	n.byAddr = make(map[[4]byte]*entry, count)
	n.held.mac = make(map[machine.MAC]*entry, count)
}

// claim lets the first of two reservations have what both name.
func claim[K comparable](m map[K]*Reservation, k K, r *Reservation) {
	var none K
	if _, taken := m[k]; !taken && k != none {
		m[k] = r
	}
}

// reservation is the one made for whoever asks, or nil: by MAC, client-id,
// UUID, relay port and name, the first that says something. Where ClientIDFirst
// is set, the client-id counts before the MAC.
func (n *network) reservation(a *Ask) *Reservation {
	var byID *Reservation
	if len(n.resID) > 0 && len(a.ClientID) > 0 {
		byID = n.resID[string(a.ClientID)]
	}
	if byID != nil && n.ClientIDFirst {
		return byID
	}
	if r := n.resMAC[a.MAC]; r != nil {
		return r
	}
	if byID != nil {
		return byID
	}
	if r := n.resUUID[strings.ToLower(a.UUID)]; r != nil {
		return r
	}
	if r := n.atPort(a); r != nil {
		return r
	}
	return n.resName[a.Machine]
}

// atPort is the reservation for the relay's port, or nil. A renewal may pass
// by the relay and tell no port: the lease at hand then says it.
func (n *network) atPort(a *Ask) *Reservation {
	if len(n.resPort) == 0 {
		return nil
	}
	if a.Port == (machine.Port{}) {
		if e := n.held.get(n.holder(a)); e != nil && a.CIAddr == e.address() && e.stateAt(a.At) == Active {
			if r := n.reserved[a.CIAddr]; r != nil && r.Port != (machine.Port{}) {
				return r
			}
		}
		return nil
	}
	for _, p := range a.Port.Alike() {
		if r := n.resPort[p]; r != nil {
			return r
		}
	}
	return nil
}

// ready says that the client's reserved address can be given to it now.
func (n *network) ready(res *Reservation, who holder, at time.Time) bool {
	return res != nil && n.reserved[res.Address] == res && n.usable(res.Address) && n.freeFor(res.Address, who, at)
}

// poolable says that the address may be given to anybody.
func (n *network) poolable(a netip.Addr) bool {
	if n.reserved[a] != nil || !n.usable(a) {
		return false
	}
	for _, p := range n.Pools {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// usable rules out addresses that can be nobody's lease.
func (n *network) usable(a netip.Addr) bool {
	if !n.Network.IsValid() || !n.Network.Contains(a) || a == n.Gateway || n.excluded[a] {
		return false
	}
	if n.Network.Bits() < 31 && (a == n.first || a == n.last || a == n.Broadcast) {
		return false
	}
	return true
}

func (s *Subnet) lastAddr() netip.Addr {
	b := s.Network.Masked().Addr().As4()
	for i := s.Network.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

// BroadcastAddr is the subnet's broadcast address: as set, else the network's.
func (s *Subnet) BroadcastAddr() netip.Addr {
	if s.Broadcast.IsValid() {
		return s.Broadcast
	}
	return s.lastAddr()
}

// permitted says whether this client may be given that address at all. A
// client with a reservation may use the pool only while its own address is in
// other hands (D39, D40).
func (n *network) permitted(addr netip.Addr, who holder, res *Reservation, at time.Time) bool {
	if r := n.reserved[addr]; r != nil {
		return r == res && n.usable(addr)
	}
	if n.ready(res, who, at) {
		return false
	}
	return n.poolable(addr)
}

// freeFor says whether the address is in no other hands than who's.
func (n *network) freeFor(addr netip.Addr, who holder, at time.Time) bool {
	e := n.at(addr)
	return e == nil || e.freeFor(who, at)
}

func (e *entry) freeFor(who holder, at time.Time) bool {
	switch {
	case e.flight != nil && e.flightWho != who:
		return false
	case e.offerTo != who && at.Before(e.offerEnd):
		return false
	case e.state() == Declined:
		// Whoever was found at it may well ask for it.
		return !at.Before(e.end()) || !e.mac.IsZero() && e.mac == who.mac
	case e.state() == Active && e.who() != who:
		return !at.Before(e.end().Add(e.net.grace))
	}
	return true
}

// at is the address's entry, or nil.
func (n *network) at(addr netip.Addr) *entry {
	if !addr.Is4() {
		return nil
	}
	return n.byAddr[addr.As4()]
}

// ensure gives the address's entry, making one if there is none.
func (n *network) ensure(addr netip.Addr) *entry {
	e := n.at(addr)
	if e == nil {
		e = newEntry(addr, n)
		n.byAddr[e.addr] = e
		n.settle(e)
	}
	return e
}

// settle puts the entry where its freeAt belongs, after anything changed.
func (n *network) settle(e *entry) {
	e.freeAt = nanos(e.offerEnd)
	end := e.expires
	if e.state() == Active {
		end += int64(n.grace)
	}
	if e.state() != "" && end > e.freeAt {
		e.freeAt = end
	}
	n.enqueue(e)
}

// enqueue puts the entry into the queue that is right for it.
func (n *network) enqueue(e *entry) {
	want := int8(-1)
	if n.poolable(e.address()) {
		want = 0
		if e.state() != "" {
			want = 1
		}
	}
	switch {
	case e.queue == shortlisted:
		n.short.leave(e)
	case e.queue == want && want >= 0:
		// Later than its place says: soonest sees to it when it comes to the
		// top, so that a renewal costs nothing here.
		if s := &n.idle[want][e.place]; e.freeAt < s.freeAt && !n.loading {
			s.freeAt = e.freeAt
			heap.Fix(&n.idle[want], int(e.place))
		}
		return
	case e.queue >= 0:
		heap.Remove(&n.idle[e.queue], int(e.place))
	}
	switch e.queue = want; {
	case want < 0:
	case n.loading:
		n.idle[want].Push(slot{e.freeAt, e})
	default:
		heap.Push(&n.idle[want], slot{e.freeAt, e})
	}
}

// loaded ends the loading of many entries.
func (n *network) loaded() {
	n.loading = false
	for i := range n.idle {
		heap.Init(&n.idle[i])
	}
}

// soonest is the entry of the queue that is free first, nil without any.
func (n *network) soonest(i int) *entry {
	q := n.idle[i]
	for len(q) > 0 {
		e := q[0].e
		if q[0].freeAt == e.freeAt {
			return e
		}
		q[0].freeAt = e.freeAt
		heap.Fix(&n.idle[i], 0)
	}
	return nil
}

// choose picks the address to offer, in the order of RFC 2131 section 4.3.1
// with reservations first; never-used addresses before those that somebody
// may come back for. Its cost does not grow with the pool.
func (n *network) choose(a *Ask, who holder, res *Reservation) (*entry, string) {
	if n.ready(res, who, a.At) {
		return n.ensure(res.Address), "reserved"
	}
	if e := n.offers[who]; e != nil && e.freeFor(who, a.At) && n.permitted(e.address(), who, res, a.At) {
		return e, "offered before"
	}
	if e := n.held.get(who); e != nil && e.freeFor(who, a.At) && n.permitted(e.address(), who, res, a.At) {
		return e, "its address before"
	}
	if a.Requested.IsValid() && n.poolable(a.Requested) {
		e := n.at(a.Requested)
		if e == nil || (e.state() == "" || e.state() == Declined) && e.freeFor(who, a.At) {
			return n.ensure(a.Requested), "as requested"
		}
	}
	if e := n.short.first(who, a.At); e != nil {
		return e, "free"
	}
	if addr, ok := n.fresh(); ok {
		return n.ensure(addr), "never used before"
	}
	for i := range n.idle {
		if e := n.soonest(i); e != nil && a.At.UnixNano() >= e.freeAt && e.freeFor(who, a.At) {
			return e, "free again"
		}
	}
	return nil, ""
}

// fresh walks the pools once, over the life of the settings.
func (n *network) fresh() (netip.Addr, bool) {
	for ; n.pool < len(n.Pools); n.pool++ {
		p := n.Pools[n.pool]
		if !n.next.IsValid() {
			n.next = p.First
		}
		for p.Contains(n.next) {
			a := n.next
			n.next = a.Next()
			if n.at(a) == nil && n.poolable(a) {
				return a, true
			}
		}
		n.next = netip.Addr{}
	}
	return netip.Addr{}, false
}

// promise holds the entry for who until the given time.
func (n *network) promise(e *entry, who holder, until time.Time) {
	if old := n.offers[who]; old != nil && old != e {
		n.forgo(old)
	}
	if n.offers[e.offerTo] == e {
		delete(n.offers, e.offerTo)
	}
	own := e.own()
	if own.offerTo != who || until.After(own.offerEnd) {
		own.offerEnd = until
	}
	own.offerTo = who
	n.offers[who] = e
	n.settle(e)
}

// forgo ends what promise began.
func (n *network) forgo(e *entry) {
	if n.offers[e.offerTo] == e {
		delete(n.offers, e.offerTo)
	}
	own := e.own()
	own.offerTo, own.offerEnd = holder{}, time.Time{}
	e.tidy()
	n.settle(e)
}

// queue is a heap, the entry that was free first on top.
type queue []slot

// slot is an entry's place in a queue. Its freeAt may be earlier than the
// entry's, never later.
type slot struct {
	freeAt int64
	e      *entry
}

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].freeAt < q[j].freeAt }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].e.place, q[j].e.place = int32(i), int32(j)
}
func (q *queue) Push(x any) { s := x.(slot); s.e.place = int32(len(*q)); *q = append(*q, s) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	(*q)[last], *q = slot{}, (*q)[:last]
	return s
}
