package dhcp

import (
	"bytes"
	"testing"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

// identities are what one machine says it is from power-on to login: its ROM,
// iPXE, an installer, an installed system, systemd-networkd, and networkd with
// the DUID of its next boot.
func identities(mac []byte) [6][]packet.Option {
	uuid := append([]byte{0}, "0123456789abcdef"...)
	id := func(b ...byte) packet.Option { return packet.Option{Code: packet.OptClientID, Data: b} }
	byMAC := id(append([]byte{1}, mac...)...)
	return [6][]packet.Option{
		append(pxeROM(machine.ArchBIOS), id(uuid...)),
		append(pxeROM(machine.ArchBIOS), byMAC, packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")}),
		{{Code: packet.OptVendorClass, Data: []byte("d-i")}},
		{byMAC, {Code: packet.OptHostName, Data: []byte("node7")}},
		{id(append([]byte{0xff, 1, 2, 3, 4, 0, 2, 0, 0, 0xab, 0x11}, "first-boot"...)...)},
		{id(append([]byte{0xff, 1, 2, 3, 4, 0, 2, 0, 0, 0xab, 0x11}, "other-boot"...)...)},
	}
}

// orders calls each with every order of n things.
func orders(n int, each func([]int)) {
	order := make([]int, 0, n)
	var more func(left []int)
	more = func(left []int) {
		if len(left) == 0 {
			each(order)
		}
		for i, x := range left {
			order = append(order, x)
			more(append(append([]int(nil), left[:i]...), left[i+1:]...))
			order = order[:len(order)-1]
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	more(all)
}

func TestSixIdentitiesInAnyOrderAreOneMachineWithOneAddress(t *testing.T) {
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].Pools[0].First = ip("192.168.0.10") })
	n := 0
	orders(6, func(order []int) {
		n++
		c := newClient(n)
		first := ""
		for _, i := range order {
			opts := identities(c.m.CHAddr[:6])[i]
			a := r.boot(c, opts...)
			if first == "" {
				first = a.m.YIAddr.String()
			}
			if got := a.m.YIAddr.String(); got != first {
				t.Fatalf("order %v: identity %d holds %s, the machine had %s", order, i, got, first)
			}
			for _, o := range opts {
				if o.Code == packet.OptClientID && !bytes.Equal(a.m.Get(packet.OptClientID), o.Data) {
					t.Fatalf("identity %d: its client-id came back as %x", i, a.m.Get(packet.OptClientID))
				}
			}
			c.m.XID++
			r.now = r.now.Add(3 * time.Second)
		}
		if l := r.srv.Book.All(); countActive(l, c, r.now) != 1 {
			t.Fatalf("order %v: it holds %d addresses", order, countActive(l, c, r.now))
		}
	})
	if n != 720 {
		t.Errorf("%d orders", n)
	}
}

func countActive(all []lease.Lease, c *client, at time.Time) (n int) {
	for _, l := range all {
		if l.MAC == machine.MAC(c.m.CHAddr[:6]) && l.StateAt(at) == lease.Active {
			n++
		}
	}
	return n
}

func TestReservationsByClientIDAndRelayPortOnTheWire(t *testing.T) {
	r := newRig(t, func(c *lease.Config) {
		c.Reservations = append(c.Reservations,
			lease.Reservation{Machine: "byid", ClientID: "\x00serial-7", Address: ip("192.168.0.215")},
			lease.Reservation{Machine: "atport", Port: machine.Port{Circuit: "ge-0/0/7", Remote: "sw1"}, Address: ip("10.1.0.15")})
	})
	if a := r.boot(newClient(1), packet.Option{Code: packet.OptClientID, Data: []byte("\x00serial-7")}); a.m.YIAddr != ip("192.168.0.215") {
		t.Errorf("by client-id: %s", a.m.YIAddr)
	}
	c := newClient(2)
	c.m.GIAddr = ip("10.1.0.1")
	port := packet.Option{Code: packet.OptRelay, Data: []byte("\x01\x08ge-0/0/7\x02\x03sw1")}
	if a := r.boot(c, port); a.m.YIAddr != ip("10.1.0.15") {
		t.Errorf("at the port: %s", a.m.YIAddr)
	}
	// It renews by unicast, past the relay.
	c.m.GIAddr, c.m.CIAddr, c.to = ip("0.0.0.0"), ip("10.1.0.15"), server
	r.now = r.now.Add(time.Minute)
	if a := r.must(r.say(c, packet.Request), packet.Ack); a.m.CIAddr != ip("10.1.0.15") || a.to.Addr() != ip("10.1.0.15") {
		t.Errorf("D30: %+v to %s", a.m, a.to)
	}
}

func TestD44RoutesAgreeWithTheRouter(t *testing.T) {
	routes, err := ParseRoutes([]byte{8, 10, 192, 168, 0, 254, 24, 172, 16, 1, 192, 168, 0, 253})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].Routes = routes })
	want := []byte{8, 10, 192, 168, 0, 254, 24, 172, 16, 1, 192, 168, 0, 253, 0, 192, 168, 0, 1}
	for i, asks := range [][]byte{{121, 3, 249}, {249, 3}, {3}, {1, 121}} {
		o := r.must(r.say(newClient(i), packet.Discover, packet.Option{Code: packet.OptParameters, Data: asks}), packet.Offer)
		for _, code := range []byte{121, 249} {
			d := o.m.Get(code)
			if asked := bytes.IndexByte(asks, code) >= 0; asked && !bytes.Equal(d, want) || !asked && d != nil {
				t.Errorf("%v: option %d is % x", asks, code, d)
			}
		}
		if o.m.Addr(packet.OptRouter) != ip("192.168.0.1") {
			t.Errorf("option 3 is %s", o.m.Addr(packet.OptRouter))
		}
	}
	for _, bad := range [][]byte{{33, 1, 2, 3, 4, 5, 1, 2, 3, 4}, {8, 10}, {8, 10, 1, 2, 3}, {4, 10, 1, 2, 3, 4}} {
		if x, err := ParseRoutes(bad); err == nil {
			t.Errorf("% x was read as %v", bad, x)
		}
	}
}

func FuzzParseRoutes(f *testing.F) {
	f.Add([]byte{8, 10, 192, 168, 0, 254, 0, 192, 168, 0, 1})
	f.Fuzz(func(t *testing.T, d []byte) {
		routes, err := ParseRoutes(d)
		if err != nil {
			return
		}
		var again []byte
		for _, x := range routes {
			again = appendRoute(again, x)
		}
		if !bytes.Equal(d, again) {
			t.Errorf("% x became % x", d, again)
		}
	})
}

func TestD36AnInfiniteLeaseHasNoTimesToRenewAt(t *testing.T) {
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].MaxLease = lease.Infinite })
	forever := packet.Option{Code: packet.OptLeaseTime, Data: []byte{255, 255, 255, 255}}
	a := r.boot(newClient(1), forever)
	if !bytes.Equal(a.m.Get(packet.OptLeaseTime), forever.Data) || a.m.Get(packet.OptT1) != nil || a.m.Get(packet.OptT2) != nil {
		t.Errorf("51 % x, 58 % x, 59 % x", a.m.Get(packet.OptLeaseTime), a.m.Get(packet.OptT1), a.m.Get(packet.OptT2))
	}
}
