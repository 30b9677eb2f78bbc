package app

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

var ip = netip.MustParseAddr

const classic = `
interfaces: [memory]
subnets: [{network: 192.168.0.0/24, pools: [192.168.0.210-192.168.0.220], rapid-commit: true, dns: [192.168.0.1]}]
machines: [{name: node1, mac: "00:0c:29:83:d1:d1"}]
`

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// house is an App on a segment in memory.
type house struct {
	*App
	seg    *segment.Memory
	log    lockedBuffer
	events chan install.Event
	ready  chan struct{}
	ended  chan error
	stop   context.CancelFunc
}

func open(t *testing.T, settings string, force bool) *house {
	t.Helper()
	h := &house{events: make(chan install.Event, 100), ready: make(chan struct{}), ended: make(chan error, 1)}
	c, err := config.Parse("seedbed.yaml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	h.App, err = Open(Options{Config: c, State: t.TempDir(), Force: force, Log: slog.New(slog.NewTextHandler(&h.log, nil)),
		OnEvent: func(e install.Event) { h.events <- e }})
	if err != nil {
		t.Fatal(err)
	}
	if h.seg, err = segment.NewMemory(netip.MustParsePrefix("192.168.0.150/24"), nil); err != nil {
		t.Fatal(err)
	}
	return h
}

// serve runs the App until the test's end.
func (h *house) serve(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), 8*time.Second)
	h.stop = stop
	done := make(chan struct{})
	go func() {
		h.ended <- h.Serve(ctx, []segment.Segment{h.seg}, func() { close(h.ready) })
		close(done)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		h.Close()
		h.seg.Close()
	})
}

// rivalServer answers every DISCOVER and REQUEST with the same address.
func rivalServer(t *testing.T, seg *segment.Memory) {
	host, err := seg.AddHost(netip.MustParsePrefix("192.168.0.1/24"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := host.ListenUDP(packet.ServerPort)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 2000)
		var q packet.Message
		for {
			p, err := conn.Read(buf)
			if err != nil {
				return
			}
			kind := packet.Offer
			if packet.Parse(p.Data, &q) != nil || q.Op != packet.OpRequest {
				continue
			}
			if q.Type() == packet.Request {
				kind = packet.Ack
			}
			a := packet.Message{Op: packet.OpReply, HType: 1, HLen: 6, XID: q.XID, CHAddr: q.CHAddr, YIAddr: ip("192.168.0.50"), Options: []packet.Option{
				{Code: packet.OptMessageType, Data: []byte{byte(kind)}}, {Code: packet.OptServerID, Data: []byte{192, 168, 0, 1}}}}
			conn.Write(a.Append(nil, 576), netip.MustParseAddrPort("255.255.255.255:68"), segment.Broadcast)
		}
	}()
}

// say sends one message of node1 to everybody's port 67.
func say(t *testing.T, seg *segment.Memory, k packet.MessageType, opts ...packet.Option) *segment.Station {
	mac := []byte{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}
	st := seg.AttachStation(mac)
	if err := st.Send(question(mac, k, opts...)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// question is a broadcast frame of a client without an address.
func question(mac []byte, k packet.MessageType, opts ...packet.Option) []byte {
	m := packet.Message{Op: packet.OpRequest, HType: 1, HLen: 6, XID: 7, Flags: packet.FlagBroadcast, Options: append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(k)}}}, opts...)}
	copy(m.CHAddr[:], mac)
	return segment.BuildUDP(segment.UDPFrame{Src: mac, Dst: segment.Broadcast, From: netip.MustParseAddrPort("0.0.0.0:68"),
		To: netip.MustParseAddrPort("255.255.255.255:67"), Data: m.Append(nil, 576)})
}

func TestServerModeRefusesToServeBesideAnotherServer(t *testing.T) {
	h := open(t, classic, false)
	rivalServer(t, h.seg)
	h.serve(t)
	err := <-h.ended
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "192.168.0.1") || !strings.Contains(fault.HintOf(err), "--force") || !strings.Contains(fault.HintOf(err), "dhcp: proxy") {
		t.Errorf("%v; hint: %s", err, fault.HintOf(err))
	}
}

func TestServerModeServesBesideAnotherIfForcedAndSaysSo(t *testing.T) {
	h := open(t, classic, true)
	rivalServer(t, h.seg)
	h.serve(t)
	e := <-h.events
	if !e.Failed || !strings.Contains(e.Text, "another DHCP server is at work on memory: 192.168.0.1") {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(h.log.String(), "level=ERROR") {
		t.Error("not said loudly")
	}
	h.rival("memory", ip("192.168.0.1"))
	if n := strings.Count(h.log.String(), "another DHCP server"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if all, err := h.store.Events(install.Query{}); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
}

func TestServerModeAnswersOnceItKnowsThatItIsAlone(t *testing.T) {
	h := open(t, classic, false)
	begun := time.Now()
	h.serve(t)
	c, err := h.seg.AddHost(netip.MustParsePrefix("192.168.0.7/24"))
	if err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := c.DialTCP(context.Background(), netip.MustParseAddrPort("192.168.0.150:80"))
		if err == nil {
			conn.Close()
			break
		}
		if time.Since(begun) > time.Second {
			t.Fatalf("HTTP waits for the probe: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	select {
	case <-h.ready:
		t.Errorf("ready after %v, before DHCP is answered", time.Since(begun))
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	// What was asked meanwhile is answered. The DHCP port opens beside HTTP's, so
	// that the first question may be too early to be heard: it is asked again.
	ask := say(t, h.seg, packet.Discover)
	again := time.AfterFunc(probeTime/2, func() { ask.Send(question([]byte{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}, packet.Discover)) })
	defer again.Stop()
	for {
		b, err := ask.Recv(ctx)
		if err != nil {
			t.Fatal(err)
		}
		u, ok := segment.ParseUDP(b)
		var m packet.Message
		if ok && u.To.Port() == packet.ClientPort && packet.Parse(u.Data, &m) == nil && m.Type() == packet.Offer {
			break
		}
	}
	if d := time.Since(begun); d < probeTime {
		t.Errorf("answered after %v, before the probe was over", d)
	}
}

func TestProxyFindsMachinesByWhatWasOverheard(t *testing.T) {
	h := open(t, "dhcp: proxy\n"+classic, false)
	rivalServer(t, h.seg)
	h.serve(t)
	<-h.ready
	say(t, h.seg, packet.Request, packet.Option{Code: packet.OptRequested, Data: []byte{192, 168, 0, 49}})
	until := time.Now().Add(5 * time.Second)
	for {
		// The client says .49; the server's ACK, which counts, says .50.
		if m, ok := h.desk.MachineAt(ip("192.168.0.50")); ok {
			if m.Name != "node1" {
				t.Errorf("it is %s", m.Name)
			}
			break
		}
		if time.Now().After(until) {
			t.Fatal("nobody is at the address that the other server gave")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if l, ok := h.desk.Leases.ByMAC(machine.MAC{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}); !ok || l.Address != ip("192.168.0.50") {
		t.Errorf("%+v", l)
	}
	if strings.Contains(h.log.String(), "another DHCP server") {
		t.Error("a proxy is not alone, and that is meant")
	}
}

func TestOffOpensNoDHCPPort(t *testing.T) {
	h := open(t, "dhcp: off\n"+classic, false)
	h.serve(t)
	<-h.ready
	for _, port := range []uint16{packet.ServerPort, packet.ClientPort, packet.BootPort} {
		if conn, err := h.seg.ListenUDP(port); err != nil {
			t.Errorf("port %d is open", port)
		} else {
			conn.Close()
		}
	}
}
