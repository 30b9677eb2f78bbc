package lease

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

// memStore is a Store that can be told to fail or to wait.
type memStore struct {
	mu      sync.Mutex
	rows    map[netip.Addr]Lease
	commits int
	err     error
	gate    chan struct{} // when set, every commit takes one token from it
	entered chan struct{}
}

func (m *memStore) CommitLeases(ls []Lease) error {
	if m.gate != nil {
		m.entered <- struct{}{}
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commits++
	if m.err != nil {
		return m.err
	}
	for _, l := range ls {
		m.rows[l.Address] = l
	}
	return nil
}

func (m *memStore) Leases() ([]Lease, error) {
	var out []Lease
	for _, l := range m.rows {
		out = append(out, l)
	}
	return out, nil
}

func mac(i int) machine.MAC { return machine.MAC{2, 0, 0, 0, byte(i >> 8), byte(i)} }

func testConfig(s Store) Config {
	return Config{
		Subnets: []Subnet{
			{Network: netip.MustParsePrefix("192.0.2.0/24"), Gateway: server,
				Pools: []Range{{ip("192.0.2.10"), ip("192.0.2.13")}}},
			{Network: netip.MustParsePrefix("198.51.100.0/24"),
				Pools: []Range{{ip("198.51.100.10"), ip("198.51.100.20")}}},
		},
		Reservations: []Reservation{
			{Machine: "inside", MACs: []machine.MAC{mac(100)}, Address: ip("192.0.2.11")},
			{Machine: "outside", MACs: []machine.MAC{mac(101)}, UUID: "4C4C4544-0000-2010-8020-80c04f202020", Address: ip("192.0.2.200")},
		},
		Store: s,
	}
}

type bench struct {
	*testing.T
	b     *Book
	store *memStore
	now   time.Time
}

func newBench(t *testing.T) *bench {
	s := &memStore{rows: map[netip.Addr]Lease{}}
	return &bench{t, New(testConfig(s), nil), s, t0}
}

func (b *bench) ask(i int) Ask { return Ask{At: b.now, Link: server, MAC: mac(i), Authoritative: true} }

// boot takes an address as a client does, DISCOVER then REQUEST.
func (b *bench) boot(a Ask) string {
	b.Helper()
	o := b.b.Offer(a)
	if o.Word != Ack {
		return o.Why
	}
	a.Requested = o.Lease.Address
	v := b.b.Request(a, Selecting)
	if v.Word != Ack || v.Lease.Address != a.Requested {
		b.Fatalf("offered %s, then %v %q", a.Requested, v.Word, v.Why)
	}
	if row := b.store.rows[v.Lease.Address]; row.State != Active || row.MAC != a.MAC {
		b.Fatalf("acknowledged %s, the store has %+v", v.Lease.Address, row)
	}
	return v.Lease.Address.String()
}

func (b *bench) want(got, want string) {
	b.Helper()
	if got != want {
		b.Fatalf("got %s, want %s", got, want)
	}
}
