package storm

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/disk/store"
	"seedbed/internal/wire/dhcp"
	"seedbed/internal/wire/segment"
)

// wires is a wire with a station for each machine.
type wires struct {
	stations map[[6]byte]*segment.Station
	in       chan []byte
}

func newWires(ctx context.Context, seg *segment.Memory, o Options) *wires {
	w := &wires{stations: map[[6]byte]*segment.Station{}, in: make(chan []byte, 1024)}
	for i := range o.Machines {
		mac := newClient(i, o.Seed, UEFI).mac
		st := seg.AttachStation(net.HardwareAddr(mac[:]))
		w.stations[mac] = st
		go func() {
			for {
				b, err := st.Recv(ctx)
				if err != nil {
					return
				}
				select {
				case w.in <- b:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	return w
}

func (w *wires) Send(frame []byte) error { return w.stations[[6]byte(frame[6:12])].Send(frame) }

func (w *wires) Recv(ctx context.Context) ([]byte, error) {
	select {
	case b := <-w.in:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type kept struct {
	*store.Store
	c *store.Committer
}

func (k kept) CommitLeases(l []lease.Lease) error { return k.c.CommitLeases(l) }
func (k kept) StartCommit(l []lease.Lease, then func(error)) bool {
	return k.c.StartCommit(l, then)
}
func pool(last string) lease.Subnet {
	return lease.Subnet{Network: netip.MustParsePrefix("192.0.2.0/23"), DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		Pools: []lease.Range{{First: netip.MustParseAddr("192.0.2.10"), Last: netip.MustParseAddr(last)}}}
}

// serve runs the real server, its leases in SQLite.
func serve(t *testing.T, s lease.Subnet) (context.Context, *segment.Memory, *store.Store) {
	t.Helper()
	seg, err := segment.NewMemory(netip.MustParsePrefix("192.0.2.1/23"), nil)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	c := store.NewCommitter(st)
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
	srv := &dhcp.Server{Book: lease.New(lease.Config{Subnets: []lease.Subnet{s}, Store: kept{st, c}}, nil)}
	ready, ended := make(chan struct{}), make(chan error, 1)
	srv.Before = func(context.Context, segment.Info) error { close(ready); return nil }
	go func() { ended <- srv.Serve(ctx, seg) }()
	<-ready
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		seg.Close()
		c.Close()
		st.Close()
	})
	return ctx, seg, st
}

func TestTwoHundredMachinesAtOnce(t *testing.T) {
	ctx, seg, st := serve(t, pool("192.0.3.250"))
	o := Options{Machines: 200, Firmware: IPXEROM, Timeout: 8 * time.Second, Seed: 7}
	r, err := Run(ctx, newWires(ctx, seg, o), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	if !r.Good() || r.Naks > 0 {
		t.Errorf("%+v", r)
	}
	leases, err := st.Leases()
	if err != nil || len(leases) != 200 {
		t.Errorf("%d leases on disk, %v", len(leases), err)
	}
}

func TestALossyWireTakesRetransmissions(t *testing.T) {
	ctx, seg, _ := serve(t, pool("192.0.3.250"))
	fast := Timers{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond}
	o := Options{Machines: 50, Loss: 0.2, Manners: Manners{Discover: fast, Request: fast}, Timeout: 8 * time.Second, Seed: 8}
	r, err := Run(ctx, newWires(ctx, seg, o), o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Good() || r.Retransmits == 0 || r.Lost == 0 {
		t.Errorf("%+v", r)
	}
}

func TestWhoGetsNoAddressIsCounted(t *testing.T) {
	ctx, seg, _ := serve(t, pool("192.0.2.19")) // ten addresses
	o := Options{Machines: 15, Manners: Manners{Discover: Timers{100 * time.Millisecond}, Request: Timers{100 * time.Millisecond}}, Timeout: time.Second, Seed: 9}
	r, err := Run(ctx, newWires(ctx, seg, o), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Good() || r.Acknowledged != 10 || r.Addresses != 10 || r.Restarts == 0 {
		t.Errorf("%+v", r)
	}
}

func TestOneAddressForTwoIsSeen(t *testing.T) {
	s := &storm{}
	a := netip.MustParseAddr("192.0.2.9")
	for i := range 2 {
		c := newClient(i, 1, UEFI)
		c.state, c.address = done, a
		s.clients = append(s.clients, c)
	}
	if r := s.result(); r.Good() || len(r.Shared) != 1 || r.Shared[0] != a {
		t.Errorf("%+v", r)
	}
}

type brokenWire struct{ error }

func (b brokenWire) Send([]byte) error                    { return b.error }
func (b brokenWire) Recv(context.Context) ([]byte, error) { return nil, b.error }

func TestABrokenWireEndsTheStorm(t *testing.T) {
	want := errors.New("network is down")
	if _, err := Run(t.Context(), brokenWire{want}, Options{Machines: 3}); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}
