package lease

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

var (
	wire    = netip.MustParsePrefix("192.0.2.0/24")
	squat   = machine.MAC{2, 9, 9, 9, 9, 9}
	moments = time.Second
)

func newProbing(t *testing.T) *bench {
	s := &memStore{rows: map[netip.Addr]Lease{}}
	c := testConfig(s)
	c.Probe = true
	return &bench{t, New(c, nil), s, t0}
}

func (b *bench) suspects(want ...string) []netip.Addr {
	b.Helper()
	got := b.b.Suspects(wire, b.now, 100)
	var text []string
	for _, a := range got {
		text = append(text, a.String())
	}
	if !slices.Equal(text, want) {
		b.Fatalf("suspects %v, want %v", text, want)
	}
	return got
}

func TestFreeAddressesAreProbedBeforeAnybodyAsks(t *testing.T) {
	b := newProbing(t)
	all := b.suspects("192.0.2.10", "192.0.2.12", "192.0.2.13") // .11 is reserved
	b.b.Clear(all[1:], b.now)
	b.want(b.boot(b.ask(1)), "192.0.2.12")
	b.suspects("192.0.2.10")
	v := b.b.Conflict(all[0], squat, b.now)
	if v.Lease.State != Declined || v.Lease.MAC != squat || b.store.rows[all[0]].State != Declined {
		t.Errorf("%+v, row %+v", v, b.store.rows[all[0]])
	}
	b.want(b.boot(b.ask(2)), "192.0.2.13")
	b.want(b.boot(b.ask(3)), "no free leases")
	b.now = b.now.Add(time.Hour + time.Second) // the quarantine ends, the leases have ended
	if got := b.b.Suspects(wire, b.now, 100); !slices.Contains(got, all[0]) {
		t.Errorf("%s is not looked at again: %v", all[0], got)
	}
}

func TestAClearAddressIsLookedAtAgainAfterMinutes(t *testing.T) {
	b := newProbing(t)
	b.b.Clear(b.suspects("192.0.2.10", "192.0.2.12", "192.0.2.13"), b.now)
	b.now = b.now.Add(clearAgain - moments)
	b.suspects()
	b.now = b.now.Add(2 * moments)
	b.suspects("192.0.2.10", "192.0.2.12", "192.0.2.13")
}

func TestNobodyWaitsForAProbeAndNobodyGoesWithout(t *testing.T) {
	b := newProbing(t)
	o := b.b.Offer(b.ask(1))
	if o.Word != Ack {
		t.Fatal(o.Why)
	}
	select {
	case <-b.b.Wanted():
	default:
		t.Error("no probe is asked for")
	}
	if got := b.b.Suspects(wire, b.now, 1); len(got) != 1 || got[0] != o.Lease.Address {
		t.Fatalf("the offered %s is not the first: %v", o.Lease.Address, got)
	}
	if v := b.b.Conflict(o.Lease.Address, mac(1), b.now); v.Lease.State == Declined {
		t.Error("its own machine may answer")
	}
	if v := b.b.Conflict(o.Lease.Address, machine.MAC{}, b.now); v.Lease.State != Declined {
		t.Error("whoever answers a ping at an offered address is somebody else")
	}
	a := b.ask(1)
	a.Requested, a.Authoritative = o.Lease.Address, false
	if v := b.b.Request(a, Selecting); v.Word != Nak {
		t.Errorf("after the conflict: %v %q", v.Word, v.Why)
	}
	if got := b.boot(b.ask(1)); got == o.Lease.Address.String() {
		t.Errorf("it got %s again", got)
	}
}

func TestWhoHoldsOrHeldAnAddressMayAnswer(t *testing.T) {
	b := newProbing(t)
	addr := ip(b.boot(b.ask(1)))
	for _, who := range []machine.MAC{mac(1), {}} {
		if v := b.b.Conflict(addr, who, b.now); v.Lease.State != "" || v.Why != "its own machine answers" {
			t.Errorf("%s: %+v", who, v)
		}
	}
	if v := b.b.Conflict(addr, squat, b.now); v.Lease.State != Active || v.Lease.MAC != mac(1) || b.store.rows[addr].State != Active {
		t.Errorf("two on one address: %+v", v)
	}
	b.now = b.now.Add(3 * time.Hour) // it has ended, but the machine goes on using it
	if v := b.b.Conflict(addr, mac(1), b.now); v.Lease.State != "" {
		t.Errorf("%+v", v)
	}
	for i := range 6 {
		if got := b.boot(b.ask(20 + i)); got == addr.String() {
			t.Fatalf("a stranger was given %s", got)
		}
	}
	b.want(b.boot(b.ask(1)), addr.String())
}

func TestAReservedAddressInStrangeHandsIsNotGiven(t *testing.T) {
	b := newProbing(t)
	o := b.b.Offer(b.ask(100))
	b.want(o.Lease.Address.String(), "192.0.2.11")
	b.b.Conflict(o.Lease.Address, squat, b.now)
	if got := b.boot(b.ask(100)); got == "192.0.2.11" {
		t.Errorf("it was given %s", got)
	}
}

func TestRebuildingTakesClientsWordsAndProbesBeforeItOffers(t *testing.T) {
	b := newProbing(t)
	ask := func(i int) Ask { a := b.ask(i); a.Rebuilding = true; return a }
	if v := b.b.Offer(ask(1)); v.Word != Silent {
		t.Errorf("offered %s, which was not probed", v.Lease.Address)
	}
	a := ask(2)
	a.Requested = ip("192.0.2.12")
	if v := b.b.Request(a, InitReboot); v.Word != Ack {
		t.Errorf("INIT-REBOOT with a free address: %v %q", v.Word, v.Why)
	}
	a = ask(3)
	a.CIAddr = ip("192.0.2.13")
	if v := b.b.Request(a, Renewing); v.Word != Ack {
		t.Errorf("RENEWING with a free address: %v %q", v.Word, v.Why)
	}
	a = ask(4)
	a.CIAddr = ip("192.0.2.12")
	if v := b.b.Request(a, Rebinding); v.Word != Silent {
		t.Errorf("an unknown client with another's address: %v %q, and another server may know it", v.Word, v.Why)
	}
	// Machines whose leases were lost answer the probe: on the wire with their
	// MAC, beyond a router without. Each is believed, and nobody else.
	for i, found := range []machine.MAC{mac(5), {}} {
		addr := []netip.Addr{ip("198.51.100.10"), ip("198.51.100.11")}[i]
		b.b.Suspects(b.b.Subnets()[1].Network, b.now, 10)
		if v := b.b.Conflict(addr, found, b.now); v.Lease.State != Declined {
			t.Fatalf("%+v", v)
		}
		a := ask(6)
		a.Link, a.Requested = ip("198.51.100.1"), addr
		if o := b.b.Offer(a); o.Lease.Address == addr {
			t.Errorf("a stranger is offered %s", addr)
		}
		a = ask(5)
		a.Link, a.CIAddr = ip("198.51.100.1"), addr
		if v := b.b.Request(a, Rebinding); v.Word != Ack {
			t.Errorf("its own machine, found as %s: %v %q", found, v.Word, v.Why)
		}
		b.b.Release(a)
	}
	b.b.Clear(b.suspects("192.0.2.10"), b.now)
	if v := b.b.Offer(ask(1)); v.Word != Ack || v.Lease.Address != ip("192.0.2.10") {
		t.Errorf("once probed: %v %q", v.Word, v.Why)
	}
}
