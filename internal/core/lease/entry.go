package lease

import (
	"net/netip"
	"time"

	"seedbed/internal/core/machine"
)

// entry is one address that was ever offered or leased. Guarded by Book.mu.
// There may be a million: it is kept at 128 bytes.
type entry struct {
	*pending // never nil; write by way of own

	net               *network
	client            string // option 61
	hostName, machine string
	start, expires    int64  // nanoseconds since 1970
	renewed           int64  // when it was committed, zero if by an earlier run
	freeAt            int64  // when others may have it
	term              uint32 // seconds, as last granted
	place             int32  // where in the queue
	clearAt           uint32 // seconds since 1970: when a probe found nobody at it; 0 not yet, or long ago
	queue             int8   // which of net.idle holds it, shortlisted, or -1 none
	stateNo           uint8  // index of stateNames; as last committed, 0 while only ever offered
	bits              uint8  // of a subnet that the settings no longer name
	addr              [4]byte
	mac               machine.MAC
}

// pending is what most addresses are not in at most times.
type pending struct {
	offerTo   holder
	offerEnd  time.Time
	flight    chan struct{} // closed when the commit under way has ended
	flightWho holder
}

var (
	nothing    pending // of all entries with nothing pending; never written
	stateNames = [...]State{"", Active, Released, Expired, Declined}
)

func newEntry(a netip.Addr, n *network) *entry {
	return &entry{pending: &nothing, net: n, queue: -1, addr: a.As4()}
}

// own gives what is pending of this entry, to be written.
func (e *entry) own() *pending {
	if e.pending == &nothing {
		e.pending = new(pending)
	}
	return e.pending
}

// tidy gives the memory back once nothing is pending.
func (e *entry) tidy() {
	if e.flight == nil && e.offerEnd.IsZero() {
		e.pending = &nothing
	}
}

func (e *entry) address() netip.Addr { return netip.AddrFrom4(e.addr) }
func (e *entry) state() State        { return stateNames[e.stateNo] }
func (e *entry) end() time.Time      { return moment(e.expires) }

func (e *entry) stateAt(at time.Time) State {
	if s := e.state(); s != Active || at.Before(e.end()) {
		return s
	}
	return Expired
}

// who is whose lease it is or was.
func (e *entry) who() holder {
	switch s := e.state(); {
	case s == "" || s == Declined:
		return holder{}
	case !e.mac.IsZero() && !(e.net.ClientIDFirst && e.client != ""):
		return holder{mac: e.mac}
	}
	return holder{id: e.client}
}

// set takes a lease over, but for its address.
func (e *entry) set(l *Lease) {
	e.stateNo = 0
	for i, s := range stateNames {
		if s == l.State {
			e.stateNo = uint8(i)
		}
	}
	e.mac, e.client, e.hostName, e.machine = l.MAC, string(l.ClientID), l.HostName, l.Machine
	e.start, e.expires, e.bits = nanos(l.Start), nanos(l.Expires), uint8(l.Subnet.Bits())
}

// lease is the entry as others see it.
func (e *entry) lease() Lease {
	l := Lease{Subnet: e.net.Network, Address: e.address(), MAC: e.mac, HostName: e.hostName, Machine: e.machine,
		State: e.state(), Start: moment(e.start), Expires: e.end()}
	if e.client != "" {
		l.ClientID = []byte(e.client)
	}
	if !l.Subnet.IsValid() {
		l.Subnet, _ = l.Address.Prefix(int(e.bits))
	}
	return l
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// ledger finds entries by holder, in less memory than one map takes.
type ledger struct {
	mac map[machine.MAC]*entry
	id  map[string]*entry
}

func newLedger() ledger {
	return ledger{map[machine.MAC]*entry{}, map[string]*entry{}}
}

func (l ledger) get(who holder) *entry {
	if who.id == "" {
		return l.mac[who.mac]
	}
	return l.id[who.id]
}

func (l ledger) put(who holder, e *entry) {
	if who.id == "" {
		l.mac[who.mac] = e
	} else {
		l.id[who.id] = e
	}
}

// drop forgets the holder if it has this entry.
func (l ledger) drop(who holder, e *entry) {
	if l.get(who) != e {
		return
	}
	if who.id == "" {
		delete(l.mac, who.mac)
	} else {
		delete(l.id, who.id)
	}
}
