package segment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

var dhcpDiscover = UDPFrame{
	Dst: Broadcast, From: netip.AddrPortFrom(netip.IPv4Unspecified(), 68),
	To: netip.AddrPortFrom(broadcastIP, 67),
}

func TestInterfaceHearsItsOwnClientsOnly(t *testing.T) {
	server, client := twoWires(t)
	c1, c2 := openCard(t, client, "c1"), openCard(t, client, "c2")
	k1, k2 := openKernel(t, server, "eth1"), openKernel(t, server, "eth2")
	u1, u2 := listenUDP(t, server, k1, 67), listenUDP(t, server, k2, 67)
	for _, step := range []struct {
		c    *card
		data string
	}{{c2, "two"}, {c1, "one"}, {c2, "two again"}} {
		f := dhcpDiscover
		f.Data = []byte(step.data)
		step.c.send(t, f)
	}
	buf := make([]byte, 2048)
	for _, want := range []struct {
		u    UDP
		data string
	}{{u1, "one"}, {u2, "two"}, {u2, "two again"}} {
		p, err := want.u.Read(buf)
		if err != nil || string(p.Data) != want.data || p.From != dhcpDiscover.From || p.To != dhcpDiscover.To {
			t.Errorf("heard %q from %v to %v, %v; want %q", p.Data, p.From, p.To, err, want.data)
		}
	}
}

func TestClientWithoutAddressIsAnsweredOnItsWire(t *testing.T) {
	server, client := twoWires(t)
	c1, c2 := openCard(t, client, "c1"), openCard(t, client, "c2")
	k1, k2 := openKernel(t, server, "eth1"), openKernel(t, server, "eth2")
	u1, u2 := listenUDP(t, server, k1, 67), listenUDP(t, server, k2, 67)

	offered := netip.MustParseAddrPort("192.0.2.77:68")
	everyone := netip.AddrPortFrom(broadcastIP, 68)
	for _, err := range []error{
		u1.Write([]byte("unicast"), offered, c1.iface.HardwareAddr),
		u1.Write([]byte("broadcast"), everyone, nil),
		u2.Write([]byte("broadcast two"), everyone, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f := c1.recv(t)
	if string(f.Data) != "unicast" || f.To != offered || !bytes.Equal(f.Dst, c1.iface.HardwareAddr) ||
		f.From != netip.MustParseAddrPort("192.0.2.1:67") || !bytes.Equal(f.Src, k1.Info().MAC) {
		t.Errorf("offer by unicast came as %+v", f)
	}
	if f = c1.recv(t); string(f.Data) != "broadcast" || f.To != everyone || !bytes.Equal(f.Dst, Broadcast) {
		t.Errorf("offer by broadcast came as %+v", f)
	}
	if f = c2.recv(t); string(f.Data) != "broadcast two" || f.From.Addr() != k2.Info().Addr.Addr() {
		t.Errorf("the other wire's first frame is %+v", f)
	}
}

func TestAddressIsServedOnItsInterfaceAndLocallyOnly(t *testing.T) {
	server, client := twoWires(t)
	c1, c2 := openCard(t, client, "c1"), openCard(t, client, "c2")
	k1, k2 := openKernel(t, server, "eth1"), openKernel(t, server, "eth2")
	u := listenUDP(t, server, k1, 69)
	own := netip.MustParseAddrPort("192.0.2.1:69")

	c2.send(t, UDPFrame{Dst: k2.Info().MAC, From: netip.MustParseAddrPort("198.51.100.50:2000"), To: own, Data: []byte("wrong wire")})
	var local net.Conn
	server.do(t, func() (err error) {
		if local, err = k1.DialUDP(netip.Addr{}, own); err != nil {
			return err
		}
		_, err = local.Write([]byte("local"))
		return err
	})
	defer local.Close()
	p, err := u.Read(make([]byte, 2048))
	if err != nil || string(p.Data) != "local" || p.To != own {
		t.Fatalf("heard %q to %v first: %v", p.Data, p.To, err)
	}
	c1.send(t, UDPFrame{Dst: k1.Info().MAC, From: netip.MustParseAddrPort("192.0.2.50:2000"), To: own, Data: []byte("right wire")})
	if p, err = u.Read(make([]byte, 2048)); err != nil || string(p.Data) != "right wire" {
		t.Fatalf("heard %q: %v", p.Data, err)
	}
}

func TestTCPIsAcceptedOnItsInterfaceAndLocallyOnly(t *testing.T) {
	server, client := twoWires(t)
	k := openKernel(t, server, "eth1")
	var l net.Listener
	server.do(t, func() (err error) { l, err = k.ListenTCP(80); return err })
	served := make(chan error)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				served <- err
				return
			}
			io.WriteString(c, "hello")
			c.Close()
		}
	}()
	dial := func(device string) func() error {
		return func() error {
			d := net.Dialer{Timeout: 5 * time.Second}
			if device != "" {
				d.Control = control(func(fd int) error { return unix.BindToDevice(fd, device) })
			}
			c, err := d.Dial("tcp4", "192.0.2.1:80")
			if err != nil {
				return err
			}
			defer c.Close()
			if got, err := io.ReadAll(c); err != nil || string(got) != "hello" {
				return fmt.Errorf("read %q: %v", got, err)
			}
			return nil
		}
	}
	server.do(t, dial(""))
	client.do(t, dial("c1"))
	client.do(t, func() error {
		if err := dial("c2")(); !errors.Is(err, unix.ECONNREFUSED) {
			return fmt.Errorf("connecting from the other wire gave %v, not refused", err)
		}
		return nil
	})
	l.Close()
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close, Accept gave %v", err)
	}
}

