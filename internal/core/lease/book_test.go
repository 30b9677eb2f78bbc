package lease

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

var (
	t0     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ip     = netip.MustParseAddr
	server = ip("192.0.2.1")
)

func TestOneMachineOneAddressWhateverItsClientID(t *testing.T) {
	b := newBench(t)
	for i := range 6 {
		a := b.ask(1)
		a.ClientID = []byte{255, byte(i)}
		b.want(b.boot(a), "192.0.2.10")
		b.now = b.now.Add(10 * time.Second)
	}
	if n := len(b.b.All()); n != 1 {
		t.Fatalf("%d leases, want 1", n)
	}
}

func TestReservedAddressWinsAndIsNobodyElses(t *testing.T) {
	b := newBench(t)
	for i, want := range []string{"192.0.2.10", "192.0.2.12", "192.0.2.13", "no free leases"} {
		b.want(b.boot(b.ask(i)), want)
	}
	b.want(b.boot(b.ask(100)), "192.0.2.11")
	b.want(b.boot(b.ask(101)), "192.0.2.200")
	a := b.ask(7)
	for _, k := range []Kind{InitReboot, Rebinding, Renewing, Selecting} {
		a.Requested, a.CIAddr = ip("192.0.2.11"), ip("192.0.2.11")
		if v := b.b.Request(a, k); v.Word != Nak {
			t.Errorf("%v of a reserved address by a stranger: %v %q", k, v.Word, v.Why)
		}
	}
}

func TestReservationIsFoundByUUIDAndByMachine(t *testing.T) {
	b := newBench(t)
	a := b.ask(55)
	a.UUID = "4c4c4544-0000-2010-8020-80c04f202020"
	b.want(b.boot(a), "192.0.2.200")
	a = b.ask(55)
	a.Machine = "outside" // its installer sends no UUID, but the roster knows the MAC by now
	b.want(b.boot(a), "192.0.2.200")
	// The machine's other port, while the first holds the address.
	a = b.ask(101)
	b.want(b.boot(a), "192.0.2.10")
	a.CIAddr = ip("192.0.2.10")
	if v := b.b.Request(a, Renewing); v.Word != Ack {
		t.Fatalf("it may keep the pool address meanwhile: %q", v.Why)
	}
}

func TestReturningMachineGetsItsAddressAgain(t *testing.T) {
	b := newBench(t)
	b.want(b.boot(b.ask(1)), "192.0.2.10")
	b.want(b.boot(b.ask(2)), "192.0.2.12")
	b.now = b.now.Add(48 * time.Hour)
	b.want(b.boot(b.ask(2)), "192.0.2.12")
	rows, _ := b.store.Leases()
	b.b = New(testConfig(b.store), rows)
	b.want(b.boot(b.ask(1)), "192.0.2.10")
}

func TestExpiredAddressesAreReusedOldestFirstAfterAGrace(t *testing.T) {
	b := newBench(t)
	for i := range 3 {
		b.boot(b.ask(i))
		b.now = b.now.Add(time.Minute)
	}
	b.want(b.boot(b.ask(9)), "no free leases")
	b.now = t0.Add(10*time.Minute + 5*time.Second)
	b.want(b.boot(b.ask(9)), "no free leases")
	b.now = t0.Add(time.Hour)
	b.want(b.boot(b.ask(9)), "192.0.2.10")
	b.want(b.boot(b.ask(10)), "192.0.2.12")
	b.want(b.boot(b.ask(0)), "192.0.2.13")
	b.want(b.boot(b.ask(1)), "no free leases")
}

