package segment

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestTapHearsBootsAndPassesOverTheRest: UDP and the heads of HTTP, each once.
func TestTapHearsBootsAndPassesOverTheRest(t *testing.T) {
	n := newNamespace(t)
	n.ip(t, "link set lo up")
	var tap *Tap
	var l net.Listener
	var sink net.PacketConn
	n.do(t, func() (err error) {
		if tap, err = OpenTap("lo"); err != nil {
			return err
		}
		if sink, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
			return err
		}
		l, err = net.Listen("tcp4", "127.0.0.1:0")
		return err
	})
	defer tap.Close()
	defer l.Close()
	defer sink.Close()
	n.do(t, func() error {
		u, err := net.Dial("udp4", sink.LocalAddr().String())
		if err != nil {
			return err
		}
		defer u.Close()
		u.Write([]byte("a datagram"))
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			return err
		}
		defer c.Close()
		for _, s := range []string{"hello, no boot", "GET /a HTTP/1.1\r\n\r\n", strings.Repeat("x", 5000), "HTTP/1.1 200 OK\r\n\r\n"} {
			c.Write([]byte(s))
			time.Sleep(20 * time.Millisecond) // a segment each
		}
		return nil
	})
	var got []string
	tap.SetDeadline(time.Now().Add(500 * time.Millisecond))
	for {
		frame, at, err := tap.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if time.Since(at).Abs() > time.Minute {
			t.Errorf("heard at %s", at)
		}
		switch text := string(frame); {
		case strings.HasSuffix(text, "a datagram"):
			got = append(got, "UDP")
		case strings.Contains(text, "GET /a"), strings.Contains(text, "HTTP/1.1 200"):
			got = append(got, "HTTP")
		default:
			t.Errorf("heard %q", text)
		}
	}
	if all := strings.Join(got, " "); all != "UDP HTTP HTTP" {
		t.Errorf("heard %s", all)
	}
	if n := tap.Missed(); n != 0 {
		t.Errorf("%d missed", n)
	}
	tap.Close()
	if _, _, err := tap.Read(); err == nil {
		t.Error("a frame was read after Close")
	}
}

func TestTapOnWhatIsNotThere(t *testing.T) {
	if _, err := OpenTap("nosuch0"); err == nil || !strings.Contains(err.Error(), "nosuch0") {
		t.Errorf("got %v", err)
	}
}
