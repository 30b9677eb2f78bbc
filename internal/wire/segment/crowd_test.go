package segment

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var local = netip.MustParseAddr("127.0.0.1")

func listenHere(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestABurstArrivesAsDatagrams(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("plain ", plain), func(t *testing.T) {
			var flag atomic.Bool
			flag.Store(plain)
			c, err := listenCrowd(local, &flag)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			one, to1 := listenHere(t)
			two, to2 := listenHere(t)
			long := bytes.Repeat([]byte("0123456789"), 250)
			out := []Burst{{To: to1, Data: long, Segment: 1000}, {To: to2, Data: []byte("alone")}, {To: to1, Data: []byte("end"), Segment: 1000}}
			c.WriteBatch(out)
			for i, b := range out {
				if b.Err != nil {
					t.Fatalf("%d: %v", i, b.Err)
				}
			}
			buf := make([]byte, 4000)
			for _, want := range []struct {
				c    *net.UDPConn
				data []byte
			}{{one, long[:1000]}, {one, long[1000:2000]}, {one, long[2000:]}, {one, []byte("end")}, {two, []byte("alone")}} {
				n, err := want.c.Read(buf)
				if err != nil || !bytes.Equal(buf[:n], want.data) {
					t.Errorf("got %d bytes, %v; want %d", n, err, len(want.data))
				}
			}
		})
	}
}

func TestMoreThanABatchLeaves(t *testing.T) {
	c, err := ListenCrowd(local)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	here, to := listenHere(t)
	var out []Burst
	for i := range 3*crowdBatch + 7 {
		out = append(out, Burst{To: to, Data: []byte{byte(i)}})
	}
	c.WriteBatch(out)
	buf := make([]byte, 10)
	for i := range out {
		if n, err := here.Read(buf); err != nil || n != 1 || buf[0] != byte(i) {
			t.Fatalf("datagram %d: %x, %v", i, buf[:n], err)
		}
	}
}

func TestAClosedPortIsToldOfItsClientOnly(t *testing.T) {
	c, err := ListenCrowd(local)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	here, to := listenHere(t)
	gone, nobody := listenHere(t)
	gone.Close()
	in := make([]Letter, 8)
	for range 3 { // what ICMP says of one may hinder nobody else
		out := []Burst{{To: nobody, Data: []byte("x")}, {To: to, Data: []byte("hello")}}
		c.WriteBatch(out)
		if out[1].Err != nil {
			t.Fatal(out[1].Err)
		}
		buf := make([]byte, 10)
		if n, err := here.Read(buf); err != nil || string(buf[:n]) != "hello" {
			t.Fatalf("%q, %v", buf[:n], err)
		}
	}
	told := 0
	for deadline := time.Now().Add(5 * time.Second); told == 0 && time.Now().Before(deadline); {
		n, err := c.ReadBatch(in, time.Now().Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range in[:n] {
			if l.From != nobody || !errors.Is(l.Err, syscall.ECONNREFUSED) {
				t.Errorf("%+v", l)
			}
			told++
		}
	}
	if told == 0 {
		t.Error("nothing was told")
	}
}

func TestACrowdIsWokenAndItsTimeEnds(t *testing.T) {
	c, err := ListenCrowd(local)
	if err != nil {
		t.Fatal(err)
	}
	in := make([]Letter, 1)
	if n, err := c.ReadBatch(in, time.Now().Add(time.Millisecond)); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	c.Wake() // before it waits: the next one ends
	if n, err := c.ReadBatch(in, time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	time.AfterFunc(10*time.Millisecond, c.Wake)
	if n, err := c.ReadBatch(in, time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	c.Close()
	c.Wake() // nobody is there
}
