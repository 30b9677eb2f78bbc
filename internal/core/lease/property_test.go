package lease

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

// model is what the clients believe: a plain map, kept by nobody but them.
type model map[machine.MAC]Lease

// acked takes a lease over, and says who else believes to hold the address.
func (m model) acked(at time.Time, who machine.MAC, l Lease) error {
	for other, o := range m {
		if other != who && o.Address == l.Address && at.Before(o.Expires) {
			return fmt.Errorf("%s is in the hands of %s until %s and was given to %s at %s", l.Address, other, o.Expires, who, at)
		}
	}
	m[who] = l
	return nil
}

func TestRandomOperationsNeverGiveAnAddressTwice(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		store := &memStore{rows: map[netip.Addr]Lease{}}
		settings := func() Config {
			c := testConfig(store)
			c.Probe = seed%2 == 1
			return c
		}
		b := New(settings(), nil)
		now, clients := t0, model{}
		offers := map[machine.MAC]netip.Addr{}
		for step := range 1500 {
			i := rng.IntN(9)
			if i == 8 {
				i = 100 + rng.IntN(2)
			}
			now = now.Add(time.Duration(rng.IntN(60)) * time.Second)
			a := Ask{At: now, Link: server, MAC: mac(i), ClientID: []byte{byte(rng.IntN(3))}}
			mine := clients[a.MAC]
			if !now.Before(mine.Expires) {
				mine = Lease{}
			}
			var v Verdict
			switch op := rng.IntN(14); op {
			case 0, 1, 2:
				if rng.IntN(4) == 0 {
					a.Requested = netip.AddrFrom4([4]byte{192, 0, 2, byte(8 + rng.IntN(8))})
				}
				delete(clients, a.MAC) // INIT: it uses no address any more
				if o := b.Offer(a); o.Word == Ack {
					offers[a.MAC] = o.Lease.Address
				}
			case 3, 4, 5:
				a.Requested = offers[a.MAC]
				delete(clients, a.MAC)
				v = b.Request(a, Selecting)
			case 6:
				a.Requested = netip.AddrFrom4([4]byte{192, 0, 2, byte(8 + rng.IntN(8))})
				delete(clients, a.MAC)
				v = b.Request(a, []Kind{InitReboot, Selecting}[rng.IntN(2)])
			case 7, 8:
				if a.CIAddr = mine.Address; a.CIAddr.IsValid() {
					if v = b.Request(a, []Kind{Renewing, Rebinding}[rng.IntN(2)]); v.Word != Ack && i < 100 { // a reserved address may be free again by now
						t.Fatalf("seed %d step %d: %s may not keep %s: %q", seed, step, a.MAC, a.CIAddr, v.Why)
					}
				}
			case 9:
				a.CIAddr = mine.Address
				b.Release(a)
				delete(clients, a.MAC)
			case 10:
				if rng.IntN(8) == 0 {
					a.Requested = mine.Address
					b.Decline(a)
					delete(clients, a.MAC)
				}
			case 11:
				if rng.IntN(3) == 0 { // a restart
					rows, _ := store.Leases()
					b = New(settings(), rows)
				} else {
					b.SetConfig(settings())
				}
			case 12:
				b.Clear(b.Suspects(b.Subnets()[0].Network, now, 1+rng.IntN(4)), now)
			case 13: // some answer, known to the book or not
				for _, x := range b.Suspects(b.Subnets()[0].Network, now, 2) {
					if rng.IntN(4) == 0 {
						b.Conflict(x, []machine.MAC{{}, mac(rng.IntN(8)), mac(77)}[rng.IntN(3)], now)
					}
				}
			}
			checkShortlists(t, b)
			if v.Word == Ack {
				if err := clients.acked(now, a.MAC, v.Lease); err != nil {
					t.Fatalf("seed %d step %d: %v", seed, step, err)
				}
				checkRow(t, store, v.Lease, i)
			}
			checkBook(t, b, store, now)
		}
	}
}

