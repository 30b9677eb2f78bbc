package dhcp

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// TestExchangeOnASegment boots stations on a real segment, with the server's
// own goroutines.
func TestExchangeOnASegment(t *testing.T) {
	seg, err := segment.NewMemory(netip.MustParsePrefix("192.168.0.150/24"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer seg.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	srv := &Server{
		Book: lease.New(lease.Config{Subnets: []lease.Subnet{classic()}}, nil), Log: slog.New(slog.DiscardHandler),
		Desk: &fakeDesk{roster: machine.NewRoster(nil), decide: map[machine.Firmware]boot.Decision{
			machine.UEFI: {Kind: boot.Loader, BootFile: "shimx64.efi"}}},
	}
	// Stations first: what is sent before the server listens would be lost.
	var stations []*segment.Station
	for i := range 8 {
		c := newClient(i)
		stations = append(stations, seg.AttachStation(net.HardwareAddr(c.m.CHAddr[:6])))
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(serving, seg) }()

	var mu sync.Mutex
	got := map[netip.Addr]int{}
	var wg sync.WaitGroup
	for i, st := range stations {
		wg.Go(func() {
			c := newClient(i)
			o := converse(ctx, t, st, c, packet.Discover, pxeROM(machine.ArchX64)...)
			a := converse(ctx, t, st, c, packet.Request, append(pxeROM(machine.ArchX64),
				addrOpt(packet.OptRequested, o.YIAddr.String()), packet.Option{Code: packet.OptServerID, Data: o.Get(packet.OptServerID)})...)
			mu.Lock()
			defer mu.Unlock()
			got[a.YIAddr]++
			if o.Type() != packet.Offer || a.Type() != packet.Ack || a.YIAddr != o.YIAddr || a.File != "shimx64.efi" {
				t.Errorf("%v %v, %v %v %q", o.Type(), o.YIAddr, a.Type(), a.YIAddr, a.File)
			}
		})
	}
	wg.Wait()
	if len(got) != 8 {
		t.Errorf("8 machines hold %d addresses: %v", len(got), got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("a server that was stopped: %v", err)
	}
}

// converse sends until an answer to this client's kind of message comes.
func converse(ctx context.Context, t *testing.T, st *segment.Station, c *client, k packet.MessageType, opts ...packet.Option) *packet.Message {
	frame := segment.BuildUDP(segment.UDPFrame{
		Src: st.MAC(), Dst: segment.Broadcast, From: c.from, To: netip.AddrPortFrom(everybody, packet.ServerPort), Data: c.message(k, opts...),
	})
	for ctx.Err() == nil {
		if err := st.Send(frame); err != nil {
			t.Error(err)
			break
		}
		wait, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		for {
			b, err := st.Recv(wait)
			if err != nil {
				break
			}
			u, ok := segment.ParseUDP(b)
			m := new(packet.Message)
			if !ok || u.To.Port() != packet.ClientPort || packet.Parse(u.Data, m) != nil || m.XID != c.m.XID {
				continue
			}
			if (m.Type() == packet.Offer) == (k == packet.Discover) {
				cancel()
				return m
			}
		}
		cancel()
	}
	t.Errorf("no answer to %v", k)
	return &packet.Message{Options: []packet.Option{{Code: packet.OptServerID, Data: nil}}}
}

func BenchmarkDiscoverAndRequest(b *testing.B) {
	s := classic()
	s.Network = netip.MustParsePrefix("192.168.0.0/16")
	s.Pools = []lease.Range{{First: ip("192.168.1.0"), Last: ip("192.168.255.250")}}
	now := t0
	srv := &Server{Book: lease.New(lease.Config{Subnets: []lease.Subnet{s}}, nil), Now: func() time.Time { return now },
		Desk: &fakeDesk{roster: machine.NewRoster(nil), decide: map[machine.Firmware]boot.Decision{
			machine.BIOS: {Kind: boot.Loader, BootFile: "pxelinux.0"}}}}
	p := srv.open(segment.Info{Name: "eth1", Addr: netip.MustParsePrefix("192.168.0.150/16"), MTU: 1500}, nullUDP{})
	x := new(exchange)
	say := func(data []byte) {
		x.n = copy(x.buf[:], data)
		p.sort(x)
		p.serve(x)
	}
	opts := pxeROM(machine.ArchBIOS)
	var packets [1024][2][]byte
	for i := range packets {
		c := newClient(i)
		packets[i][0] = c.message(packet.Discover, opts...)
		say(packets[i][0])
		l, _ := netip.AddrFromSlice(x.builder.out[16:20])
		packets[i][1] = c.message(packet.Request, append(opts, addrOpt(packet.OptRequested, l.String()), addrOpt(packet.OptServerID, server.String()))...)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now = now.Add(time.Second)
		say(packets[i%1024][0])
		say(packets[i%1024][1])
		if x.builder.out[242] != byte(packet.Ack) {
			b.Fatal("no ACK")
		}
	}
}

type nullUDP struct{ segment.UDP }

func (nullUDP) Write([]byte, netip.AddrPort, net.HardwareAddr) error { return nil }