func TestOffersAreHeldAndCostNoWrite(t *testing.T) {
	b := newBench(t)
	for i := range 3 {
		b.b.Offer(b.ask(i))
	}
	if v := b.b.Offer(b.ask(3)); v.Word != Silent || !v.Exhausted {
		t.Fatalf("got %v %q", v.Word, v.Why)
	}
	if b.store.commits != 0 {
		t.Fatal("an offer was written")
	}
	// D15: UEFI asks for it up to 60 s after the first DISCOVER (4 + 8 + 16 + 32 s).
	b.now = b.now.Add(89 * time.Second)
	if v := b.b.Offer(b.ask(3)); v.Word != Silent {
		t.Fatalf("an offer of 89 s ago was given to another: %q", v.Why)
	}
	b.now = b.now.Add(31 * time.Second)
	if v := b.b.Offer(b.ask(3)); v.Word != Ack {
		t.Fatalf("a lapsed offer is free again, got %q", v.Why)
	}
}

func TestClientThatTookAnotherServerFreesItsOffer(t *testing.T) {
	b := newBench(t)
	for i := range 3 {
		b.b.Offer(b.ask(i))
	}
	b.b.Withdraw(b.ask(1))
	b.want(b.boot(b.ask(3)), "192.0.2.12")
}

func TestRequestStates(t *testing.T) {
	const known = 1
	cases := []struct {
		name          string
		k             Kind
		mac           int
		addr          string
		authoritative bool
		want          Word
	}{
		{"D10 INIT-REBOOT, right address", InitReboot, known, "192.0.2.10", false, Ack},
		{"D10 INIT-REBOOT, known with another address", InitReboot, known, "192.0.2.12", false, Nak},
		{"D10 INIT-REBOOT, wrong network", InitReboot, 9, "203.0.113.9", true, Nak},
		{"D10 INIT-REBOOT, wrong network, known", InitReboot, known, "203.0.113.9", false, Nak},
		{"D10 INIT-REBOOT, no record", InitReboot, 9, "192.0.2.12", false, Silent},
		{"D10 INIT-REBOOT, no record, authoritative", InitReboot, 9, "192.0.2.12", true, Nak},
		{"RENEWING its own", Renewing, known, "192.0.2.10", false, Ack},
		{"REBINDING its own", Rebinding, known, "192.0.2.10", false, Ack},
		{"RENEWING another's", Renewing, 9, "192.0.2.10", true, Nak},
		{"RENEWING another's, not authoritative", Renewing, 9, "192.0.2.10", false, Silent},
		{"RENEWING a lost record", Renewing, 9, "192.0.2.12", true, Ack},
		{"REBINDING a lost record, not authoritative", Rebinding, 9, "192.0.2.12", false, Silent},
		{"RENEWING from behind a router", Renewing, 9, "198.51.100.12", true, Ack},
		{"D40 RENEWING outside every pool", Renewing, 9, "192.0.2.99", true, Nak},
		{"SELECTING after a restart", Selecting, 9, "192.0.2.12", false, Ack},
		{"SELECTING another's", Selecting, 9, "192.0.2.10", true, Nak},
		{"SELECTING the gateway", Selecting, 9, "192.0.2.1", true, Nak},
		{"BOOTP with a reservation", Static, 100, "", false, Ack},
		{"BOOTP without", Static, 9, "", true, Silent},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.boot(b.ask(known))
			b.now = b.now.Add(time.Minute)
			a := b.ask(c.mac)
			a.Authoritative = c.authoritative
			if c.addr != "" {
				a.Requested, a.CIAddr = ip(c.addr), ip(c.addr)
			}
			commits := b.store.commits
			v := b.b.Request(a, c.k)
			if v.Word != c.want {
				t.Fatalf("got %v %q, want %v", v.Word, v.Why, c.want)
			}
			if wrote := b.store.commits > commits; wrote != (c.want == Ack) {
				t.Errorf("wrote=%v", wrote)
			}
		})
	}
}

