package segment

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"seedbed/internal/fault"
)

var (
	serverAddr = netip.MustParsePrefix("192.0.2.1/24")
	clientMAC  = net.HardwareAddr{0x52, 0x54, 0, 0, 0, 1}
	zeroIP     = netip.IPv4Unspecified()
)

func newMemory(t testing.TB) *Memory {
	t.Helper()
	m, err := NewMemory(serverAddr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// read waits for the next datagram at u; one that never comes fails the test.
func read(t testing.TB, u UDP) Packet {
	t.Helper()
	late := time.AfterFunc(5*time.Second, func() { u.Close() })
	defer late.Stop()
	p, err := u.Read(make([]byte, 8192))
	if err != nil {
		t.Fatalf("no datagram came: %v", err)
	}
	return p
}

// recvUDP waits for the next UDP frame at s.
func recvUDP(t testing.TB, s *Station) UDPFrame {
	t.Helper()
	for ctx := soon(t); ; {
		frame, err := s.Recv(ctx)
		if err != nil {
			t.Fatalf("no datagram came: %v", err)
		}
		if f, ok := ParseUDP(frame); ok {
			return f
		}
	}
}

// discover sends what a client without an address sends.
func discover(t testing.TB, s *Station, data string) {
	t.Helper()
	err := s.Send(BuildUDP(UDPFrame{
		Src: s.MAC(), Dst: Broadcast,
		From: netip.AddrPortFrom(zeroIP, 68), To: netip.AddrPortFrom(broadcastIP, 67),
		Data: []byte(data),
	}))
	if err != nil {
		t.Fatal(err)
	}
}

func TestClientWithoutAddressIsHeardAndAnswered(t *testing.T) {
	m := newMemory(t)
	u, err := m.ListenUDP(67)
	if err != nil {
		t.Fatal(err)
	}
	client, other := m.AttachStation(clientMAC), m.AttachStation(net.HardwareAddr{0x52, 0x54, 0, 0, 0, 2})
	discover(t, client, "discover")

	p := read(t, u)
	if string(p.Data) != "discover" || p.From != netip.AddrPortFrom(zeroIP, 68) ||
		p.To != netip.AddrPortFrom(broadcastIP, 67) || !bytes.Equal(p.HW, clientMAC) {
		t.Fatalf("heard %q from %v to %v, %v", p.Data, p.From, p.To, p.HW)
	}

	offered := netip.MustParseAddrPort("192.0.2.50:68")
	if err := u.Write([]byte("unicast"), offered, clientMAC); err != nil {
		t.Fatal(err)
	}
	if err := u.Write([]byte("broadcast"), netip.AddrPortFrom(broadcastIP, 68), nil); err != nil {
		t.Fatal(err)
	}
	f := recvUDP(t, client)
	if string(f.Data) != "unicast" || f.To != offered || !bytes.Equal(f.Dst, clientMAC) ||
		f.From != netip.MustParseAddrPort("192.0.2.1:67") || !bytes.Equal(f.Src, m.Info().MAC) {
		t.Errorf("offer by unicast came as %+v", f)
	}
	if f = recvUDP(t, client); string(f.Data) != "broadcast" || !bytes.Equal(f.Dst, Broadcast) {
		t.Errorf("offer by broadcast came as %+v", f)
	}
	// The other station heard the two broadcasts and not the unicast frame.
	for _, want := range []string{"discover", "broadcast"} {
		if f = recvUDP(t, other); string(f.Data) != want {
			t.Errorf("another station heard %q, not %q", f.Data, want)
		}
	}
}

func TestStationThatAnswersARPGetsUnicast(t *testing.T) {
	m := newMemory(t)
	u, err := m.ListenUDP(69)
	if err != nil {
		t.Fatal(err)
	}
	client := m.AttachStation(clientMAC)
	own := netip.MustParseAddr("192.0.2.50")
	if err := u.Write([]byte("hello"), netip.AddrPortFrom(own, 2000), nil); err != nil {
		t.Fatal(err)
	}
	for ctx := soon(t); ; {
		frame, err := client.Recv(ctx)
		if err != nil {
			t.Fatalf("nobody asked for %s: %v", own, err)
		}
		if a, ok := ParseARP(frame); ok && a.Op == ARPRequest && a.TargetIP == own {
			client.Send(BuildARP(a.SenderMAC, ARP{
				Op: ARPReply, SenderMAC: clientMAC, SenderIP: own,
				TargetMAC: a.SenderMAC, TargetIP: a.SenderIP,
			}))
			break
		}
	}
	if f := recvUDP(t, client); string(f.Data) != "hello" || !bytes.Equal(f.Dst, clientMAC) {
		t.Errorf("the datagram came as %+v", f)
	}
}

func TestTransferFromAFreshPortIsAConversation(t *testing.T) {
	m := newMemory(t)
	peer, err := m.AddHost(netip.MustParsePrefix("192.0.2.50/24"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := peer.ListenUDP(2000)
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.DialUDP(netip.Addr{}, netip.MustParseAddrPort("192.0.2.50:2000"))
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("0123456789"), 400) // 4000 bytes: fragments
	if _, err := c.Write(big); err != nil {
		t.Fatal(err)
	}
	p := read(t, u)
	if !bytes.Equal(p.Data, big) || p.From.Addr() != serverAddr.Addr() || p.From.Port() < 1024 {
		t.Fatalf("heard %d bytes from %v", len(p.Data), p.From)
	}
	if err := u.Write(big, p.From, nil); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8192)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := c.Read(buf); err != nil || !bytes.Equal(buf[:n], big) {
		t.Fatalf("answer of %d bytes: %v", n, err)
	}
	c.SetReadDeadline(time.Now().Add(-time.Second))
	if _, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading past the deadline gave %v", err)
	}
	c.Close()
	if _, err := c.Read(buf); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading what is closed gave %v", err)
	}
}

