package probe

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/segment"
)

var ip = netip.MustParseAddr

// lab is a book with one subnet on a segment in memory, and one beyond a router.
type lab struct {
	book  *lease.Book
	seg   *segment.Memory
	p     *Prober
	log   bytes.Buffer
	mu    sync.Mutex
	found map[netip.Addr]machine.MAC
	told  chan struct{}
}

func newLab(t *testing.T, pool string) *lab {
	t.Helper()
	first, last, _ := strings.Cut(pool, "-")
	l := &lab{found: map[netip.Addr]machine.MAC{}, told: make(chan struct{}, 100)}
	l.book = lease.New(lease.Config{Probe: true, Subnets: []lease.Subnet{
		{Network: netip.MustParsePrefix("192.0.2.0/24"), Pools: []lease.Range{{First: ip(first), Last: ip(last)}}},
		{Network: netip.MustParsePrefix("198.51.100.0/24"), Pools: []lease.Range{{First: ip("198.51.100.20"), Last: ip("198.51.100.29")}}},
	}}, nil)
	var err error
	if l.seg, err = segment.NewMemory(netip.MustParsePrefix("192.0.2.1/24"), nil); err != nil {
		t.Fatal(err)
	}
	l.p = &Prober{Book: l.book, Wanted: l.book.Wanted(), Now: time.Now, Log: slog.New(slog.NewTextHandler(&l.log, nil)),
		Found: func(x lease.Lease, mac machine.MAC) {
			l.mu.Lock()
			l.found[x.Address] = mac
			l.mu.Unlock()
			l.told <- struct{}{}
		}}
	return l
}

func (l *lab) run(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	var wg sync.WaitGroup
	wg.Go(func() { l.p.Serve(ctx, l.seg) })
	wg.Go(func() { l.p.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait(); l.seg.Close() })
}

func (l *lab) offer(i int) lease.Verdict {
	return l.book.Offer(lease.Ask{At: time.Now(), Link: ip("192.0.2.1"), MAC: machine.MAC{2, 1, 0, 0, 0, byte(i)}})
}

func (l *lab) hear(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-l.told:
		case <-time.After(10 * time.Second):
			t.Fatalf("nobody was found; %d addresses were looked at", l.p.asked.Load())
		}
	}
}

func TestStrangersAreFoundBeforeTheirAddressIsGiven(t *testing.T) {
	l := newLab(t, "192.0.2.10-192.0.2.13")
	for _, a := range []string{"192.0.2.10/24", "192.0.2.12/24", "198.51.100.20/24"} {
		if _, err := l.seg.AddHost(netip.MustParsePrefix(a)); err != nil {
			t.Fatal(err)
		}
	}
	l.run(t)
	l.hear(t, 3)
	for i, want := range []string{"192.0.2.11", "192.0.2.13"} {
		if v := l.offer(i); v.Lease.Address != ip(want) {
			t.Errorf("client %d is offered %s, want %s: %s", i, v.Lease.Address, want, v.Why)
		}
	}
	if v := l.offer(3); !v.Exhausted {
		t.Errorf("a third is offered %s", v.Lease.Address)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if mac := l.found[ip("192.0.2.10")]; mac != (machine.MAC{2, 0x53, 192, 0, 2, 10}) {
		t.Errorf("who is at 192.0.2.10: %s", mac)
	}
	if asked, found := l.p.Counts(); asked < 14 || found != 3 {
		t.Errorf("%d looked at, %d found", asked, found)
	}
}

func TestAStormNeitherWaitsNorGoesUnprobed(t *testing.T) {
	l := newLab(t, "192.0.2.10-192.0.2.60")
	if _, err := l.seg.AddHost(netip.MustParsePrefix("192.0.2.30/24")); err != nil {
		t.Fatal(err)
	}
	// All come before the first look: nobody waits.
	offered := map[netip.Addr]int{}
	for i := range 40 {
		v := l.offer(i)
		if v.Word != lease.Ack {
			t.Fatalf("client %d: %s", i, v.Why)
		}
		offered[v.Lease.Address] = i
	}
	l.run(t)
	l.hear(t, 1)
	i, ok := offered[ip("192.0.2.30")]
	if !ok {
		t.Fatal("nobody was offered the stranger's address")
	}
	ask := lease.Ask{At: time.Now(), Link: ip("192.0.2.1"), MAC: machine.MAC{2, 1, 0, 0, 0, byte(i)}, Requested: ip("192.0.2.30")}
	if v := l.book.Request(ask, lease.Selecting); v.Word != lease.Nak {
		t.Errorf("who was offered it and asks for it later hears %v %q", v.Word, v.Why)
	}
}

func TestProxyARPIsNoConflict(t *testing.T) {
	l := newLab(t, "192.0.2.10-192.0.2.60")
	router := l.seg.AttachStation([]byte{2, 8, 8, 8, 8, 8})
	go func() {
		for {
			b, err := router.Recv(context.Background())
			if err != nil {
				return
			}
			if a, ok := segment.ParseARP(b); ok && a.Op == segment.ARPRequest {
				router.Send(segment.BuildARP(a.SenderMAC, segment.ARP{Op: segment.ARPReply, SenderMAC: router.MAC(), SenderIP: a.TargetIP, TargetMAC: a.SenderMAC, TargetIP: a.SenderIP}))
			}
		}
	}()
	l.run(t)
	deadline := time.Now().Add(10 * time.Second)
	for l.p.asked.Load() < 61 {
		if time.Now().After(deadline) {
			t.Fatal("nobody looked")
		}
		time.Sleep(10 * time.Millisecond)
	}
	router.Close()
	for i := range 51 {
		if v := l.offer(i); v.Word != lease.Ack {
			t.Fatalf("client %d: %s", i, v.Why)
		}
	}
}
