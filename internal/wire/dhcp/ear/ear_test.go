package ear

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

var (
	ip = netip.MustParseAddr
	t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func mac(i int) machine.MAC { return machine.MAC{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)} }

func TestAQuestionIsHeardByServersAndTheAnswerByUs(t *testing.T) {
	seg, err := segment.NewMemory(netip.MustParsePrefix("192.0.2.1/24"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer seg.Close()
	other, err := seg.AddHost(netip.MustParsePrefix("192.0.2.9/24"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := other.ListenUDP(packet.ServerPort)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(seg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(seg); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a taken port: %v", err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	heard, ended := make(chan Answer, 8), make(chan error, 1)
	go func() { ended <- e.Run(ctx, func(a Answer) { heard <- a }) }()
	if err := e.Ask(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2000)
	p, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	var q packet.Message
	if err := packet.Parse(p.Data, &q); err != nil || q.Type() != packet.Discover || q.Flags&packet.FlagBroadcast == 0 || string(q.CHAddr[:6]) != string(seg.Info().MAC) {
		t.Errorf("asked: %+v, %v", q, err)
	}
	say := func(xid uint32, kind packet.MessageType, opts ...packet.Option) {
		a := packet.Message{Op: packet.OpReply, HType: 1, HLen: 6, XID: xid, YIAddr: ip("192.0.2.50"),
			Options: append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}}, opts...)}
		m := mac(5)
		copy(a.CHAddr[:], m[:])
		if err := conn.Write(a.Append(nil, 576), netip.MustParseAddrPort("255.255.255.255:68"), segment.Broadcast); err != nil {
			t.Fatal(err)
		}
	}
	say(q.XID, packet.Offer)
	say(q.XID+1, packet.Ack, packet.Option{Code: packet.OptServerID, Data: []byte{192, 0, 2, 8}}, packet.Option{Code: packet.OptLeaseTime, Data: []byte{0, 0, 0, 60}})
	for i, want := range []Answer{
		{Kind: packet.Offer, Server: ip("192.0.2.9"), MAC: mac(5), Address: ip("192.0.2.50"), Asked: true},
		{Kind: packet.Ack, Server: ip("192.0.2.8"), MAC: mac(5), Address: ip("192.0.2.50"), Term: time.Minute},
	} {
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("answer %d: %+v", i, got)
			}
		case <-ctx.Done():
			t.Fatal("nothing heard")
		}
	}
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestHearsay(t *testing.T) {
	var h Hearsay
	is := func(outcome, addr string, want machine.MAC) {
		t.Helper()
		l, ok := h.ByAddress(ip(addr))
		if ok != !want.IsZero() || l.MAC != want {
			t.Errorf("%s: at %s is %v", outcome, addr, l.MAC)
		}
		if back, ok := h.ByMAC(want); !want.IsZero() && (!ok || back.Address != ip(addr)) {
			t.Errorf("%s: %s has %v", outcome, want, back.Address)
		}
	}
	nobody := machine.MAC{}
	is("empty", "192.0.2.50", nobody)
	h.Note(mac(1), ip("192.0.2.50"), t0)
	is("a client's word", "192.0.2.50", mac(1))
	h.Hear(Answer{Kind: packet.Ack, MAC: mac(1), Address: ip("192.0.2.51"), Term: 2 * time.Hour}, t0)
	is("the server's word counts", "192.0.2.51", mac(1))
	is("one address a machine", "192.0.2.50", nobody)
	h.Note(mac(1), ip("192.0.2.50"), t0.Add(time.Second))
	is("the server's word stands against the client's, heard late", "192.0.2.51", mac(1))
	h.Note(mac(1), ip("192.0.2.51"), t0.Add(time.Minute))
	if l, _ := h.ByMAC(mac(1)); !l.Expires.Equal(t0.Add(2*time.Hour)) || !l.Start.Equal(t0) {
		t.Errorf("a client's word shortens the lease: %+v", l)
	}
	h.Hear(Answer{Kind: packet.Offer, MAC: mac(2), Address: ip("192.0.2.52")}, t0)
	is("an offer is no lease", "192.0.2.52", nobody)
	h.Note(mac(2), ip("192.0.2.51"), t0)
	is("one machine an address", "192.0.2.51", mac(2))
	if _, ok := h.ByMAC(mac(1)); ok {
		t.Error("whose address went to another has none")
	}
	h.Hear(Answer{Kind: packet.Nak, MAC: mac(2)}, t0)
	is("refused", "192.0.2.51", nobody)
	for i := range maxHeard + 100 {
		h.Note(mac(i), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), t0.Add(time.Duration(i)*time.Second))
	}
	if len(h.byMAC) > maxHeard || len(h.byAddr) != len(h.byMAC) {
		t.Errorf("%d and %d are remembered", len(h.byMAC), len(h.byAddr))
	}
	if _, ok := h.ByMAC(mac(maxHeard + 99)); !ok {
		t.Error("the newest is forgotten")
	}
}

func FuzzRead(f *testing.F) {
	f.Add((&packet.Message{Op: packet.OpReply, Options: []packet.Option{{Code: packet.OptMessageType, Data: []byte{2}}, {Code: packet.OptLeaseTime, Data: []byte{1}}}}).Append(nil, 576))
	var m packet.Message
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, ok := read(segment.Packet{Data: b}, &m, 1); ok && a.Kind != packet.Offer && a.Kind != packet.Ack && a.Kind != packet.Nak {
			t.Errorf("%+v", a)
		}
	})
}