func TestPortInUseNamesTheHolder(t *testing.T) {
	server, _ := twoWires(t)
	k := openKernel(t, server, "eth1")
	me, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("in use by %s (process %d)", bytes.TrimSpace(me), os.Getpid())
	check := func(err error) error {
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), want) || fault.HintOf(err) == "" {
			return fmt.Errorf("got %v, hint %q; want %q", err, fault.HintOf(err), want)
		}
		return nil
	}
	server.do(t, func() error {
		u, err := net.ListenPacket("udp4", "0.0.0.0:67")
		if err != nil {
			return err
		}
		defer u.Close()
		_, err = k.ListenUDP(67)
		return check(err)
	})
	server.do(t, func() error {
		u, err := k.ListenUDP(67)
		if err != nil {
			return err
		}
		defer u.Close()
		_, err = k.ListenUDP(67)
		return check(err)
	})
	for _, other := range []string{"0.0.0.0:80", "192.0.2.1:80", "[::]:80"} {
		server.do(t, func() error {
			l, err := net.Listen("tcp", other)
			if err != nil {
				return err
			}
			defer l.Close()
			_, err = k.ListenTCP(80)
			if err = check(err); err != nil {
				return fmt.Errorf("with %s taken: %w", other, err)
			}
			return nil
		})
	}
}

func TestInterfaceThatCannotServeSaysWhy(t *testing.T) {
	server, _ := twoWires(t)
	server.ip(t, "link add bare type veth peer name bare2")
	server.do(t, func() error {
		if _, err := OpenKernel("eth9", nil); fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), "eth1") {
			return fmt.Errorf("no such interface: %v, hint %q", err, fault.HintOf(err))
		}
		if _, err := OpenKernel("bare", nil); fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
			return fmt.Errorf("no address: %v", err)
		}
		return nil
	})
	k := openKernel(t, server, "eth1")
	info := k.Info()
	if info.Name != "eth1" || info.Addr != serverAddr || len(info.MAC) != 6 || info.MTU != 1500 {
		t.Errorf("eth1 is %+v", info)
	}
	k.Close()
	if err := k.sendFrame(make([]byte, 60)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("sending after Close gave %v", err)
	}
}

func TestMissingPermissionSaysWhatToGive(t *testing.T) {
	server, _ := twoWires(t)
	k := openKernel(t, server, "eth1")
	server.do(t, func() error {
		// Of this thread only, which ends with the namespace.
		none := [2]unix.CapUserData{}
		if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
			return err
		}
		_, open := OpenKernel("eth1", nil)
		_, udp := k.ListenUDP(67)
		_, tcp := k.ListenTCP(80)
		for _, err := range []error{open, udp, tcp} {
			if fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.HintOf(err), "CAP_NET_RAW") {
				return fmt.Errorf("got %v, hint %q", err, fault.HintOf(err))
			}
		}
		return nil
	})
}

func TestProbeFindsWhoUsesAnAddress(t *testing.T) {
	server, client := twoWires(t)
	client.ip(t, "link set lo up", "addr add 203.0.113.7/32 dev lo") // beyond a router, as the server sees it
	server.ip(t, "route add 203.0.113.0/24 via 192.0.2.50 dev eth1")
	k := openKernel(t, server, "eth1")
	var p Probe
	server.do(t, func() (err error) { p, err = k.OpenProbe(); return err })
	defer time.AfterFunc(5*time.Second, func() { p.Close() }).Stop()
	for _, c := range []struct {
		name string
		ask  func(netip.Addr) error
		addr string
		mac  bool
	}{{"by ARP", p.ARP, "192.0.2.50", true}, {"by ping", p.Ping, "203.0.113.7", false}} {
		// The free one first: it must not be heard.
		for _, a := range []string{"192.0.2.77", c.addr} {
			server.do(t, func() error { return c.ask(netip.MustParseAddr(a)) })
		}
		for {
			who, err := p.Read()
			if err != nil {
				t.Fatalf("%s: nobody answered: %v", c.name, err)
			}
			if who.Addr == netip.MustParseAddr("192.0.2.77") {
				t.Fatalf("%s: somebody at a free address: %v", c.name, who)
			}
			if who.Addr == netip.MustParseAddr(c.addr) {
				if (who.MAC != nil) != c.mac {
					t.Errorf("%s: %v", c.name, who)
				}
				break
			}
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := p.Read(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
