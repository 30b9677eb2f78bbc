package httpboot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/fault"
)

var (
	noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	data = bytes.Repeat([]byte("0123456789"), 10_000)
)

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

// zeros is a file larger than any buffer on its way.
type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }
func (zeros) Close() error                          { return nil }

const hugeSize = 1 << 30

// small is as long as a boot script.
var small = "#!ipxe\n" + strings.Repeat("# a line\n", 80) + "exit 1\n"

// files answers a few paths exactly as they came.
type files struct{ asked chan string }

func (f files) Open(a boot.Asked) (boot.Content, error) {
	select {
	case f.asked <- a.Path:
	default:
	}
	c := boot.Content{Name: "linux", Body: body{bytes.NewReader(data)}, Size: int64(len(data)), ModTime: noon,
		Event: install.Event{Machine: "node1", Step: install.Fetched, Text: "linux"}}
	switch a.Path {
	case "/boot/x/linux":
	case "/huge":
		c.Body, c.Size = zeros{}, hugeSize
	case "//grubx64.efi":
		c.Name = "grubx64.efi"
	case "/answer/t/preseed.cfg":
		c.Name, c.Secret, c.Type, c.Keep, c.Event.Attempt = "preseed.cfg", true, "text/plain; charset=utf-8", data, 7
	case "/images/x", "/images/x/", "/images/x/sub dir":
		m := fstest.MapFS{"a file&<b>": {Data: []byte("x")}, "pool/x": {}}
		d, err := fs.ReadDir(m, ".")
		return boot.Content{Dir: d}, err
	case "/small":
		c.Body, c.Size = body{bytes.NewReader([]byte(small))}, int64(len(small))
	case "/busy":
		return c, fault.New(fault.Unavailable, "", "the disk is full")
	case "/secret-fault":
		return c, errors.New("password hunter2 in /etc/shadow")
	case "/locked", "/guessed":
		switch {
		case a.Path == "/guessed":
			return c, fmt.Errorf("node1: %w", boot.ErrTooMany)
		case !a.Login || a.Password != "sesame: open%":
			return c, fmt.Errorf("node1: %w", boot.ErrPassword)
		}
	case "/answer/posted":
		if !a.Posted || string(a.Body) != `{"cards":[]}` {
			return c, fault.New(fault.Invalid, "", "by POST")
		}
	case "/panic":
		panic("a defect")
	default:
		return c, fs.ErrNotExist
	}
	return c, nil
}

func (f files) Callback(a boot.Asked) (install.Event, error) {
	if a.Path != "/events/t/installed" {
		return install.Event{}, fs.ErrNotExist
	}
	return install.Event{Machine: "node1", Step: install.Installed, Text: "the installer has finished"}, nil
}

// bench is a server with what it reported.
type bench struct {
	*httptest.Server
	asked chan string

	mu     sync.Mutex
	events []install.Event
	kept   map[int64]string
	log    bytes.Buffer // lines of a slog.TextHandler, which writes them one at a time
	fail   error
}

func newBench(t *testing.T) *bench {
	b := &bench{asked: make(chan string, 100), kept: map[int64]string{}}
	s := &Server{Files: files{b.asked}, Log: slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: func() time.Time { return noon },
		Place: func(netip.Addr) boot.Place { return boot.Place{Server: netip.MustParseAddr("127.0.0.1")} },
		Report: func(e install.Event) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.events = append(b.events, e)
			return b.fail
		},
		Keep: func(a int64, name string, text []byte) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.kept[a] = name + fmt.Sprint(len(text))
		}}
	b.Server = httptest.NewServer(s)
	t.Cleanup(b.Close)
	return b
}

// do sends one request; path goes out as it is.
func (b *bench) do(t *testing.T, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, b.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // which follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// reported waits until n events were reported: some come after the last byte.
func (b *bench) reported(t *testing.T, n int) []install.Event {
	t.Helper()
	b.Server.Close() // ends when every request has
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.events) != n {
		t.Errorf("%d events, want %d: %+v", len(b.events), n, b.events)
	}
	return b.events
}

