package lease

import (
	"net/netip"
	"time"
)

// Use is how full a subnet's pools are.
type Use struct {
	Subnet   netip.Prefix
	Size     int // addresses in its pools, those reserved and unusable left out
	Active   int
	Offered  int // and not leased
	Declined int // resting
}

// useStep is how many addresses are counted under one lock.
const useStep = 4096

// Uses counts each subnet of the settings. It takes its time: nobody who asks
// for an address waits for it.
func (b *Book) Uses(at time.Time) []Use {
	subnets := b.Subnets()
	out := make([]Use, len(subnets))
	for i, s := range subnets {
		out[i].Subnet = s.Network
		for _, p := range s.Pools {
			for a := p.First; p.Contains(a); {
				a = b.count(&out[i], p, a, at)
			}
		}
	}
	return out
}

// count goes on from an address and gives the one to go on from.
func (b *Book) count(u *Use, p Range, a netip.Addr, at time.Time) netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.network(a)
	for range useStep {
		if n == nil || !p.Contains(a) {
			break
		}
		if n.poolable(a) {
			u.Size++
			switch e := n.at(a); {
			case e == nil:
			case e.stateAt(at) == Active:
				u.Active++
			case e.state() == Declined && at.Before(e.end()):
				u.Declined++
			case at.Before(e.offerEnd):
				u.Offered++
			}
		}
		a = a.Next()
	}
	if n == nil {
		return netip.Addr{}
	}
	return a
}
