package tftp_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/tftp"
	"seedbed/internal/wire/tftp/tftptest"
)

// loopPort is a segment on the kernel's loopback, with crowds as an interface
// of the kernel has them.
type loopPort struct {
	mtu  int
	addr chan netip.AddrPort
}

// lonePort is one without crowds, as the segment in memory is. Its
// conversations are not connected, unless told, so that they hear foreign
// ports too.
type lonePort struct {
	*loopPort
	connected bool
}

func (p *loopPort) ListenCrowd(local netip.Addr) (segment.Crowd, error) {
	return segment.ListenCrowd(local)
}

// ListenCrowd hides the other.
func (p *lonePort) ListenCrowd() {}

func (p *loopPort) Info() segment.Info {
	return segment.Info{Name: "loop", Addr: netip.MustParsePrefix("127.0.0.1/8"), MTU: p.mtu}
}

func (p *loopPort) ListenUDP(uint16) (segment.UDP, error) {
	u, err := listenLoop()
	if err == nil {
		p.addr <- u.addr()
	}
	return u, err
}

func (p *loopPort) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	return (&lonePort{connected: true}).DialUDP(local, remote)
}

func (p *lonePort) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	from := net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
	if p.connected {
		return net.DialUDP("udp4", from, net.UDPAddrFromAddrPort(remote))
	}
	c, err := net.ListenUDP("udp4", from)
	return &loose{c, remote}, err
}

// loose is a conversation that is not connected.
type loose struct {
	*net.UDPConn
	remote netip.AddrPort
}

func (l *loose) Write(b []byte) (int, error) { return l.WriteToUDPAddrPort(b, l.remote) }

// loopUDP is a segment.UDP on the loopback.
type loopUDP struct{ *net.UDPConn }

func listenLoop() (loopUDP, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil {
		_ = c.SetReadBuffer(1 << 20)
	}
	return loopUDP{c}, err
}

func (u loopUDP) addr() netip.AddrPort { return u.LocalAddr().(*net.UDPAddr).AddrPort() }

func (u loopUDP) Read(buf []byte) (segment.Packet, error) {
	n, from, err := u.ReadFromUDPAddrPort(buf)
	return segment.Packet{Data: buf[:n], From: from, To: u.addr()}, err
}

func (u loopUDP) Write(b []byte, to netip.AddrPort, _ net.HardwareAddr) error {
	_, err := u.WriteToUDPAddrPort(b, to)
	return err
}

// lossy drops one of n datagrams in each direction, by chance: a strict every
// nth would hit the same block of a window for ever.
type lossy struct {
	segment.UDP
	n       int
	in, out *rand.Rand // one a direction: they are used at the same time
	mu      sync.Mutex
}

func newLossy(t testing.TB, n int) *lossy {
	t.Helper()
	u, err := listenLoop()
	if err != nil {
		t.Fatal(err)
	}
	return &lossy{UDP: u, n: n, in: rand.New(rand.NewPCG(1, uint64(n))), out: rand.New(rand.NewPCG(2, uint64(n)))}
}

func (l *lossy) Read(buf []byte) (segment.Packet, error) {
	for {
		p, err := l.UDP.Read(buf)
		if err != nil || l.in.IntN(l.n) != 0 {
			return p, err
		}
	}
}

func (l *lossy) Write(b []byte, to netip.AddrPort, hw net.HardwareAddr) error {
	l.mu.Lock()
	drop := l.out.IntN(l.n) == 0
	l.mu.Unlock()
	if drop {
		return nil
	}
	return l.UDP.Write(b, to, hw)
}

// memory is Files in memory.
type memory map[string][]byte

func (m memory) Open(r tftp.Request) (tftp.File, error) {
	b, ok := m[r.Name]
	if !ok {
		return tftp.File{}, &fs.PathError{Op: "open", Path: "/srv/secret/" + r.Name, Err: fs.ErrNotExist}
	}
	return fileOf(b), nil
}

type filesFunc func(tftp.Request) (tftp.File, error)

func (f filesFunc) Open(r tftp.Request) (tftp.File, error) { return f(r) }

type body struct {
	io.ReaderAt
	close func()
}

func (b body) Close() error {
	if b.close != nil {
		b.close()
	}
	return nil
}

func fileOf(b []byte) tftp.File {
	return tftp.File{Body: body{ReaderAt: bytes.NewReader(b)}, Size: int64(len(b))}
}

// pattern is n bytes in which every block differs from every other.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// bench is a running server and all that it reported.
type bench struct {
	t       testing.TB
	srv     *tftp.Server
	addr    netip.AddrPort
	reports chan tftp.Transfer
	stop    func()
}

// serve runs a server for the test; set changes it first.
func serve(t testing.TB, files tftp.Files, set ...func(*tftp.Server, *loopPort)) *bench {
	t.Helper()
	return serveOn(t, files, func(p *loopPort) tftp.Port { return p }, set...)
}

