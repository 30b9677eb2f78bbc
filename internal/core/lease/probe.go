package lease

import (
	"container/heap"
	"net/netip"
	"slices"
	"time"

	"seedbed/internal/core/machine"
)

const (
	ahead       = 512             // free addresses of a subnet that are probed before anybody asks
	clearFor    = 5 * time.Minute // how long it counts that nobody answered
	clearAgain  = 4 * time.Minute // when it is looked again
	maxLate     = 1024            // offered ones that wait for a probe; more go without
	shortlisted = int8(len(network{}.idle))
)

// shortlist are the free addresses that are given next, and probed before.
// They are in no queue meanwhile.
type shortlist struct {
	list  []*entry
	clear int      // of them nobody was found at
	late  []*entry // offered although not probed: no one waits for a probe
}

// first is the next one that nobody was found at; without any, the next of
// all: its probe comes late.
func (s *shortlist) first(who holder, at time.Time) *entry {
	for _, e := range s.list {
		if s.clear == 0 || e.isClear(at) && e.freeFor(who, at) {
			return e
		}
	}
	if len(s.list) > 0 {
		return s.list[0]
	}
	return nil
}

func (s *shortlist) leave(e *entry) {
	if e.clearAt != 0 {
		s.clear--
	}
	e.queue = -1
	if i := slices.Index(s.list, e); i == 0 {
		s.list = s.list[1:]
	} else if i > 0 {
		s.list = slices.Delete(s.list, i, i+1)
	}
}

// isClear says that nobody was found at the address, lately.
func (e *entry) isClear(at time.Time) bool {
	return e.clearAt != 0 && at.Sub(time.Unix(int64(e.clearAt), 0)).Abs() < clearFor
}

// probed says whether the address that was chosen for who needs no probe.
// Otherwise it is probed as soon as can be.
func (b *Book) probed(e *entry, who holder, at time.Time) bool {
	if e.isClear(at) || e.who() == who && e.stateAt(at) == Active {
		if e.queue == shortlisted && len(e.net.short.list) < ahead/2 {
			b.ring()
		}
		return true
	}
	if s := &e.net.short; len(s.late) < maxLate && !slices.Contains(s.late[max(0, len(s.late)-8):], e) {
		s.late = append(s.late, e)
	}
	b.ring()
	return false
}

func (b *Book) ring() {
	select {
	case b.wanted <- struct{}{}:
	default:
	}
}

// Wanted gives a token when Suspects has more to say than before.
func (b *Book) Wanted() <-chan struct{} { return b.wanted }

// Suspects lists at most limit addresses of a subnet of the settings that a
// probe is wanted of: those offered without, and the next free ones.
func (b *Book) Suspects(subnet netip.Prefix, at time.Time, limit int) []netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.nets, func(n *network) bool { return n.Network == subnet })
	if i < 0 || !b.cfg.Probe {
		return nil
	}
	n := b.nets[i]
	s := &n.short
	var out []netip.Addr
	for len(s.late) > 0 && len(out) < limit {
		out = append(out, s.late[0].address())
		s.late = s.late[1:]
	}
	late := out
	for len(s.list) < ahead && n.shortlist(at) {
	}
	for _, e := range s.list {
		if len(out) >= limit {
			b.ring()
			break
		}
		if (e.clearAt == 0 || at.Sub(time.Unix(int64(e.clearAt), 0)).Abs() >= clearAgain) && !slices.Contains(late, e.address()) {
			out = append(out, e.address())
		}
	}
	return out
}

// shortlist takes one more free address, in the order of choose; false when
// there is none.
func (n *network) shortlist(at time.Time) bool {
	var e *entry
	if addr, ok := n.fresh(); ok {
		e = newEntry(addr, n)
		n.byAddr[e.addr] = e
	}
	for i := range n.idle {
		if e != nil {
			break
		}
		if e = n.soonest(i); e != nil && (at.UnixNano() < e.freeAt || e.flight != nil) {
			e = nil
		}
	}
	if e == nil {
		return false
	}
	if e.queue >= 0 {
		heap.Remove(&n.idle[e.queue], int(e.place))
	}
	e.queue, e.clearAt = shortlisted, 0
	n.short.list = append(n.short.list, e)
	return true
}

// Clear says that nobody was found at the addresses.
func (b *Book) Clear(addrs []netip.Addr, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range addrs {
		n := b.network(a)
		if n == nil {
			continue
		}
		if e := n.at(a); e != nil {
			if e.queue == shortlisted && e.clearAt == 0 {
				n.short.clear++
			}
			e.clearAt = uint32(at.Unix())
		}
	}
}

// Conflict says that somebody with that MAC answers at an address; zero: the
// way there is routed. Who holds the address, or was offered it, may answer.
// Otherwise it rests as a declined one does, and the verdict (always Silent)
// has a lease of State Declined. Where it is leased to another, State is
// Active, and nothing is changed: which of the two is right cannot be told.
func (b *Book) Conflict(addr netip.Addr, mac machine.MAC, at time.Time) Verdict {
	return b.conclude(addr, func(n *network) (*entry, Lease, string) {
		e := n.ensure(addr)
		owner := e.who().mac
		if e.stateAt(at) == Active || e.flight != nil {
			if mac.IsZero() || owner.IsZero() || mac == owner || e.flight != nil && mac == e.flightWho.mac {
				return e, Lease{}, "its own machine answers"
			}
			return nil, e.lease(), "two machines use it"
		}
		if !mac.IsZero() && (e.offerTo.mac == mac && at.Before(e.offerEnd) || owner == mac && n.held.get(e.who()) == e) {
			// It uses the address already, or still: nobody else may have it.
			if owner == mac {
				n.promise(e, e.who(), at.Add(b.cfg.DeclineHold))
			}
			return nil, Lease{}, "its own machine answers"
		}
		return e, Lease{Subnet: n.Network, Address: addr, MAC: mac, State: Declined, Start: at,
			Expires: at.Add(b.cfg.DeclineHold)}, "somebody answers there"
	})
}
