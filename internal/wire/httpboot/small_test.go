package httpboot

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// tapped is a listener whose connections note each write, and refuse them when
// told to.
type tapped struct {
	net.Listener
	mu     sync.Mutex
	writes []int
	broken bool
}

// tappedConn has ReadFrom, as the kernel's connections do: net/http uses it.
type tappedConn struct {
	*net.TCPConn
	to *tapped
}

func (l *tapped) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tappedConn{c.(*net.TCPConn), l}, nil
}

func (c tappedConn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{c}, r) }

func (c tappedConn) Write(b []byte) (int, error) {
	c.to.mu.Lock()
	c.to.writes = append(c.to.writes, len(b))
	broken := c.to.broken
	c.to.mu.Unlock()
	if broken {
		return 0, errors.New("connection reset by peer")
	}
	return c.TCPConn.Write(b)
}

func tap(t *testing.T, b *bench) *tapped {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tl := &tapped{Listener: l}
	s := &http.Server{Handler: b.Config.Handler}
	go s.Serve(tl)
	t.Cleanup(func() { s.Close() })
	return tl
}

func TestASmallAnswerIsOneWrite(t *testing.T) {
	b := newBench(t)
	l := tap(t, b)
	resp, err := http.Get("http://" + l.Addr().String() + "/small")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if string(text) != small || resp.ContentLength != int64(len(small)) || len(resp.TransferEncoding) > 0 {
		t.Errorf("%q %d %q", text, resp.ContentLength, resp.TransferEncoding)
	}
	b.reported(t, 1)
	if l.mu.Lock(); len(l.writes) != 1 {
		t.Errorf("writes of %d bytes", l.writes)
	}
	l.mu.Unlock()
}

func TestASmallAnswerThatNobodyTookIsReportedSo(t *testing.T) {
	b := newBench(t)
	l := tap(t, b)
	l.broken = true
	if resp, err := http.Get("http://" + l.Addr().String() + "/small"); err == nil {
		resp.Body.Close()
		t.Fatal("it was answered")
	}
	if e := b.reported(t, 1)[0]; !e.Failed || !strings.Contains(e.Text, "cut off") {
		t.Errorf("%+v", e)
	}
}
