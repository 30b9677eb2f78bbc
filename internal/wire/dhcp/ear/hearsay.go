package ear

import (
	"net/netip"
	"sync"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

const (
	maxHeard = 1 << 13
	term     = time.Hour       // of an address whose lease time was not heard
	sure     = 5 * time.Second // for which a server's word stands against the client's, heard late
)

// Hearsay is who holds which address by what was overheard, where another
// server leases. It remembers some thousand machines, one address each, and
// then forgets old ones for new ones. Its zero value is ready; it is safe for
// concurrent use.
type Hearsay struct {
	mu     sync.Mutex
	byMAC  map[machine.MAC]lease.Lease
	told   map[machine.MAC]time.Time // when a server said so
	byAddr map[netip.Addr]machine.MAC
}

// Hear takes an answer: an Ack gives an address, a Nak takes it.
func (h *Hearsay) Hear(a Answer, at time.Time) {
	switch {
	case a.MAC.IsZero():
	case a.Kind == packet.Ack && a.Address.IsValid():
		h.mu.Lock()
		defer h.mu.Unlock()
		h.note(a.MAC, a.Address, at, a.Term)
		h.told[a.MAC] = at
	case a.Kind == packet.Nak:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(a.MAC)
	}
}

// Note takes a client's own word for its address.
func (h *Hearsay) Note(mac machine.MAC, addr netip.Addr, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	told, ok := h.told[mac]
	if ok && at.Sub(told).Abs() < sure && h.byMAC[mac].Address != addr {
		return
	}
	h.note(mac, addr, at, 0)
	if ok {
		h.told[mac] = told
	}
}

func (h *Hearsay) note(mac machine.MAC, addr netip.Addr, at time.Time, t time.Duration) {
	if t <= 0 {
		t = term
	}
	if h.byMAC == nil {
		h.byMAC, h.told, h.byAddr = map[machine.MAC]lease.Lease{}, map[machine.MAC]time.Time{}, map[netip.Addr]machine.MAC{}
	}
	l := lease.Lease{Address: addr, MAC: mac, State: lease.Active, Start: at, Expires: at.Add(t)}
	if old, ok := h.byMAC[mac]; ok && old.Address == addr {
		l.Start = old.Start
		if old.Expires.After(l.Expires) {
			l.Expires = old.Expires
		}
	}
	h.drop(mac)
	h.drop(h.byAddr[addr])
	if len(h.byMAC) >= maxHeard {
		h.evict()
	}
	h.byMAC[mac], h.byAddr[addr] = l, mac
}

func (h *Hearsay) drop(mac machine.MAC) {
	if l, ok := h.byMAC[mac]; ok {
		delete(h.byMAC, mac)
		delete(h.told, mac)
		delete(h.byAddr, l.Address)
	}
}

// evict drops, of a sample, the one that expires first: looking at all for
// each newcomer would let a flood of them cost too much.
func (h *Hearsay) evict() {
	var soonest lease.Lease
	n := 0
	for _, l := range h.byMAC {
		if n == 0 || l.Expires.Before(soonest.Expires) {
			soonest = l
		}
		if n++; n == 64 {
			break
		}
	}
	h.drop(soonest.MAC)
}

// ByAddress is who was last heard to use the address.
func (h *Hearsay) ByAddress(addr netip.Addr) (lease.Lease, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, ok := h.byMAC[h.byAddr[addr]]
	return l, ok && l.Address == addr
}

// ByMAC is the address that a machine was last heard to use.
func (h *Hearsay) ByMAC(mac machine.MAC) (lease.Lease, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, ok := h.byMAC[mac]
	return l, ok
}