func TestFileIsServedWhole(t *testing.T) {
	b := newBench(t)
	resp, text := b.do(t, "GET", "/boot/x/linux")
	if resp.StatusCode != 200 || text != string(data) || resp.ContentLength != int64(len(data)) || resp.Header.Get("ETag") == "" ||
		resp.Header.Get("Accept-Ranges") != "bytes" || resp.Header.Get("Last-Modified") == "" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d, %d bytes, %v", resp.StatusCode, len(text), resp.Header)
	}
	if e := b.reported(t, 1); e[0].Bytes != int64(len(data)) || e[0].Failed {
		t.Errorf("%+v", e)
	}
}

func TestHeadSaysTheLengthAndReportsNothing(t *testing.T) {
	b := newBench(t)
	resp, text := b.do(t, "HEAD", "/boot/x/linux")
	if resp.StatusCode != 200 || resp.ContentLength != int64(len(data)) || text != "" || resp.Header.Get("ETag") == "" {
		t.Errorf("%d, length %d, %v", resp.StatusCode, resp.ContentLength, resp.Header)
	}
	b.reported(t, 0)
}

func TestPartsOfAFile(t *testing.T) {
	b := newBench(t)
	whole, _ := b.do(t, "HEAD", "/boot/x/linux")
	tag := whole.Header.Get("ETag")
	for _, c := range []struct {
		header []string
		code   int
		length int
		text   string // its beginning
	}{
		{[]string{"Range", "bytes=5-9"}, 206, 5, "56789"},
		{[]string{"Range", "bytes=-3"}, 206, 3, "789"},
		{[]string{"Range", "bytes=99990-"}, 206, 10, "0123456789"},
		{[]string{"Range", "bytes=200000-"}, 416, -1, ""},
		{[]string{"Range", "bytes=5-9", "If-Range", tag}, 206, 5, "56789"},
		{[]string{"Range", "bytes=5-9", "If-Range", `"another"`}, 200, len(data), "01234"},
		{[]string{"If-None-Match", tag}, 304, 0, ""},
		{[]string{"If-None-Match", `"another"`}, 200, len(data), "01234"},
	} {
		resp, text := b.do(t, "GET", "/boot/x/linux", c.header...)
		if resp.StatusCode != c.code || c.length >= 0 && len(text) != c.length || !strings.HasPrefix(text, c.text) {
			t.Errorf("%q: %d, %d bytes: %.20q", c.header, resp.StatusCode, len(text), text)
		}
		if c.code == 206 && resp.ContentLength != int64(c.length) {
			t.Errorf("%q: length %d", c.header, resp.ContentLength)
		}
	}
}

func TestPathGoesInAsItCameAndIsNeverRedirected(t *testing.T) {
	b := newBench(t)
	for path, code := range map[string]int{"//grubx64.efi": 200, "/boot//x/../x/linux": 404, "/images/x": 200, "/images/x/": 200, "/boot/x/linux?a=b": 200} {
		resp, _ := b.do(t, "GET", path)
		want, _, _ := strings.Cut(path, "?")
		if got := <-b.asked; got != want || resp.StatusCode != code || resp.Header.Get("Location") != "" {
			t.Errorf("%s: asked for %q, %d, Location %q", path, got, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	resp, _ := b.do(t, "GET", "//grubx64.efi")
	if resp.Header.Get("Content-Type") != "application/efi" {
		t.Errorf("a loader is %s, which UEFI HTTP Boot does not start", resp.Header.Get("Content-Type"))
	}
}

func TestWhatCannotBeHad(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		method, path string
		code         int
	}{
		{"GET", "/nothing", 404}, {"HEAD", "/nothing", 404}, {"GET", "/busy", 503}, {"GET", "/secret-fault", 500},
		{"POST", "/boot/x/linux", 405}, {"PUT", "/boot/x/linux", 405}, {"DELETE", "/", 405}, {"GET", "/events/u/installed", 404},
	} {
		resp, text := b.do(t, c.method, c.path)
		if resp.StatusCode != c.code || strings.Contains(text, "hunter2") {
			t.Errorf("%s %s: %d %q", c.method, c.path, resp.StatusCode, text)
		}
		if c.code == 405 && resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow %q", c.method, c.path, resp.Header.Get("Allow"))
		}
		if c.code >= 400 && c.code != 405 && resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: a proxy may keep the failure", c.method, c.path)
		}
	}
	b.reported(t, 0)
}