// onEach runs a test on a port with crowds and on one without.
func onEach(t *testing.T, f func(t *testing.T, on func(*loopPort) tftp.Port)) {
	for name, on := range map[string]func(*loopPort) tftp.Port{
		"crowd": func(p *loopPort) tftp.Port { return p },
		"lone":  func(p *loopPort) tftp.Port { return &lonePort{loopPort: p} },
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); f(t, on) })
	}
}

func serveOn(t testing.TB, files tftp.Files, on func(*loopPort) tftp.Port, set ...func(*tftp.Server, *loopPort)) *bench {
	t.Helper()
	b := &bench{t: t, reports: make(chan tftp.Transfer, 4096)}
	b.srv = &tftp.Server{Files: files, Report: func(tr tftp.Transfer) { b.reports <- tr }}
	port := &loopPort{mtu: 1500, addr: make(chan netip.AddrPort, 1)}
	for _, f := range set {
		f(b.srv, port)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.srv.Serve(ctx, on(port)) }()
	b.addr = <-port.addr
	b.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("Serve did not return after its context was done")
		}
	})
	t.Cleanup(b.stop)
	return b
}

func (b *bench) get(name string, opt tftptest.Options) (tftptest.Result, error) {
	b.t.Helper()
	u, err := listenLoop()
	if err != nil {
		b.t.Fatal(err)
	}
	return tftptest.Get(context.Background(), u, b.addr, name, opt)
}

// want fetches a file that must arrive whole.
func (b *bench) want(name string, data []byte, opt tftptest.Options) tftptest.Result {
	b.t.Helper()
	r, err := b.get(name, opt)
	if err != nil {
		b.t.Fatalf("getting %q: %v", name, err)
	}
	if !bytes.Equal(r.Data, data) {
		b.t.Fatalf("got %d bytes that differ from the file's %d", len(r.Data), len(data))
	}
	return r
}

func (b *bench) report() tftp.Transfer {
	b.t.Helper()
	select {
	case r := <-b.reports:
		return r
	case <-time.After(5 * time.Second):
		b.t.Fatal("no report")
		return tftp.Transfer{}
	}
}

// raw is a client spoken by hand.
type raw struct {
	t testing.TB
	*net.UDPConn
	peer netip.AddrPort
}

func (b *bench) raw() *raw {
	b.t.Helper()
	u, err := listenLoop()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { u.Close() })
	return &raw{b.t, u.UDPConn, b.addr}
}

// say sends to the server's port 69, or to the transfer's once it has spoken.
func (r *raw) say(s string) {
	r.t.Helper()
	if _, err := r.WriteToUDPAddrPort([]byte(s), r.peer); err != nil {
		r.t.Fatal(err)
	}
}

// begin asks for a file with a timeout of 5 s, so that no timer of the server
// fires while a busy computer holds the test up, and takes the OACK.
func (r *raw) begin(name string) {
	r.t.Helper()
	r.say(rrq + name + "\x00octet\x00timeout\x005\x00")
	if p := r.hear(soon); p != "\x00\x06timeout\x005\x00" {
		r.t.Fatalf("heard %q, want an OACK", p)
	}
	r.say("\x00\x04\x00\x00")
}

// hear gives the next packet, or "" when none comes within d.
func (r *raw) hear(d time.Duration) string {
	r.t.Helper()
	buf := make([]byte, 65536)
	_ = r.SetReadDeadline(time.Now().Add(d))
	n, from, err := r.ReadFromUDPAddrPort(buf)
	if err != nil {
		return ""
	}
	r.peer = from
	return string(buf[:n])
}

// logTo makes the server log into buf.
func logTo(buf *lockedBuffer, level slog.Level) func(*tftp.Server, *loopPort) {
	return func(s *tftp.Server, _ *loopPort) {
		s.Log = slog.New(slog.NewTextHandler(buf, &slog.HandlerOptions{Level: level}))
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func wantCode(t *testing.T, err error, code uint16) *tftptest.Error {
	t.Helper()
	var e *tftptest.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got %v, want TFTP error %d", err, code)
		return nil
	}
	return e
}

func wantPacket(t *testing.T, got, prefix string) {
	t.Helper()
	if !strings.HasPrefix(got, prefix) {
		t.Fatalf("heard %q, want %q", got, prefix)
	}
}

// hearBlocks wants exactly these DATA blocks next.
func hearBlocks(t *testing.T, c *raw, numbers ...byte) {
	t.Helper()
	for _, n := range numbers {
		p := c.hear(soon)
		if len(p) < 4 || p[1] != 3 || p[3] != n {
			t.Fatalf("heard %.20q, want block %d", p, n)
		}
	}
}

// TestMain lets more tests wait at a time than there are processors: most of
// the parallel ones do nothing else.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
