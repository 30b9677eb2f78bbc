package segment

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// portOf is where a crowd is reached.
func portOf(t *testing.T, c Crowd) *net.UDPAddr {
	t.Helper()
	sa, err := unix.Getsockname(c.(*kernelCrowd).fd)
	if err != nil {
		t.Fatal(err)
	}
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*unix.SockaddrInet4).Port}
}

func affinity(t *testing.T) (set unix.CPUSet) {
	t.Helper()
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// tied keeps the test on its thread, with a crowd that it reads. home is where
// the thread may run.
func tied(t *testing.T) (c Crowd, here *net.UDPAddr, home unix.CPUSet) {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	home = affinity(t)
	c, err := ListenCrowd(local)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, portOf(t, c), home
}

func TestAFavouriteIsHeardAndSoAreOthers(t *testing.T) {
	c, here, home := tied(t)
	one, to1 := listenHere(t)
	two, to2 := listenHere(t)
	in := make([]Letter, 8)
	read := func(from netip.AddrPort, want string) {
		t.Helper()
		n, err := c.ReadBatch(in, time.Now().Add(5*time.Second))
		if err != nil || n != 1 || in[0].From != from || string(in[0].Data) != want {
			t.Fatalf("%d letters, %v: %+v; want %q of %v", n, err, in[:n], want, from)
		}
	}
	say := func(from *net.UDPConn, what string) {
		t.Helper()
		if _, err := from.WriteToUDP([]byte(what), here); err != nil {
			t.Fatal(err)
		}
	}
	say(one, "before")
	c.(Favourer).Favour(to1)
	time.Sleep(time.Millisecond)
	read(to1, "before") // it came to the crowd's own socket
	buf := make([]byte, 10)
	for range 10 * followEvery {
		out := []Burst{{To: to1, Data: []byte("ping"), Segment: 1000}}
		c.WriteBatch(out)
		if n, from, err := one.ReadFromUDPAddrPort(buf); err != nil || string(buf[:n]) != "ping" || int(from.Port()) != here.Port || out[0].Err != nil {
			t.Fatalf("%q of %v, %v, %v", buf[:n], from, err, out[0].Err)
		}
		say(one, "pong")
		read(to1, "pong")
	}
	if now := affinity(t); home.Count() > 1 && now.Count() != 1 {
		t.Errorf("the thread runs on any of %d processors", now.Count())
	}
	say(two, "stranger")
	read(to2, "stranger")
	say(one, "late")
	c.(Favourer).Favour(netip.AddrPort{})
	if now := affinity(t); now != home {
		t.Errorf("the thread runs on %d processors, not %d as before", now.Count(), home.Count())
	}
	read(to1, "late")
	say(one, "end")
	read(to1, "end")
	thief, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(thief)
	_ = unix.SetsockoptInt(thief, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err := unix.Bind(thief, &unix.SockaddrInet4{Port: here.Port, Addr: local.As4()}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("another program joins the port: %v", err)
	}
}

func TestAFavouriteThatClosedItsPortIsTold(t *testing.T) {
	c, err := ListenCrowd(local)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	gone, to := listenHere(t)
	gone.Close()
	c.(Favourer).Favour(to)
	c.WriteBatch([]Burst{{To: to, Data: []byte("x")}})
	in := make([]Letter, 8)
	n, err := c.ReadBatch(in, time.Now().Add(5*time.Second))
	if err != nil || n != 1 || in[0].From != to || !errors.Is(in[0].Err, syscall.ECONNREFUSED) {
		t.Fatalf("%d letters, %v: %+v", n, err, in[:n])
	}
	time.AfterFunc(10*time.Millisecond, c.Wake)
	if n, err := c.ReadBatch(in, time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestASlowFavouriteIsNotFollowed(t *testing.T) {
	c, here, home := tied(t)
	one, to := listenHere(t)
	c.(Favourer).Favour(to)
	in := make([]Letter, 1)
	for range 2 * followEvery {
		time.Sleep(2 * followPace)
		_, _ = one.WriteToUDP([]byte("x"), here)
		if n, err := c.ReadBatch(in, time.Now().Add(5*time.Second)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if now := affinity(t); now != home {
		t.Errorf("the thread runs on %d processors, not %d as before", now.Count(), home.Count())
	}
}