func TestRenewalMovesExpiryAndRetransmissionWritesNothing(t *testing.T) {
	b := newBench(t)
	b.boot(b.ask(1))
	a := b.ask(1)
	a.Requested = ip("192.0.2.10")
	a.At = t0.Add(time.Second)
	v := b.b.Request(a, Selecting)
	if v.Word != Ack || v.Term != 10*time.Minute || b.store.commits != 1 {
		t.Fatalf("D22: %v %v, %d commits", v.Word, v.Term, b.store.commits)
	}
	a.At, a.CIAddr = t0.Add(5*time.Minute), ip("192.0.2.10")
	v = b.b.Request(a, Renewing)
	row := b.store.rows[ip("192.0.2.10")]
	if v.Word != Ack || !row.Expires.Equal(t0.Add(15*time.Minute)) || !row.Start.Equal(t0) {
		t.Fatalf("got %v, row %+v", v.Word, row)
	}
}

func TestTerm(t *testing.T) {
	s := Subnet{LeaseTime: 10 * time.Minute, MaxLease: 2 * time.Hour}
	for asked, want := range map[time.Duration]time.Duration{
		0: 10 * time.Minute, time.Hour: time.Hour, 24 * time.Hour: 2 * time.Hour,
		0xffffffff * time.Second: 2 * time.Hour, time.Second: time.Minute,
	} {
		if got := s.Term(asked); got != want {
			t.Errorf("asked %v: %v, want %v", asked, got, want)
		}
	}
}

func TestOnlyTheOwnerReleases(t *testing.T) {
	b := newBench(t)
	b.boot(b.ask(1))
	a := b.ask(2)
	a.CIAddr = ip("192.0.2.10")
	if v := b.b.Release(a); v.Lease.State != "" {
		t.Fatal("a stranger released it")
	}
	a.MAC = mac(1)
	if v := b.b.Release(a); v.Lease.State != Released || b.store.rows[a.CIAddr].State != Released {
		t.Fatalf("got %+v", v)
	}
	b.want(b.boot(b.ask(1)), "192.0.2.10")
}

func TestDeclinedAddressRests(t *testing.T) {
	b := newBench(t)
	b.boot(b.ask(1))
	a := b.ask(2)
	a.Requested = ip("192.0.2.10")
	if v := b.b.Decline(a); v.Lease.State != "" {
		t.Fatal("a stranger declined it")
	}
	a.MAC = mac(1)
	if v := b.b.Decline(a); v.Lease.State != Declined {
		t.Fatalf("got %+v", v)
	}
	b.want(b.boot(b.ask(1)), "192.0.2.12")
	rows, _ := b.store.Leases()
	b.b = New(testConfig(b.store), rows)
	b.want(b.boot(b.ask(2)), "192.0.2.13")
	b.want(b.boot(b.ask(3)), "no free leases")
	b.now = b.now.Add(3 * time.Hour)
	b.want(b.boot(b.ask(3)), "192.0.2.12")
	b.want(b.boot(b.ask(4)), "192.0.2.13")
	b.want(b.boot(b.ask(5)), "192.0.2.10")
}

func TestFailedCommitGivesNothingAway(t *testing.T) {
	b := newBench(t)
	b.store.err = errors.New("disk full")
	o := b.b.Offer(b.ask(1))
	a := b.ask(1)
	a.Requested = o.Lease.Address
	if v := b.b.Request(a, Selecting); v.Word != Silent || v.Err == nil {
		t.Fatalf("got %v %v", v.Word, v.Err)
	}
	if _, ok := b.b.ByAddress(o.Lease.Address); ok {
		t.Fatal("the book has a lease that the disk has not")
	}
	b.store.err = nil
	b.want(b.boot(b.ask(1)), "192.0.2.10")
}

