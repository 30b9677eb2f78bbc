package syslog

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"seedbed/internal/wire/segment"
)

// loopPort is a segment on the kernel's loopback.
type loopPort struct{ addr chan netip.AddrPort }

func (p loopPort) Info() segment.Info { return segment.Info{Name: "loop", MTU: 65536} }

func (p loopPort) ListenUDP(uint16) (segment.UDP, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil {
		p.addr <- c.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return loopUDP{c}, err
}

type loopUDP struct{ *net.UDPConn }

func (u loopUDP) Read(buf []byte) (segment.Packet, error) {
	n, from, err := u.ReadFromUDPAddrPort(buf)
	return segment.Packet{Data: buf[:n], From: from}, err
}

func (u loopUDP) Write([]byte, netip.AddrPort, net.HardwareAddr) error { return nil }

// hearing runs s and gives the address to send to; stop waits for its end.
func hearing(t *testing.T, s *Server) (addr netip.AddrPort, stop func()) {
	t.Helper()
	port := loopPort{make(chan netip.AddrPort, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, port) }()
	return <-port.addr, func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("Serve did not return")
		}
	}
}

func TestMessagesComeInOrderAndADefectHarmsOne(t *testing.T) {
	got := make(chan Message, 10)
	s := &Server{Handle: func(m Message) {
		if m.Text == "panic" {
			panic(m.Text)
		}
		got <- m
	}}
	addr, stop := hearing(t, s)
	c, err := net.Dial("udp4", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, text := range []string{"one", "panic", "two"} {
		fmt.Fprintf(c, "<30>Nov 24 02:00:00 main-menu[9]: %s\n", text)
	}
	for _, want := range []string{"one", "two"} {
		select {
		case m := <-got:
			if m.Text != want || m.Tag != "main-menu" || m.From != addr.Addr() {
				t.Errorf("got %+v, want %q", m, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%q did not arrive", want)
		}
	}
	stop()
	if n := s.Counters(); n != (Counters{Received: 3, Panics: 1}) {
		t.Errorf("counters %+v", n)
	}
}

func TestOneAddressCannotDrownTheOthers(t *testing.T) {
	s := &Server{Rate: 10, Burst: 20}
	e := newEar(s)
	now := time.Unix(1e9, 0)
	loud := segment.Packet{From: netip.MustParseAddrPort("192.0.2.1:514"), Data: []byte("<30>x: y")}
	for range 100 {
		e.hear(loud, now)
	}
	if n := len(e.queue); n != 20 {
		t.Errorf("%d of the burst were kept, want 20", n)
	}
	e.hear(segment.Packet{From: netip.MustParseAddrPort("192.0.2.2:514"), Data: []byte("<30>x: quiet")}, now)
	if n := len(e.queue); n != 21 {
		t.Error("another address's message was dropped")
	}
	for range 100 {
		e.hear(loud, now.Add(time.Second))
	}
	if n := len(e.queue); n != 31 {
		t.Errorf("%d kept after a second more, want 10", n-21)
	}
	if n := s.Counters().Dropped; n != 170 {
		t.Errorf("%d counted as dropped, want 170", n)
	}
}

func TestForgedAddressesDoNotEatMemory(t *testing.T) {
	e := newEar(&Server{})
	now := time.Unix(1e9, 0)
	for i := range 2 * maxSenders {
		a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		e.allowed(a, now)
	}
	if len(e.senders) > maxSenders {
		t.Errorf("%d addresses kept", len(e.senders))
	}
	if !e.allowed(client, now.Add(time.Minute)) {
		t.Error("a later address is locked out")
	}
}

func TestSlowHandlerLosesMessagesNotTheEar(t *testing.T) {
	s := &Server{Burst: 10 * queueLength}
	e := newEar(s)
	for range queueLength + 5 {
		e.hear(segment.Packet{From: netip.MustParseAddrPort("192.0.2.1:514"), Data: []byte("x")}, time.Unix(1e9, 0))
	}
	if n := s.Counters().Dropped; n != 5 {
		t.Errorf("%d dropped, want 5", n)
	}
}

func TestRealLogger(t *testing.T) {
	path, err := exec.LookPath("logger")
	if err != nil {
		t.Skip("not installed")
	}
	got := make(chan Message, 2)
	addr, stop := hearing(t, &Server{Handle: func(m Message) { got <- m }})
	defer stop()
	for _, rfc := range []string{"--rfc3164", "--rfc5424"} {
		args := []string{"-n", "127.0.0.1", "-P", fmt.Sprint(addr.Port()), "-d", rfc, "-t", "seedbed", "-p", "daemon.warning", "hello there"}
		if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Skipf("logger %s: %s", strings.Join(args, " "), out)
		}
		select {
		case m := <-got:
			if m.Tag != "seedbed" || m.Text != "hello there" || m.Facility != 3 || m.Severity != Warning || m.Host == "" {
				t.Errorf("%s: %+v", rfc, m)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: nothing came", rfc)
		}
	}
}
