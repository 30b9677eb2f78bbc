package lease

import (
	"net/netip"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

const boardUUID = "4c4c4544-0000-2010-8020-80c04f202021"

// reservedBy is a bench whose pool is two addresses, one reserved in each way.
func reservedBy(t *testing.T, r Reservation, change func(*Subnet)) *bench {
	s := &memStore{rows: map[netip.Addr]Lease{}}
	r.Machine, r.Address = "node1", ip("192.0.2.11")
	c := Config{Store: s, Reservations: []Reservation{r}, Subnets: []Subnet{{Network: wire,
		Pools: []Range{{ip("192.0.2.10"), ip("192.0.2.11")}, {ip("192.0.2.30"), ip("192.0.2.30")}}}}}
	if change != nil {
		change(&c.Subnets[0])
	}
	return &bench{t, New(c, nil), s, t0}
}

func TestReservationsByWhateverNamesAMachine(t *testing.T) {
	port := machine.Port{Circuit: "ge-0/0/7", Remote: "sw1"}
	for _, c := range []struct {
		name string
		r    Reservation
		ask  func(*Ask)
	}{
		{"MAC", Reservation{MACs: []machine.MAC{mac(200), mac(1)}}, func(*Ask) {}},
		{"client-id", Reservation{ClientID: "\x01abc"}, func(a *Ask) { a.ClientID = []byte("\x01abc") }},
		{"client-id without a MAC", Reservation{ClientID: "\x01abc"}, func(a *Ask) { a.MAC, a.ClientID = machine.MAC{}, []byte("\x01abc") }},
		{"UUID, in whatever case", Reservation{UUID: "4C4C4544-0000-2010-8020-80C04F202021"}, func(a *Ask) { a.UUID = boardUUID }},
		{"relay port", Reservation{Port: port}, func(a *Ask) { a.Port = port }},
		{"circuit alone", Reservation{Port: machine.Port{Circuit: "ge-0/0/7"}}, func(a *Ask) { a.Port = port }},
		{"remote alone", Reservation{Port: machine.Port{Remote: "sw1"}}, func(a *Ask) { a.Port = port }},
		{"name", Reservation{}, func(a *Ask) { a.Machine = "node1" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := reservedBy(t, c.r, nil)
			// Its owner is away: nobody else gets it, however full the pools are.
			b.want(b.boot(b.ask(51)), "192.0.2.10")
			b.want(b.boot(b.ask(52)), "192.0.2.30")
			b.want(b.boot(b.ask(53)), "no free leases")
			a := b.ask(1)
			c.ask(&a)
			b.want(b.boot(a), "192.0.2.11")
			if l, _ := b.b.ByAddress(ip("192.0.2.11")); l.Machine != "node1" {
				t.Errorf("it is %q's", l.Machine)
			}
		})
	}
}

func TestARenewalPastTheRelayKeepsThePortsAddress(t *testing.T) {
	port := machine.Port{Circuit: "ge-0/0/7"}
	b := reservedBy(t, Reservation{Port: port}, nil)
	a := b.ask(1)
	a.Port = port
	b.want(b.boot(a), "192.0.2.11")
	rows, _ := b.store.Leases()
	for _, outcome := range []string{"running on", "after a restart"} {
		b.now = b.now.Add(time.Minute)
		r := b.ask(1)
		r.CIAddr = ip("192.0.2.11")
		if v := b.b.Request(r, Renewing); v.Word != Ack {
			t.Errorf("%s: %v %q", outcome, v.Word, v.Why)
		}
		r = b.ask(2)
		r.CIAddr = ip("192.0.2.11")
		if v := b.b.Request(r, Renewing); v.Word != Nak {
			t.Errorf("%s, a stranger: %v %q", outcome, v.Word, v.Why)
		}
		b.b = New(b.b.cfg, rows)
	}
}

func TestClientIDFirstOnlyWhereItIsSet(t *testing.T) {
	first := func(s *Subnet) { s.ClientIDFirst = true }
	for _, c := range []struct {
		name   string
		change func(*Subnet)
		want   [3]string
	}{
		{"by MAC", nil, [3]string{"192.0.2.10", "192.0.2.10", "192.0.2.30"}},
		{"by client-id", first, [3]string{"192.0.2.10", "192.0.2.30", "192.0.2.10"}},
	} {
		b := reservedBy(t, Reservation{MACs: []machine.MAC{mac(9)}}, c.change)
		for i, who := range []struct {
			mac int
			id  string
		}{{1, "a"}, {1, "b"}, {2, "a"}} { // a dock with two laptops, then one at another dock
			a := b.ask(who.mac)
			a.ClientID = []byte(who.id)
			b.want(b.boot(a), c.want[i])
			b.now = b.now.Add(10 * time.Second)
		}
		rows, _ := b.store.Leases()
		b.b = New(b.b.cfg, rows)
		a := b.ask(1)
		a.ClientID = []byte("a")
		b.want(b.boot(a), "192.0.2.10")
		if l, ok := b.b.ByMAC(mac(1)); !ok || l.Address != ip("192.0.2.10") {
			t.Errorf("%s: by its MAC: %+v", c.name, l)
		}
		a.CIAddr, a.Requested = ip("192.0.2.10"), netip.Addr{}
		if v := b.b.Release(a); v.Lease.State != Released {
			t.Errorf("%s: released: %q", c.name, v.Why)
		}
	}
	b := reservedBy(t, Reservation{ClientID: "a"}, first)
	a := b.ask(1)
	a.ClientID = []byte("a")
	b.want(b.boot(a), "192.0.2.11")
}

func TestAClockThatIsSetFreesNothing(t *testing.T) {
	for _, by := range []time.Duration{56 * 365 * 24 * time.Hour, 3 * time.Hour, -3 * time.Hour} {
		b := newBench(t)
		b.want(b.boot(b.ask(1)), "192.0.2.10")
		b.want(b.boot(b.ask(2)), "192.0.2.12")
		b.b.Release(Ask{At: b.now, Link: server, MAC: mac(2), CIAddr: ip("192.0.2.12")})
		o := b.b.Offer(b.ask(3))
		if o.Lease.Address != ip("192.0.2.13") {
			t.Fatal(o.Lease.Address, o.Why)
		}
		b.now = b.now.Add(by)
		rows := b.b.Shift(by)
		if err := b.b.Rewrite(rows); err != nil || len(rows) != 1 || !b.store.rows[ip("192.0.2.10")].Expires.Equal(b.now.Add(10*time.Minute)) {
			t.Errorf("%s: on the disk: %v, %+v", by, rows, b.store.rows)
		}
		for i, want := range []string{"192.0.2.12", "no free leases"} { // .10 is held, .13 is offered
			if got := b.boot(b.ask(20 + i)); got != want {
				t.Errorf("%s: client %d gets %s, want %s", by, i, got, want)
			}
		}
		a := b.ask(1)
		a.CIAddr = ip("192.0.2.10")
		if v := b.b.Request(a, Renewing); v.Word != Ack {
			t.Errorf("%s: its holder: %v %q", by, v.Word, v.Why)
		}
		b.now = b.now.Add(11 * time.Minute) // and it ends when it should
		b.want(b.boot(b.ask(40)), "192.0.2.13")
	}
}

func TestAnInfiniteLeaseOnlyWhereItIsAllowed(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		outcome          string
		lease, max, want time.Duration
		asked            time.Duration
	}{
		{"asked for, and not allowed", 10 * time.Minute, 2 * time.Hour, 2 * time.Hour, Infinite},
		{"asked for, and allowed", 10 * time.Minute, Infinite, Infinite, Infinite},
		{"allowed, and not asked for", 10 * time.Minute, Infinite, day, day},
		{"the rule", Infinite, Infinite, Infinite, 0},
	} {
		s := Subnet{LeaseTime: c.lease, MaxLease: c.max}
		if got := s.Term(c.asked); got != c.want {
			t.Errorf("%s: %s, want %s", c.outcome, got, c.want)
		}
	}
	b := reservedBy(t, Reservation{}, func(s *Subnet) { s.LeaseTime, s.MaxLease = Infinite, Infinite })
	b.want(b.boot(b.ask(1)), "192.0.2.10")
	b.now = b.now.Add(100 * 365 * day)
	b.want(b.boot(b.ask(2)), "192.0.2.30")
	b.want(b.boot(b.ask(3)), "no free leases")
}