func checkRow(t *testing.T, s *memStore, l Lease, client int) {
	t.Helper()
	if row := s.rows[l.Address]; row.MAC != l.MAC || row.State != Active {
		t.Fatalf("acknowledged %s, but the row says %+v", l.Address, row)
	}
	if l.Address == ip("192.0.2.11") && client != 100 || l.Address == ip("192.0.2.200") && client != 101 {
		t.Fatalf("client %d got the reserved %s", client, l.Address)
	}
}

// checkBook: the book says what the disk says; no machine has two addresses.
func checkBook(t *testing.T, b *Book, s *memStore, now time.Time) {
	t.Helper()
	all := b.All()
	if len(all) != len(s.rows) {
		t.Fatalf("%d leases, %d rows", len(all), len(s.rows))
	}
	active := map[machine.MAC]netip.Addr{}
	for _, l := range all {
		if row := s.rows[l.Address]; row.MAC != l.MAC || row.State != l.State || !row.Expires.Equal(l.Expires) {
			t.Fatalf("book %+v\ndisk %+v", l, row)
		}
		if l.StateAt(now) != Active {
			continue
		}
		if x, two := active[l.MAC]; two {
			t.Fatalf("%s holds %s and %s", l.MAC, x, l.Address)
		}
		active[l.MAC] = l.Address
	}
}

// checkShortlists: each address is in one place, and the counts are right.
func checkShortlists(t *testing.T, b *Book) {
	t.Helper()
	for _, n := range b.nets {
		clear := 0
		for _, e := range n.short.list {
			if e.queue != shortlisted || !n.poolable(e.address()) {
				t.Fatalf("%s is on the list, and in queue %d", e.address(), e.queue)
			}
			if e.clearAt != 0 {
				clear++
			}
		}
		listed := 0
		for _, e := range n.byAddr {
			if e.queue == shortlisted {
				listed++
			}
		}
		if clear != n.short.clear || listed != len(n.short.list) {
			t.Fatalf("%d of %d are clear, %d is counted; %d say that they are listed", clear, len(n.short.list), n.short.clear, listed)
		}
	}
}

func TestCrowdOfClientsAtOnce(t *testing.T) {
	store := &memStore{rows: map[netip.Addr]Lease{}}
	cfg := Config{Store: store, Subnets: []Subnet{{Network: netip.MustParsePrefix("192.0.2.0/24"),
		Pools: []Range{{ip("192.0.2.10"), ip("192.0.2.109")}}}}}
	b := New(cfg, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	owner := map[netip.Addr]int{}
	for i := range 100 {
		for range 3 { // each client thrice, as retransmissions
			wg.Go(func() {
				a := Ask{At: t0, Link: server, MAC: mac(i)}
				a.Requested = b.Offer(a).Lease.Address
				v := b.Request(a, Selecting)
				mu.Lock()
				defer mu.Unlock()
				if was, ok := owner[v.Lease.Address]; v.Word != Ack || ok && was != i {
					t.Errorf("client %d: %v %q %s, owner %d", i, v.Word, v.Why, v.Lease.Address, was)
				}
				owner[v.Lease.Address] = i
			})
		}
		if i == 50 {
			b.SetConfig(cfg)
		}
	}
	wg.Wait()
	if len(owner) != 100 || store.commits != 100 {
		t.Errorf("%d addresses, %d commits, want 100 of each", len(owner), store.commits)
	}
}

func BenchmarkOfferAndRequest(bm *testing.B) {
	b := New(Config{Subnets: []Subnet{{Network: netip.MustParsePrefix("10.0.0.0/8"),
		Pools: []Range{{ip("10.0.0.1"), ip("10.0.255.254")}}}}}, nil)
	bm.ReportAllocs()
	a := Ask{At: t0, Link: ip("10.0.0.1")}
	for i := 0; bm.Loop(); i++ {
		a.At = a.At.Add(time.Second)
		a.MAC = machine.MAC{4, 0, 0, 0, byte(i >> 8), byte(i)}
		a.Requested = netip.Addr{}
		a.Requested = b.Offer(a).Lease.Address
		if v := b.Request(a, Selecting); v.Word != Ack {
			bm.Fatal(v.Why)
		}
	}
}
