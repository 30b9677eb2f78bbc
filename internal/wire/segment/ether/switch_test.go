package ether

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

var (
	macA = net.HardwareAddr{2, 0, 0, 0, 0, 0xa}
	macB = net.HardwareAddr{2, 0, 0, 0, 0, 0xb}
	all  = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

func frame(dst, src net.HardwareAddr, data string) []byte {
	b := append(bytes.Clone(dst), src...)
	return append(append(b, 0x88, 0xb5), data...) // the type for local experiments
}

// next is the data of the next frame at p, or "" when none is waiting.
func next(p *Port) string {
	f, _ := p.queue.pop()
	if f == nil {
		return ""
	}
	return string(f[HeaderLen:])
}

func newSwitch(t *testing.T) *Switch {
	s := New()
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFramesGoWhereTheirAddressWasHeard(t *testing.T) {
	s := newSwitch(t)
	a, b, c := s.Attach(), s.Attach(), s.Attach()
	for _, step := range []struct {
		outcome string
		from    *Port
		frame   []byte
		at      []*Port
	}{
		{"unknown address is flooded, but not back", a, frame(macB, macA, "1"), []*Port{b, c}},
		{"known address gets it alone", b, frame(macA, macB, "2"), []*Port{a}},
		{"and so does the other", a, frame(macB, macA, "3"), []*Port{b}},
		{"broadcast reaches all", a, frame(all, macA, "4"), []*Port{b, c}},
		{"own address at own port goes nowhere", a, frame(macA, macA, "5"), nil},
		{"a group's address is not learnt", a, frame(macB, all, "6"), []*Port{b}},
		{"so broadcast still reaches all", b, frame(all, macB, "7"), []*Port{a, c}},
		{"a station that moved", c, frame(all, macA, "8"), []*Port{a, b}},
		{"is reached where it is now", b, frame(macA, macB, "9"), []*Port{c}},
	} {
		if err := step.from.Send(step.frame); err != nil {
			t.Fatalf("%s: %v", step.outcome, err)
		}
		want := map[*Port]string{}
		for _, p := range step.at {
			want[p] = string(step.frame[HeaderLen:])
		}
		for i, p := range []*Port{a, b, c} {
			if got := next(p); got != want[p] {
				t.Errorf("%s: port %c got %q, not %q", step.outcome, 'a'+i, got, want[p])
			}
		}
	}
}

func TestUnpluggedPortIsForgotten(t *testing.T) {
	s := newSwitch(t)
	a, b, c := s.Attach(), s.Attach(), s.Attach()
	b.Send(frame(all, macB, "I am here"))
	next(a)
	next(c)
	b.Close()
	b.Close()
	a.Send(frame(macB, macA, "flooded"))
	if got := next(c); got != "flooded" {
		t.Errorf("a frame to who left came as %q", got)
	}
	if err := b.Send(frame(all, macB, "ghost")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("sending at a closed port gave %v", err)
	}
	if _, err := b.Recv(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("receiving at a closed port gave %v", err)
	}
	if err := a.Send([]byte("short")); !errors.Is(err, ErrShort) {
		t.Errorf("a short frame gave %v", err)
	}
}

func TestFullPortLosesFramesAndOthersDoNot(t *testing.T) {
	s := newSwitch(t)
	a, full, b := s.Attach(), s.Attach(), s.Attach()
	big := frame(all, macA, string(make([]byte, 1<<20)))
	for range 10 {
		a.Send(big)
		if next(b) == "" {
			t.Fatal("a port that reads lost a frame")
		}
	}
	if full.Dropped() != 3 || b.Dropped() != 0 { // seven fit into 8 MiB
		t.Errorf("lost %d and %d frames", full.Dropped(), b.Dropped())
	}
	for range 7 {
		next(full)
	}
	a.Send(frame(all, macA, "again"))
	if got := next(full); got != "again" {
		t.Errorf("after it was emptied the port got %q", got)
	}
}

func TestInventedAddressesAreNotAllRemembered(t *testing.T) {
	s := newSwitch(t)
	a := s.Attach()
	src := bytes.Clone(macA)
	for i := range tableMax + 100 {
		binary.BigEndian.PutUint32(src[1:], uint32(i))
		a.Send(frame(all, src, ""))
	}
	if len(s.table) != tableMax {
		t.Errorf("%d addresses remembered", len(s.table))
	}
}

func TestStationHearsWhatIsForItAndForAll(t *testing.T) {
	s := newSwitch(t)
	station, peer := s.AttachStation(macA), s.AttachStation(macB)
	peer.Send(frame(net.HardwareAddr{2, 0, 0, 0, 0, 0xc}, macB, "another's"))
	peer.Send(frame(all, macB, "everyone's"))
	peer.Send(frame(macA, macB, "mine"))
	for _, want := range []string{"everyone's", "mine"} {
		f, err := station.Recv(t.Context())
		if err != nil || string(f[HeaderLen:]) != want {
			t.Errorf("heard %q, %v; want %q", f, err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if f, err := station.Recv(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("heard %q, %v", f, err)
	}
}

func TestStreamsTalkAndEndWithTheSwitch(t *testing.T) {
	s := New()
	oneConn, one := net.Pipe()
	twoConn, two := net.Pipe()
	s.AttachStream(oneConn)
	s.AttachStream(twoConn)
	f := frame(all, macA, "across")
	go one.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(f))), f...))
	got := make([]byte, 4+len(f))
	two.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.ReadFull(two, got); err != nil || !bytes.Equal(got[4:], f) {
		t.Fatalf("got % x, %v", got, err)
	}
	// The second stream does not read any more; Close must not wait for it.
	go one.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(f))), f...))
	s.Close()
	one.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := one.Read(got); err != io.EOF {
		t.Errorf("after Close a stream reads %v", err)
	}
	late, peer := net.Pipe()
	detach := s.AttachStream(late)
	if _, err := peer.Read(got); err != io.EOF {
		t.Errorf("a stream at a closed switch reads %v", err)
	}
	detach()
}