func TestDefectEndsOneRequestOnly(t *testing.T) {
	b := newBench(t)
	req, _ := http.NewRequest("GET", b.URL+"/panic", nil)
	if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
		resp.Body.Close()
		t.Errorf("answered with %d", resp.StatusCode)
	}
	if resp, _ := b.do(t, "GET", "/boot/x/linux"); resp.StatusCode != 200 {
		t.Errorf("the next request: %d", resp.StatusCode)
	}
}

func TestListingIsTheSameWithAndWithoutASlash(t *testing.T) {
	b := newBench(t)
	_, bare := b.do(t, "GET", "/images/x")
	resp, slash := b.do(t, "GET", "/images/x/")
	if bare != slash || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s\n%s", bare, slash)
	}
	for _, want := range []string{`href="/images/x/a%20file&amp;%3Cb%3E"`, `href="/images/x/pool/"`, `>pool/<`, `a file&amp;&lt;b&gt;`, `href="/images/"`} {
		if !strings.Contains(bare, want) {
			t.Errorf("no %s in:\n%s", want, bare)
		}
	}
	if _, text := b.do(t, "GET", "/images/x/sub%20dir"); !strings.Contains(text, `href="/images/x/sub%20dir/pool/"`) {
		t.Errorf("links below a name with a blank:\n%s", text)
	}
	if resp, text := b.do(t, "HEAD", "/images/x/"); resp.StatusCode != 200 || text != "" {
		t.Errorf("HEAD: %d %q", resp.StatusCode, text)
	}
}

func TestSecretsAreKeptByNobodyButTheRecord(t *testing.T) {
	b := newBench(t)
	resp, _ := b.do(t, "GET", "/answer/t/preseed.cfg")
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("ETag") != "" || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%v", resp.Header)
	}
	b.reported(t, 1)
	if b.kept[7] != fmt.Sprint("preseed.cfg", len(data)) {
		t.Errorf("kept: %v", b.kept)
	}
}

func TestCallbackIsNotedOrToBeSaidAgain(t *testing.T) {
	b := newBench(t)
	if resp, text := b.do(t, "GET", "/events/t/installed"); resp.StatusCode != 200 || text != "noted\n" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	if resp, _ := b.do(t, "POST", "/events/t/installed"); resp.StatusCode != 200 {
		t.Errorf("POST, as curl -d does: %d", resp.StatusCode)
	}
	b.mu.Lock()
	b.fail = fault.Wrap(errors.New("write: no space left"), fault.Unavailable, "", "recording that node1 is installed")
	b.mu.Unlock()
	if resp, text := b.do(t, "GET", "/events/t/installed"); resp.StatusCode != 503 || strings.Contains(text, "noted") {
		t.Errorf("not recorded, and said to be: %d %q", resp.StatusCode, text)
	}
}

func TestWhyOfAFailureIsQuotedAndCut(t *testing.T) {
	b := newBench(t)
	b.do(t, "GET", "/events/t/installed?why=a%0Ab%1b%5B2J"+strings.Repeat("x", 5000))
	e := b.reported(t, 1)[0]
	if strings.ContainsAny(e.Text, "\n\x1b") || len(e.Text) > 300 || !strings.Contains(e.Text, `"a\nb\x1b[2J`) {
		t.Errorf("%q", e.Text)
	}
}

func TestTransferCutOffIsReportedSo(t *testing.T) {
	b := newBench(t)
	c, err := net.Dial("tcp", b.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
	io.CopyN(io.Discard, c, 1000)
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
	e := b.reported(t, 1)[0]
	if !e.Failed || !strings.Contains(e.Text, "cut off") || e.Bytes >= hugeSize {
		t.Errorf("%+v", e)
	}
}

func TestHealthAndNumbers(t *testing.T) {
	b := newBench(t)
	b.do(t, "GET", "/boot/x/linux")
	b.do(t, "GET", "/nothing")
	if resp, text := b.do(t, "GET", "/healthz"); resp.StatusCode != 200 || text != "ok\n" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	_, text := b.do(t, "GET", "/metrics")
	for _, want := range []string{"seedbed_http_requests_total 4", "seedbed_http_refused_total 1", fmt.Sprintf("seedbed_http_sent_bytes_total %d", len(data))} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := &Server{Files: files{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Place: func(netip.Addr) boot.Place { return boot.Place{} }, Report: func(install.Event) error { return nil }}
	go func() { ended <- s.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 1 {
		t.Errorf("%s: no boot firmware speaks it", resp.Proto)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it goes on")
	}
}
