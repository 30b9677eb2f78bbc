package httpboot

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
)

// pipes is a listener whose connections are pipes: time in a bubble stands
// still for them, as it does not for the kernel's.
type pipes struct{ in chan net.Conn }

type pipe struct{ net.Conn }

func (pipe) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.9:1024"))
}

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.in
	if !ok {
		return nil, net.ErrClosed
	}
	return pipe{c}, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// inBubble gives a client of a server whose time only passes when all wait.
func inBubble(t *testing.T, do func(t *testing.T, c net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{
			Files: files{make(chan string, 9)}, Place: func(netip.Addr) boot.Place { return boot.Place{} },
			Report: func(install.Event) error { return nil }, Keep: func(int64, string, []byte) {},
			Log: slog.New(slog.DiscardHandler), Now: time.Now,
		}
		l := pipes{make(chan net.Conn, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, l) }()
		c, theirs := net.Pipe()
		l.in <- theirs
		do(t, c)
		c.Close()
		cancel()
		close(l.in)
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
}

func TestH10WhoReadsNothingIsLetGo(t *testing.T) {
	inBubble(t, func(t *testing.T, c net.Conn) {
		start := time.Now()
		io.WriteString(c, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		time.Sleep(Idle - time.Second)
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("closed after %v: %v", time.Since(start), err)
		}
		time.Sleep(2*Idle + time.Second)
		if n, err := io.Copy(io.Discard, c); err != nil || n > chunk {
			t.Errorf("%d bytes came after a silence of %v: %v", n, time.Since(start), err)
		}
	})
}

func TestH10WhoReadsAByteAtATimeIsLetGoToo(t *testing.T) {
	inBubble(t, func(t *testing.T, c net.Conn) {
		start := time.Now()
		io.WriteString(c, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
		for b := make([]byte, 1); ; time.Sleep(time.Second) {
			if _, err := c.Read(b); err != nil {
				break
			}
			if time.Since(start) > time.Hour {
				t.Fatal("it is still served after an hour")
			}
		}
	})
}

func TestH10ASlowClientGetsItAll(t *testing.T) {
	inBubble(t, func(t *testing.T, c net.Conn) {
		start := time.Now()
		io.WriteString(c, "GET /boot/x/linux HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		var got []byte
		for b := make([]byte, 1<<10); ; time.Sleep(3 * time.Second) { // 20 KiB a minute
			n, err := c.Read(b)
			got = append(got, b[:n]...)
			if err != nil {
				break
			}
		}
		if _, body, ok := strings.Cut(string(got), "\r\n\r\n"); !ok || body != string(data) {
			t.Errorf("%d bytes in %v", len(got), time.Since(start))
		}
		if took := time.Since(start); took < 4*time.Minute {
			t.Errorf("took only %v: nothing was shown", took)
		}
	})
}

func TestH10HeadersWithoutAnEndAreCutOff(t *testing.T) {
	inBubble(t, func(t *testing.T, c net.Conn) {
		start := time.Now()
		written := make(chan struct{})
		go func() {
			defer close(written)
			for s := "GET /huge HTTP/1.1\r\n"; ; s = "X-A: b\r\n" {
				if _, err := io.WriteString(c, s); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		io.Copy(io.Discard, c)
		if took := time.Since(start); took < 19*time.Second || took > 22*time.Second {
			t.Errorf("cut off after %v", took)
		}
		<-written // a bubble's time stands still once its test has returned
	})
}
