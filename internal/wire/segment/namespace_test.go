package segment

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// namespace is a network of its own, made for a test; it is gone when the
// thread that lives in it is.
type namespace struct {
	tid  int
	work chan func()
}

func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with us
		err := unix.Unshare(unix.CLONE_NEWNET)
		n.tid = unix.Gettid()
		ready <- err
		if err != nil {
			return
		}
		for f := range n.work {
			f()
		}
	}()
	if err := <-ready; err != nil {
		t.Skipf("a network namespace cannot be made here: %v", err)
	}
	t.Cleanup(func() { close(n.work) })
	return n
}

// do runs f inside the namespace.
func (n *namespace) do(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error)
	n.work <- func() { done <- f() }
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// ip runs lines of ip(8) inside the namespace.
func (n *namespace) ip(t *testing.T, lines ...string) {
	t.Helper()
	n.do(t, func() error {
		for _, line := range lines {
			if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %s: %v: %s", line, err, out)
			}
		}
		return nil
	})
}

// twoWires gives a server with eth1 and eth2, cabled to a client's c1 and c2.
func twoWires(t *testing.T) (server, client *namespace) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs ip(8), to make virtual cables")
	}
	server, client = newNamespace(t), newNamespace(t)
	for i, subnet := range []string{"192.0.2", "198.51.100"} {
		server.ip(t,
			fmt.Sprintf("link add eth%d type veth peer name c%d netns %d", i+1, i+1, client.tid),
			fmt.Sprintf("addr add %s.1/24 dev eth%d", subnet, i+1),
			fmt.Sprintf("link set eth%d up", i+1))
		client.ip(t,
			fmt.Sprintf("addr add %s.50/24 dev c%d", subnet, i+1),
			fmt.Sprintf("link set c%d up", i+1))
	}
	server.ip(t, "link set lo up")
	return server, client
}

func openKernel(t *testing.T, n *namespace, name string) (k *Kernel) {
	t.Helper()
	n.do(t, func() (err error) { k, err = OpenKernel(name, nil); return err })
	t.Cleanup(func() { k.Close() })
	return k
}

func listenUDP(t *testing.T, n *namespace, k *Kernel, port uint16) (u UDP) {
	t.Helper()
	n.do(t, func() (err error) { u, err = k.ListenUDP(port); return err })
	t.Cleanup(func() { u.Close() })
	// A packet that never comes must not hang the test.
	u.(*kernelUDP).conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	return u
}

// card is an interface of a namespace, for sending and hearing raw frames.
type card struct {
	fd    int
	iface *net.Interface
}

func openCard(t *testing.T, n *namespace, name string) *card {
	t.Helper()
	c := &card{}
	n.do(t, func() (err error) {
		if c.iface, err = net.InterfaceByName(name); err != nil {
			return err
		}
		if c.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(htons(unix.ETH_P_IP))); err != nil {
			return err
		}
		if err := unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5}); err != nil {
			return err
		}
		return unix.Bind(c.fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: c.iface.Index})
	})
	t.Cleanup(func() { unix.Close(c.fd) })
	return c
}

func (c *card) send(t *testing.T, f UDPFrame) {
	t.Helper()
	f.Src = c.iface.HardwareAddr
	to := &unix.SockaddrLinklayer{Ifindex: c.iface.Index, Halen: 6}
	if err := unix.Sendto(c.fd, BuildUDP(f), 0, to); err != nil {
		t.Fatal(err)
	}
}

// recv waits for the next datagram from port 67 that the interface gets.
func (c *card) recv(t *testing.T) UDPFrame {
	t.Helper()
	for {
		buf := make([]byte, 2048)
		n, from, err := unix.Recvfrom(c.fd, buf, 0)
		if err != nil {
			t.Fatalf("nothing came to %s: %v", c.iface.Name, err)
		}
		if from.(*unix.SockaddrLinklayer).Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if f, ok := ParseUDP(buf[:n]); ok && f.From.Port() == 67 {
			return f
		}
	}
}
