package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"seedbed/internal/core/upstream"
	"seedbed/internal/disk/cache"
)

// bench is a cache with a real store, before an upstream that can be made to
// fail. Names lead to 127.0.0.1.
type bench struct {
	*Server
	t      *testing.T
	dir    string
	up     *httptest.Server // the upstream; its name is mirror.example
	near   *httptest.Server // the cache
	policy atomic.Pointer[upstream.Policy]

	asked  atomic.Int64 // GETs that reached the upstream
	mu     sync.Mutex
	files  map[string]*file
	ranges []string // Range headers that the upstream was sent
	done   []Fetch
}

// file is what the upstream has, and how it misbehaves with it.
type file struct {
	data     []byte
	etag     string
	modified string
	cut      []int64 // after how many bytes each answer breaks off; answers beyond are whole
	chunked  bool    // no Content-Length
	closed   bool    // nor chunks: the end of the connection is the end
	gate     chan struct{}
	status   int
	ill      int    // so many answers are 503 first
	kind     string // Content-Type
	moved    string
	query    string // with which clients ask for it
}

const size = 1 << 30

func newBench(t *testing.T, max int64) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), files: map[string]*file{}}
	b.up = httptest.NewServer(http.HandlerFunc(b.upstream))
	t.Cleanup(b.up.Close)
	b.allow(netip.MustParsePrefix("127.0.0.0/8"))
	b.Server = &Server{Policy: b.policy.Load, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
		Report: func(f Fetch) { b.mu.Lock(); b.done = append(b.done, f); b.mu.Unlock() },
	}
	b.reopen(max)
	b.near = httptest.NewServer(b.Server)
	t.Cleanup(b.near.Close)
	return b
}

// reopen is what a restart does to the store.
func (b *bench) reopen(max int64) {
	b.t.Helper()
	s, err := cache.Open(b.dir, max)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Store = s
}

// allow is the policy with these networks.
func (b *bench) allow(private ...netip.Prefix) {
	u, _ := url.Parse(b.base())
	b.policy.Store(&upstream.Policy{Repositories: []upstream.Repository{{Name: "debian", URL: u}}, Private: private})
}

func (b *bench) base() string {
	_, port, _ := net.SplitHostPort(b.up.Listener.Addr().String())
	return "http://mirror.example:" + port + "/debian"
}

func (b *bench) has(name string, f *file) *file {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.files["/debian/"+name] = f
	return f
}

// upstream serves files as told.
func (b *bench) upstream(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	f := b.files[r.URL.Path]
	if rng := r.Header.Get("Range"); rng != "" {
		b.ranges = append(b.ranges, rng)
	}
	cut := int64(-1)
	if f != nil && len(f.cut) > 0 && f.ill == 0 && r.Method == http.MethodGet {
		cut, f.cut = f.cut[0], f.cut[1:]
	}
	ill := f != nil && f.ill > 0
	if ill {
		f.ill--
	}
	b.mu.Unlock()
	if r.Method == http.MethodGet {
		b.asked.Add(1)
	}
	switch {
	case f == nil:
		http.NotFound(w, r)
		return
	case ill:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case f.moved != "":
		http.Redirect(w, r, f.moved, http.StatusFound)
		return
	case f.status != 0:
		w.WriteHeader(f.status)
		return
	}
	if f.kind != "" {
		w.Header().Set("Content-Type", f.kind)
	}
	if f.etag != "" {
		w.Header().Set("ETag", f.etag)
	}
	if f.modified != "" {
		w.Header().Set("Last-Modified", f.modified)
	}
	if f.closed {
		conn, buf, _ := http.NewResponseController(w).Hijack()
		fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
		buf.Write(f.data)
		buf.Flush()
		conn.Close()
		return
	}
	if f.chunked {
		w.(http.Flusher).Flush()
		if cut >= 0 {
			w.Write(f.data[:cut])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		w.Write(f.data)
		return
	}
	modified, _ := http.ParseTime(f.modified)
	var out http.ResponseWriter = w
	if cut >= 0 || f.gate != nil {
		out = &cutter{ResponseWriter: w, left: cut, gate: f.gate, ctx: r.Context()}
	}
	http.ServeContent(out, r, "", modified, bytes.NewReader(f.data))
}

// cutter breaks the connection off after some bytes, or holds the second
// half back until a gate opens.
type cutter struct {
	http.ResponseWriter
	left int64 // negative: no end
	gate chan struct{}
	sent int64
	ctx  context.Context
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.gate != nil && c.sent > 0 {
		c.ResponseWriter.(http.Flusher).Flush()
		select {
		case <-c.gate:
		case <-c.ctx.Done():
		}
	}
	c.sent += int64(len(p))
	if c.left >= 0 && int64(len(p)) >= c.left {
		c.ResponseWriter.Write(p[:c.left])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	if c.left >= 0 {
		c.left -= int64(len(p))
	}
	return c.ResponseWriter.Write(p)
}

// answer is what a client got.
type answer struct {
	code   int
	body   []byte
	err    error // it was cut off
	header http.Header
}

// get asks the cache for a file by its path there.
func (b *bench) get(name string, headers ...string) answer {
	b.t.Helper()
	return b.ask(http.MethodGet, b.near.URL+"/cache/debian/"+name, headers...)
}

func (b *bench) ask(method, address string, headers ...string) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return b.do(b.near.Client(), req)
}

func (b *bench) do(c *http.Client, req *http.Request) answer {
	resp, err := c.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, body, err, resp.Header}
}

// proxied is a client that has the cache as its proxy.
func (b *bench) proxied() *http.Client {
	u, _ := url.Parse(b.near.URL)
	tr := &http.Transport{Proxy: http.ProxyURL(u), DisableCompression: true}
	b.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// hows are the ways in which clients were answered so far.
func (b *bench) hows() (out []How) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.done {
		out = append(out, f.How)
	}
	return out
}

// kept is how many files lie in the store.
func (b *bench) kept() int {
	n, _ := b.Store.Usage()
	return n
}

// settled waits until no fetch is under way.
func (b *bench) settled() {
	b.t.Helper()
	end := time.Now().Add(10 * time.Second)
	for {
		b.Server.mu.Lock()
		n := len(b.flights)
		b.Server.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			b.t.Fatal("a fetch goes on for ever")
		}
		time.Sleep(time.Millisecond)
	}
}

// noise is n bytes that nothing repeats in.
func noise(n int) []byte {
	src := rand.NewChaCha8([32]byte{7})
	out := make([]byte, n)
	src.Read(out)
	return out
}

func sum(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) }

// same fails unless a client got these bytes, whole.
func (b *bench) same(a answer, want []byte) {
	b.t.Helper()
	if a.err != nil || a.code != http.StatusOK || !bytes.Equal(a.body, want) || a.header.Get("Content-Length") != strconv.Itoa(len(want)) {
		b.t.Errorf("%d, %d bytes of %d, length %q, %v", a.code, len(a.body), len(want), a.header.Get("Content-Length"), a.err)
	}
}

// compare takes bytes as long as they are those wanted.
type compare struct {
	want []byte
	n    int
}

func (c *compare) Write(b []byte) (int, error) {
	if len(b) > len(c.want)-c.n || !bytes.Equal(b, c.want[c.n:c.n+len(b)]) {
		return 0, fmt.Errorf("other bytes from %d on", c.n)
	}
	c.n += len(b)
	return len(b), nil
}

var errDown = errors.New("the network is down")
