package segment

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestAnswersOfARoundArriveEachByItself(t *testing.T) {
	server, client := twoWires(t)
	k := openKernel(t, server, "eth1")
	u := listenUDP(t, server, k, 67).(*kernelUDP)
	var here *net.UDPConn
	client.do(t, func() (err error) {
		here, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(192, 0, 2, 50), Port: 5000})
		return err
	})
	defer here.Close()
	c1 := openCard(t, client, "c1")
	for _, plain := range []bool{false, true} {
		k.plain.Store(plain)
		to := netip.MustParseAddrPort("192.0.2.50:5000")
		away := netip.MustParseAddrPort("192.0.2.77:68")
		var out []Datagram
		for i := range 2*writeMost + 5 { // no more than a socket holds by default
			size := 300
			if i%10 == 3 {
				size = 301 // a burst is of one size
			}
			out = append(out, Datagram{Data: fmt.Appendf(nil, "%0*d", size, i), To: to})
			if i%50 == 7 {
				out = append(out, Datagram{Data: fmt.Appendf(nil, "%0300d", i), To: away, HW: c1.iface.HardwareAddr})
			}
		}
		out = append(out, Datagram{Data: make([]byte, 2000), To: away, HW: c1.iface.HardwareAddr})
		u.WriteBatch(out)
		_ = here.SetReadDeadline(time.Now().Add(5 * time.Second))
		buf := make([]byte, 2000)
		for i := range out {
			d := &out[i]
			switch {
			case len(d.Data) == 2000:
				if d.Err == nil {
					t.Error("what is too long for the wire has left")
				}
			case d.Err != nil:
				t.Errorf("datagram %d: %v", i, d.Err)
			case d.To == to:
				n, err := here.Read(buf)
				if err != nil || !bytes.Equal(buf[:n], d.Data) {
					t.Fatalf("datagram %d: %d bytes, %v", i, n, err)
				}
			}
		}
		for heard := 0; heard < 3; {
			if f := c1.recv(t); f.To == away && f.From == netip.MustParseAddrPort("192.0.2.1:67") {
				heard++
			}
		}
		if k.plain.Load() != plain {
			t.Error("a virtual cable takes no bursts")
		}
	}
}

func TestABatchIsReadAndCloseEndsTheWaiting(t *testing.T) {
	server, client := twoWires(t)
	k := openKernel(t, server, "eth1")
	u := listenUDP(t, server, k, 67).(*kernelUDP)
	bufs, pkts := make([][]byte, 8), make([]Packet, 8)
	for i := range bufs {
		bufs[i] = make([]byte, 1500)
	}
	if n, err := u.ReadBatch(bufs, pkts, false); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	var here *net.UDPConn
	client.do(t, func() (err error) {
		here, err = net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 67})
		return err
	})
	defer here.Close()
	for i := range 3 {
		if _, err := fmt.Fprint(here, "datagram ", i); err != nil {
			t.Fatal(err)
		}
	}
	for got := 0; got < 3; {
		n, err := u.ReadBatch(bufs, pkts, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pkts[:n] {
			if want := fmt.Sprint("datagram ", got); string(p.Data) != want || p.From.String() != here.LocalAddr().String() ||
				p.To != netip.MustParseAddrPort("192.0.2.1:67") {
				t.Errorf("%q from %v to %v, want %q", p.Data, p.From, p.To, want)
			}
			got++
		}
	}
	ended := make(chan error)
	go func() {
		_, err := u.ReadBatch(bufs, pkts, true)
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond) // it waits; if it does not yet, it ends all the same
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it still waits")
	}
}