func TestNewReservationMovesTheMachine(t *testing.T) {
	b := newBench(t)
	b.boot(b.ask(1))
	cfg := testConfig(nil)
	cfg.Reservations = append(cfg.Reservations, Reservation{Machine: "m", MACs: []machine.MAC{mac(1)}, Address: ip("192.0.2.50")})
	b.b.SetConfig(cfg)
	a := b.ask(1)
	a.CIAddr = ip("192.0.2.10")
	if v := b.b.Request(a, Renewing); v.Word != Nak {
		t.Fatalf("got %v %q", v.Word, v.Why)
	}
	b.want(b.boot(b.ask(1)), "192.0.2.50")
	if s := b.store.rows[ip("192.0.2.10")].State; s != Released {
		t.Fatalf("the old address is %s on disk", s)
	}
	b.want(b.boot(b.ask(2)), "192.0.2.12")
}

func TestSubnetThatLeavesAndComesBackKeepsItsLeases(t *testing.T) {
	b := newBench(t)
	b.boot(b.ask(1))
	cfg := testConfig(nil)
	cfg.Subnets = cfg.Subnets[1:]
	b.b.SetConfig(cfg)
	if v := b.b.Offer(b.ask(1)); v.Word != Silent {
		t.Fatal("offered in a subnet that is gone")
	}
	b.b.SetConfig(testConfig(nil))
	b.boot(b.ask(2))
	b.want(b.boot(b.ask(1)), "192.0.2.10")
}

func TestOwnAddressIsNeverGiven(t *testing.T) {
	b := newBench(t)
	b.b.Exclude(ip("192.0.2.10"))
	b.want(b.boot(b.ask(1)), "192.0.2.12")
}

func TestRacingRequestsOfOneAddressCommitOnce(t *testing.T) {
	b := newBench(t)
	o := b.b.Offer(b.ask(1))
	b.store.gate, b.store.entered = make(chan struct{}), make(chan struct{}, 9)
	a := b.ask(1)
	a.Requested = o.Lease.Address
	got := make(chan Verdict, 9)
	for range 3 {
		go func() { got <- b.b.Request(a, Selecting) }()
	}
	<-b.store.entered
	// The lock is free while the commit hangs, and the address is not.
	x := b.ask(2)
	x.Requested = o.Lease.Address
	if v := b.b.Offer(x); v.Word != Ack || v.Lease.Address == o.Lease.Address {
		t.Fatalf("got %+v", v)
	}
	close(b.store.gate)
	for range 3 {
		if v := <-got; v.Word != Ack {
			t.Fatalf("got %v %q", v.Word, v.Why)
		}
	}
	if b.store.commits != 1 {
		t.Fatalf("%d commits, want 1", b.store.commits)
	}
}

func TestCostOfAnOfferDoesNotGrowWithThePool(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	cost := func(last string) time.Duration {
		b := New(Config{Grace: -1, Subnets: []Subnet{{Network: netip.MustParsePrefix("10.0.0.0/8"),
			Pools: []Range{{ip("10.0.0.1"), ip(last)}}}}}, nil)
		a := Ask{At: t0, Link: ip("10.0.0.1")}
		i := 0
		next := func() Verdict {
			i++
			a.MAC = machine.MAC{4, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}
			v := b.Offer(a)
			if v.Word == Ack {
				a.Requested = v.Lease.Address
				b.Request(a, Selecting)
				a.Requested = netip.Addr{}
			}
			return v
		}
		for next().Word == Ack { // fill it
		}
		a.At = a.At.Add(time.Hour) // every one has expired
		best := time.Hour
		for range 20 {
			start := time.Now()
			for range 50 {
				if v := next(); v.Word != Ack {
					t.Fatal(v.Why)
				}
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	small, large := cost("10.0.4.255"), cost("10.0.255.254")
	t.Logf("50 leases: %v of 1,279, %v of 65,534 addresses", small, large)
	if large > 12*small+time.Millisecond {
		t.Errorf("50 leases take %v in a large pool, %v in a small one", large, small)
	}
}

func TestKindNames(t *testing.T) {
	if s := fmt.Sprint(Selecting, InitReboot, Static, Kind(99)); s != "SELECTING INIT-REBOOT BOOTP unknown" {
		t.Error(s)
	}
}
