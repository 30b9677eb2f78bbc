package dhcp

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"seedbed/internal/core/lease"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// roundRig is a server whose wire and store note what happens in which order.
type roundRig struct {
	*rig
	steps []string // "OFFER 3": three left at once; "commit 2": two leases
	fail  error
	calls []func(error)
	rows  int
}

func (r *roundRig) ReadBatch([][]byte, []segment.Packet, bool) (int, error) { return 0, nil }

func (r *roundRig) WriteBatch(out []segment.Datagram) {
	kinds := map[packet.MessageType]int{}
	for _, d := range out {
		kinds[packet.TypeOf(d.Data)]++
		if err := r.udp.Write(d.Data, d.To, d.HW); err != nil {
			r.Error(err)
		}
	}
	for k, n := range kinds {
		r.steps = append(r.steps, fmt.Sprint(k, " ", n))
	}
}

// The store: a lease.Starter and Gatherer.

func (r *roundRig) StartCommit(rows []lease.Lease, then func(error)) bool {
	r.rows += len(rows)
	r.calls = append(r.calls, then)
	return true
}

func (r *roundRig) Together(do func()) {
	do()
	if len(r.calls) == 0 {
		return
	}
	r.steps = append(r.steps, fmt.Sprint("commit ", r.rows))
	calls := r.calls
	r.calls, r.rows = nil, 0
	for _, then := range calls {
		then(r.fail)
	}
}

func (r *roundRig) CommitLeases([]lease.Lease) error { r.Error("a commit of one"); return nil }

func (r *roundRig) Leases() ([]lease.Lease, error) { return nil, nil }

func newRoundRig(t *testing.T) *roundRig {
	r := &roundRig{}
	r.rig = newRig(t, func(c *lease.Config) {
		c.Store = r
		s := classic()
		s.Network = netip.MustParsePrefix("192.168.0.0/16")
		s.Pools = []lease.Range{{First: ip("192.168.1.0"), Last: ip("192.168.255.250")}}
		c.Subnets, c.Reservations = []lease.Subnet{s}, nil
	})
	r.srv.Desk = nil // all are strangers
	return r
}

// round is one round of the server, with what it reads.
func (r *roundRig) round(messages ...[]byte) {
	batch, pkts := make([]*exchange, len(messages)), make([]segment.Packet, len(messages))
	for i, m := range messages {
		batch[i] = new(exchange)
		pkts[i] = segment.Packet{Data: m, From: newClient(0).from, To: netip.AddrPortFrom(everybody, packet.ServerPort)}
	}
	r.steps, r.udp.out = nil, nil
	r.port.round(r, batch, pkts)
}

func discover(i int) []byte { return newClient(i).message(packet.Discover) }

// request takes an offer.
func request(o *sent) []byte {
	m := packet.Message{Op: packet.OpRequest, HType: 1, HLen: 6, XID: o.m.XID, CHAddr: o.m.CHAddr}
	m.Options = []packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(packet.Request)}},
		addrOpt(packet.OptRequested, o.m.YIAddr.String()), {Code: packet.OptServerID, Data: o.m.Get(packet.OptServerID)}}
	return m.Append(nil, 1500)
}

func TestInACrowdWhoWasOfferedAnAddressGoesFirst(t *testing.T) {
	r := newRoundRig(t)
	r.round(discover(0), discover(1), discover(2))
	if !slices.Equal(r.steps, []string{"DHCPOFFER 3"}) {
		t.Fatal(r.steps)
	}
	offers := slices.Clone(r.udp.out)
	var in [][]byte
	for i := range 100 {
		in = append(in, discover(10+i))
	}
	for i := range offers {
		in = append(in, request(&offers[i])) // behind all the others
	}
	r.round(in...)
	// The offers leave before the commit, the ACKs only after it.
	if want := []string{fmt.Sprint("DHCPOFFER ", offerOnce), "commit 3", "DHCPACK 3"}; !slices.Equal(r.steps, want) {
		t.Errorf("%v, want %v", r.steps, want)
	}
	var order []uint32
	note := func() {
		for _, s := range r.udp.out {
			if s.m.Type() == packet.Offer {
				order = append(order, s.m.XID)
			}
		}
	}
	note()
	in = [][]byte{discover(500)}
	for rounds := 0; len(order) < 101 && rounds < 10; rounds++ {
		r.round(in...)
		note()
		in = nil
	}
	for i := range order {
		want := newClient(10 + i).m.XID
		if i == 100 {
			want = newClient(500).m.XID
		}
		if order[i] != want {
			t.Fatalf("offer %d is for %x, want %x: not in their order", i, order[i], want)
		}
	}
	if len(order) != 101 {
		t.Errorf("%d offers, want 101", len(order))
	}
}

func TestNoACKOfARoundLeavesWhenItsCommitFails(t *testing.T) {
	r := newRoundRig(t)
	r.round(discover(0), discover(1))
	in := [][]byte{request(&r.udp.out[0]), request(&r.udp.out[1]), discover(2)}
	r.fail = fmt.Errorf("the disk is full")
	r.round(in...)
	if want := []string{"DHCPOFFER 1", "commit 2"}; !slices.Equal(r.steps, want) {
		t.Errorf("%v, want %v", r.steps, want)
	}
	r.fail = nil
	r.round(in[:2]...)
	if want := []string{"commit 2", "DHCPACK 2"}; !slices.Equal(r.steps, want) {
		t.Errorf("%v, want %v", r.steps, want)
	}
}

func TestAFullWaitingRoomOpensWhenHalfEmpty(t *testing.T) {
	var w waitingRoom
	in := func(i int) bool { return w.push(segment.Packet{Data: fmt.Append(nil, i)}) }
	for i := range waitMost {
		if !in(i) {
			t.Fatalf("%d finds no room", i)
		}
	}
	next := 0
	for w.n > waitMost/2 {
		if in(waitMost) {
			t.Fatalf("one got in beside %d others", w.n-1)
		}
		if got := string(w.pop().Data); got != fmt.Sprint(next) {
			t.Fatalf("%s comes out, want %d", got, next)
		}
		next++
	}
	if !in(waitMost) || !in(waitMost+1) {
		t.Fatal("it is still shut")
	}
	for w.n > 0 {
		if got := string(w.pop().Data); got != fmt.Sprint(next) {
			t.Fatalf("%s comes out, want %d", got, next)
		}
		next++
	}
	if next != waitMost+2 {
		t.Errorf("%d came out", next)
	}
}

func TestAWorkersAnswerWaitsForNoRound(t *testing.T) {
	r := newRoundRig(t)
	r.port.out.setOpen(true)
	x := &exchange{from: newClient(1).from, to: netip.AddrPortFrom(everybody, packet.ServerPort), apart: true}
	x.n = copy(x.buf[:], discover(1))
	r.port.guard(x, r.port.sort)
	r.port.guard(x, r.port.serve)
	if len(r.udp.out) != 1 {
		t.Errorf("%d answers, want 1", len(r.udp.out))
	}
}
