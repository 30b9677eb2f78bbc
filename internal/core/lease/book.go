package lease

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"seedbed/internal/core/machine"
)

// Store keeps leases on disk.
type Store interface {
	// CommitLeases writes the rows, all or none, and returns when they are on
	// disk. A row replaces the one of the same address. It is called from many
	// goroutines at once and does well to gather them into one commit.
	CommitLeases([]Lease) error
	// Leases gives every row, in any order.
	Leases() ([]Lease, error)
}

// Config is what the settings say about addresses.
type Config struct {
	Subnets      []Subnet
	Reservations []Reservation
	Store        Store // nil keeps leases in memory only

	OfferHold   time.Duration // how long an offer is held; zero: 90 seconds
	DeclineHold time.Duration // how long a declined address rests; zero: 1 hour
	Grace       time.Duration // from expiry until others may have the address; zero: 30 seconds, negative: none

	// Probe: somebody asks Suspects, looks whether anybody answers there, and
	// tells Clear or Conflict.
	Probe bool
}

// Book knows who holds which address. It is safe for concurrent use, and
// holds no lock while its store commits.
type Book struct {
	mu       sync.Mutex
	cfg      Config
	nets     []*network
	homeless *network // entries of subnets that the settings no longer name
	excluded map[netip.Addr]bool
	waiters  int // RequestThen's, of commits under way
	wanted   chan struct{}
}

// New makes a book from the settings and the leases an earlier run committed.
func New(cfg Config, loaded []Lease) *Book {
	b := &Book{excluded: map[netip.Addr]bool{}, wanted: make(chan struct{}, 1)}
	all := make([]*entry, 0, len(loaded))
	var entries map[netip.Addr]*entry // needed only if an address may come twice
	if !slices.IsSortedFunc(loaded, func(x, y Lease) int {
		if x.Address == y.Address {
			return -1
		}
		return x.Address.Compare(y.Address)
	}) {
		entries = make(map[netip.Addr]*entry, len(loaded))
	}
	for i := range loaded {
		l := &loaded[i]
		if !l.Address.Is4() || l.State == Offered || l.State == "" {
			continue
		}
		if old := entries[l.Address]; old != nil && old.end().After(l.Expires) {
			continue
		}
		e := newEntry(l.Address, nil)
		e.set(l)
		if entries == nil {
			all = append(all, e)
			continue
		}
		entries[l.Address] = e
	}
	b.rebuild(cfg, slices.AppendSeq(all, maps.Values(entries)))
	return b
}

// SetConfig takes new settings over. Leases and offers are kept; an address
// that a holder may no longer have is refused at its next renewal. A nil
// Store keeps the present one.
func (b *Book) SetConfig(cfg Config) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if cfg.Store == nil {
		cfg.Store = b.cfg.Store
	}
	b.rebuild(cfg, b.entries())
}

// Exclude keeps an address, such as the server's own, from ever being given.
func (b *Book) Exclude(addr netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.excluded[addr] {
		b.excluded[addr] = true
		if n := b.network(addr); n != nil && n.at(addr) != nil {
			n.settle(n.at(addr))
		}
	}
}

func (b *Book) entries() []*entry {
	var all []*entry
	for _, n := range append(slices.Clone(b.nets), b.homeless) {
		for _, e := range n.byAddr {
			all = append(all, e)
		}
	}
	return all
}

func (b *Book) rebuild(cfg Config, entries []*entry) {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&cfg.OfferHold, 90*time.Second)
	def(&cfg.DeclineHold, time.Hour)
	def(&cfg.Grace, 30*time.Second)
	cfg.Reservations = slices.Clone(cfg.Reservations)
	b.cfg, b.nets = cfg, nil
	for _, s := range cfg.Subnets {
		s.Network = s.Network.Masked()
		b.nets = append(b.nets, newNetwork(s, &b.cfg, b.excluded))
	}
	b.homeless = newNetwork(Subnet{}, &b.cfg, b.excluded)
	for _, n := range append(slices.Clone(b.nets), b.homeless) {
		n.loading = true
		defer n.loaded()
	}
	if len(b.nets) == 1 {
		b.nets[0].expect(len(entries))
	}
	for _, e := range entries {
		n := b.network(e.address())
		if n == nil {
			n = b.homeless
		} else {
			e.bits = uint8(n.Network.Bits())
		}
		e.net, e.queue = n, -1
		n.byAddr[e.addr] = e
		if who := e.who(); who != (holder{}) {
			if old := n.held.get(who); old == nil || old.yieldsTo(e) {
				n.held.put(who, e)
			}
		}
		if !e.offerEnd.IsZero() {
			n.offers[e.offerTo] = e
		}
		n.settle(e)
	}
}

// yieldsTo says, of two leases of one holder, that the other is the one to go
// on with: the active one, then the one that ends later.
func (e *entry) yieldsTo(o *entry) bool {
	if (e.state() == Active) != (o.state() == Active) {
		return o.state() == Active
	}
	return o.expires > e.expires
}

// network is the one that holds the address, or nil.
func (b *Book) network(a netip.Addr) *network {
	for _, n := range b.nets {
		if n.Network.Contains(a) {
			return n
		}
	}
	return nil
}

// SubnetFor is the subnet that an address lies in, read-only, or nil.
func (b *Book) SubnetFor(addr netip.Addr) *Subnet {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.network(addr); n != nil {
		return &n.Subnet
	}
	return nil
}

// Subnets lists the subnets of the settings, read-only.
func (b *Book) Subnets() []*Subnet {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*Subnet, len(b.nets))
	for i, n := range b.nets {
		out[i] = &n.Subnet
	}
	return out
}

// ByAddress is the committed lease of an address, in whatever state
// (Lease.StateAt says whether it has expired).
func (b *Book) ByAddress(addr netip.Addr) (Lease, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.network(addr)
	if n == nil {
		n = b.homeless
	}
	if e := n.at(addr); e != nil && e.state() != "" {
		return e.lease(), true
	}
	return Lease{}, false
}

// ByMAC is the lease that a MAC holds or held; of several subnets the one
// that runs longest.
func (b *Book) ByMAC(mac machine.MAC) (Lease, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var best *entry
	better := func(e *entry) {
		if best == nil || best.yieldsTo(e) {
			best = e
		}
	}
	for _, n := range b.nets {
		if e := n.held.get(holder{mac: mac}); e != nil {
			better(e)
		}
		if !n.ClientIDFirst {
			continue
		}
		for _, e := range n.byAddr {
			if s := e.state(); e.mac == mac && s != "" && s != Declined {
				better(e)
			}
		}
	}
	if best == nil {
		return Lease{}, false
	}
	return best.lease(), true
}

// All lists every committed lease by address.
func (b *Book) All() []Lease {
	b.mu.Lock()
	all := b.entries()
	out := make([]Lease, 0, len(all))
	for _, e := range all {
		if e.state() != "" {
			out = append(out, e.lease())
		}
	}
	b.mu.Unlock()
	slices.SortFunc(out, func(x, y Lease) int { return x.Address.Compare(y.Address) })
	return out
}