func TestTakenPortIsAConflict(t *testing.T) {
	m := newMemory(t)
	u, err := m.ListenUDP(67)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ListenUDP(67); fault.KindOf(err) != fault.Conflict {
		t.Errorf("second UDP listener: %v", err)
	}
	u.Close()
	if _, err := u.Read(nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading a closed port gave %v", err)
	}
	if _, err := m.ListenUDP(67); err != nil {
		t.Errorf("listening again after Close: %v", err)
	}
	if _, err := m.ListenTCP(80); err != nil {
		t.Fatal(err)
	}
	if _, err := m.ListenTCP(80); fault.KindOf(err) != fault.Conflict {
		t.Errorf("second TCP listener: %v", err)
	}
	if _, err := m.AddHost(serverAddr); fault.KindOf(err) != fault.Conflict {
		t.Errorf("host with the server's address: %v", err)
	}
	if _, err := NewMemory(netip.MustParsePrefix("2001:db8::1/64"), nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("segment of an IPv6 address: %v", err)
	}
}

func noise(size int) []byte {
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

// transfer sends data from a server on m to client and checks what arrives.
func transfer(t testing.TB, m, client *Host, data []byte) {
	t.Helper()
	l, err := m.ListenTCP(80)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.Write(data)
	})
	c, err := client.DialTCP(soon(t), netip.AddrPortFrom(m.Info().Addr.Addr(), 80))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := make([]byte, len(data))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the last byte came %d, %v", n, err)
	}
	if !bytes.Equal(got, data) {
		t.Error("the bytes differ")
	}
}

func TestFiftyMegabytesArriveAsTheyWere(t *testing.T) {
	m := newMemory(t)
	client, err := m.AddHost(netip.MustParsePrefix("192.0.2.50/24"))
	if err != nil {
		t.Fatal(err)
	}
	data, start := noise(50<<20), time.Now()
	transfer(t, m.Host, client, data)
	t.Logf("%.0f MB/s", 50*1.048576/time.Since(start).Seconds())
}

func BenchmarkTCP(b *testing.B) {
	data := noise(50 << 20)
	m := newMemory(b)
	client, err := m.AddHost(netip.MustParsePrefix("192.0.2.50/24"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		transfer(b, m.Host, client, data)
	}
}

func TestMachineReachesAnotherSubnetThroughTheServer(t *testing.T) {
	m := newMemory(t)
	mirror, err := m.AddHost(netip.MustParsePrefix("203.0.113.5/24"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := mirror.ListenUDP(53)
	if err != nil {
		t.Fatal(err)
	}
	client := m.AttachStation(clientMAC)
	client.Send(BuildUDP(UDPFrame{
		Src: clientMAC, Dst: m.Info().MAC, From: netip.MustParseAddrPort("192.0.2.50:3000"),
		To: netip.MustParseAddrPort("203.0.113.5:53"), Data: []byte("over there"),
	}))
	if p := read(t, u); string(p.Data) != "over there" {
		t.Fatalf("heard %q", p.Data)
	}
}

func TestCaptureHoldsEveryFrame(t *testing.T) {
	m := newMemory(t)
	var out bytes.Buffer
	stop, err := m.Capture(&out)
	if err != nil {
		t.Fatal(err)
	}
	client := m.AttachStation(clientMAC)
	discover(t, client, "one")
	discover(t, client, "two")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	discover(t, client, "not captured")
	b := out.Bytes()
	if len(b) < 24 || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 || binary.LittleEndian.Uint32(b[20:]) != 1 {
		t.Fatalf("pcap header is % x", b[:min(24, len(b))])
	}
	var got []string
	for b = b[24:]; len(b) >= 16; {
		n := binary.LittleEndian.Uint32(b[8:])
		f, _ := ParseUDP(b[16 : 16+n])
		got = append(got, string(f.Data))
		b = b[16+n:]
	}
	if len(got) != 2 || got[0] != "one" || got[1] != "two" || len(b) != 0 {
		t.Errorf("captured %q and %d bytes more", got, len(b))
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 3 {
		m, err := NewMemory(serverAddr, nil)
		if err != nil {
			t.Fatal(err)
		}
		client, err := m.AddHost(netip.MustParsePrefix("192.0.2.50/24"))
		if err != nil {
			t.Fatal(err)
		}
		transfer(t, m.Host, client, noise(1<<20))
		q, _ := attachQEMU(t, m)
		var blocked sync.WaitGroup
		l, err := m.ListenTCP(81)
		if err != nil {
			t.Fatal(err)
		}
		u, err := m.ListenUDP(67)
		if err != nil {
			t.Fatal(err)
		}
		s := m.AttachStation(clientMAC)
		open, err := client.DialTCP(soon(t), netip.AddrPortFrom(serverAddr.Addr(), 81))
		if err != nil {
			t.Fatal(err)
		}
		blocked.Go(func() { open.Read(make([]byte, 1)) })
		blocked.Go(func() {
			for {
				if _, err := l.Accept(); err != nil {
					return
				}
			}
		})
		blocked.Go(func() { u.Read(make([]byte, 1)) })
		blocked.Go(func() {
			for {
				if _, err := s.Recv(context.Background()); err != nil {
					return
				}
			}
		})
		m.Close()
		m.Close()
		q.Close()
		blocked.Wait()
	}
	// What the stack's own goroutines still do ends without us.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
	}
}
