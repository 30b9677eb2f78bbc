package segment

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// TestACrewSpeaksForItsMembers: each member has its own MAC and address on the
// wire, by UDP and TCP, and no frame is from the stack behind them.
func TestACrewSpeaksForItsMembers(t *testing.T) {
	seg, err := NewMemory(netip.MustParsePrefix("198.51.100.1/24"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer seg.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	members := map[[6]byte]netip.Addr{
		{2, 1, 0, 0, 0, 1}: netip.MustParseAddr("198.51.100.10"),
		{2, 1, 0, 0, 0, 2}: netip.MustParseAddr("198.51.100.11"),
	}
	stations := map[[6]byte]*Station{}
	for mac := range members {
		stations[mac] = seg.AttachStation(net.HardwareAddr(mac[:]))
	}
	crew, err := NewCrew(func(f []byte) error {
		st := stations[[6]byte(f[6:12])]
		if st == nil {
			t.Errorf("a frame from %x", f[6:12])
			return nil
		}
		return st.Send(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer crew.Close()
	for mac, addr := range members {
		if err := crew.Join(mac, addr); err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				f, err := stations[mac].Recv(ctx)
				if err != nil {
					return
				}
				crew.Hear(f)
			}
		}()
	}
	l, err := seg.ListenTCP(80)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, c.RemoteAddr().(*net.TCPAddr).IP.String())
			c.Close()
		}
	}()
	server, err := seg.ListenUDP(69)
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(2000)
	for mac, addr := range members {
		c, err := crew.DialTCP(ctx, addr, netip.MustParseAddrPort("198.51.100.1:80"))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(c); err != nil || string(b) != addr.String() {
			t.Errorf("the server sees %q, %v, want %s", b, err, addr)
		}
		c.Close()
		port++
		u, err := crew.ListenUDP(addr, port)
		if err != nil {
			t.Fatal(err)
		}
		if err := u.Write([]byte("hello"), netip.MustParseAddrPort("198.51.100.1:69"), nil); err != nil {
			t.Fatal(err)
		}
		p, err := server.Read(make([]byte, 1500))
		if err != nil || p.From != netip.AddrPortFrom(addr, port) || [6]byte(p.HW) != mac || string(p.Data) != "hello" {
			t.Errorf("the server hears %q from %v at %x, %v", p.Data, p.From, p.HW, err)
		}
		if err := server.Write([]byte("you"), p.From, nil); err != nil {
			t.Fatal(err)
		}
		if p, err := u.Read(make([]byte, 1500)); err != nil || string(p.Data) != "you" {
			t.Errorf("the member hears %q, %v", p.Data, err)
		}
		u.Close()
	}
}
