package mirror

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

// Store keeps the files; disk/cache is one.
type Store interface {
	Get(key string) (upstream.File, upstream.Entry, error) // fs.ErrNotExist
	Create(key string, size int64) (upstream.Part, error)  // size -1: not known
	Renew(key string, e upstream.Entry) error
	Usage() (files int, bytes int64)
}

// Server answers for the cache. Fill the exported fields before the first
// request.
type Server struct {
	Policy func() *upstream.Policy // the one in force; nil answers nothing
	Store  Store
	Log    *slog.Logger
	Now    func() time.Time
	Report func(Fetch) // what a client was sent; may be nil

	// Resolve finds the addresses of a name; nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)

	once    sync.Once
	client  *http.Client
	id      string        // by which it knows its own requests again
	slots   chan struct{} // flights at a time
	mu      sync.Mutex
	flights map[string]*flight
	count   counts
}

// Fetch is one request that a client made, for the record.
type Fetch struct {
	Client netip.Addr
	URL    string // without its query
	How    How
	Bytes  int64 // sent to the client
	Cut    bool  // it did not get all
}

// How says where a client's bytes came from.
type How string

// The ways to answer.
const (
	Hit     How = "hit"     // from the disk
	Current How = "current" // from the disk, after the upstream said that it is current
	Stale   How = "stale"   // from the disk, because the upstream does not answer
	Miss    How = "miss"    // fetched for this client
	Joined  How = "joined"  // from another client's fetch, while it lasted
	Passed  How = "passed"  // fetched for this client alone, and not kept
	Refused How = "refused"
	Failed  How = "failed"
)

// Limits that no installer reaches by itself.
const (
	maxFlights = 64               // at a time
	maxWaiting = 1024             // those that wait for their turn included
	maxTries   = 6                // of one fetch, those that go on where the last was cut off included
	firstTries = 3                // of its first request
	patience   = 10 * time.Second // after which that is not tried again
	connecting = 10 * time.Second
	answering  = 30 * time.Second
	idle       = 60 * time.Second // without a byte from the upstream
	maxTime    = 6 * time.Hour
	agent      = "seedbed-cache"
)

// Handles says whether a request is the cache's: a path below /cache/, or an
// address that a client asks its proxy for. One for this server itself, by
// its own address, is not.
func (s *Server) Handles(r *http.Request, own netip.Addr) bool {
	if s.Policy() == nil {
		return false
	}
	if r.Method == http.MethodConnect {
		return true
	}
	if r.URL.Host == "" {
		return strings.HasPrefix(r.URL.Path, "/cache/")
	}
	a, err := netip.ParseAddr(r.URL.Hostname())
	return err != nil || a.Unmap() != own || strings.HasPrefix(r.URL.Path, "/cache/")
}

// ServeHTTP answers one request for a package or an index.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(s.start)
	sent := &tally{ResponseWriter: w}
	f := Fetch{}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		f.Client = a.Addr().Unmap()
	}
	u, err := s.target(r)
	if err == nil {
		f.URL = u.Scheme + "://" + u.Host + u.EscapedPath()
		f.How, err = s.answer(sent, r, u)
	}
	f.Bytes = sent.n
	if err != nil {
		s.refuse(sent, r, &f, err)
	}
	s.count.add(f)
	if s.Report != nil {
		s.Report(f)
	}
	if f.Cut {
		reset(w, r)
		panic(http.ErrAbortHandler) // the connection ends: what was sent is not whole
	}
}

// reset ends an HTTP/1.0 client's connection by an error: where no length was
// announced, an orderly end would say that it has all (RFC 9112 section 6.3).
func reset(w http.ResponseWriter, r *http.Request) {
	if r.ProtoAtLeast(1, 1) {
		return
	}
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if c, ok := conn.(interface{ SetLinger(int) error }); ok {
			_ = c.SetLinger(0)
		}
		conn.Close()
	}
}

func (s *Server) start() {
	s.id = agent + "-" + rand.Text()[:8]
	s.flights = map[string]*flight{}
	s.slots = make(chan struct{}, maxFlights)
	s.client = s.newClient()
}

// target is the one URL that a request may lead to.
func (s *Server) target(r *http.Request) (*url.URL, error) {
	p := s.Policy()
	switch {
	case p == nil:
		return nil, fault.New(fault.Unavailable, "", "the package cache is off")
	case r.Method == http.MethodConnect:
		return nil, fault.New(fault.Invalid, "name mirrors by http:// in the installer", "the cache cannot see into https")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return nil, fault.New(fault.Invalid, "", "the cache is read-only")
	case strings.Contains(r.Header.Get("Via"), s.id):
		return nil, fault.New(fault.Conflict, "look at cache.upstreams: one of them is this server", "the cache was asked by itself")
	case r.URL.Host == "" || strings.HasPrefix(r.URL.Path, "/cache/"):
		if rest, ok := strings.CutPrefix(r.URL.Path, "/cache/"); ok {
			return p.ByName(rest, r.URL.RawQuery)
		}
	}
	return p.ByURL(r.URL)
}

// answer serves one URL: from the disk, from a fetch under way, or by a new
// one. The error is of what could not even be begun.
func (s *Server) answer(w *tally, r *http.Request, u *url.URL) (How, error) {
	key := keyOf(u)
	if file, e, err := s.Store.Get(key); err == nil && upstream.Steady(u) && !wantsFresh(r) {
		defer file.Close()
		return Hit, serve(w, r, e, file)
	} else if err == nil {
		file.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		s.Log.Error("the cache cannot be read", "err", err)
	} else if r.Method == http.MethodHead {
		return Passed, s.pass(w, r, u) // nobody fetches a package to learn its size
	}
	f, first := s.join(key, u, wantsFresh(r))
	if f == nil {
		return Failed, fault.New(fault.Unavailable, "", "the cache fetches too many files at a time")
	}
	defer f.leave()
	select {
	case <-f.ready:
	case <-r.Context().Done():
		return Failed, r.Context().Err()
	}
	how := Joined
	if first {
		how = Miss
	}
	switch {
	case f.keep != "":
		file, e, err := s.Store.Get(key)
		if err != nil {
			return Passed, s.pass(w, r, u) // removed in this very moment
		}
		defer file.Close()
		return f.keep, serve(w, r, e, file)
	case f.status != 0:
		http.Error(w, "the upstream answers "+http.StatusText(f.status), f.status)
		return how, nil
	case f.alone:
		return Passed, s.pass(w, r, u)
	case f.err != nil:
		return Failed, f.err
	}
	body, err := f.body(r.Context())
	if err != nil {
		return Failed, err
	}
	return how, serve(w, r, f.entry, body)
}

// wantsFresh says that a client got bytes that it could not use, and asks for
// them past all caches (RFC 9111 section 5.2.1.4). APT's max-age=0 on indexes
// is not that: those are always asked for again.
func wantsFresh(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Cache-Control"), "no-cache") || r.Header.Get("Pragma") == "no-cache"
}

// serve sends a file, whole or the ranges asked for. A body that ends early
// is cut off.
func serve(w *tally, r *http.Request, e upstream.Entry, body io.ReadSeeker) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if e.Type != "" {
		h.Set("Content-Type", e.Type)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Via", "1.1 "+agent)
	if e.ETag != "" {
		h.Set("ETag", e.ETag)
	}
	modified, _ := http.ParseTime(e.LastModified)
	watched := &watched{ReadSeeker: body}
	var content io.ReadSeeker = watched
	if _, ok := body.(upstream.File); ok {
		content = body // so that the kernel can send it
	}
	http.ServeContent(w, r, "", modified, content)
	return watched.err
}

// watched remembers why reading ended, which ServeContent does not tell.
type watched struct {
	io.ReadSeeker
	err error
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.ReadSeeker.Read(b)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// refuse turns an error into an answer, or into an end of the connection when
// a part of the file was sent already.
func (s *Server) refuse(w *tally, r *http.Request, f *Fetch, err error) {
	if w.begun {
		f.Cut, f.How = true, Failed
		s.Log.Warn("a package was cut off", "client", r.RemoteAddr, "url", f.URL, "bytes", f.Bytes, "err", err)
		return
	}
	if f.How == "" {
		f.How = Refused
	}
	code, msg := http.StatusBadGateway, "the upstream cannot be reached"
	var known *fault.Fault
	if errors.As(err, &known) {
		msg = known.Msg
		switch known.Kind {
		case fault.Invalid:
			code = http.StatusForbidden
		case fault.NotFound:
			code = http.StatusNotFound
		case fault.Conflict:
			code = http.StatusLoopDetected
		case fault.Unavailable:
			code = http.StatusServiceUnavailable
		}
	}
	if r.Context().Err() == nil {
		s.Log.Warn("the cache refuses", "client", r.RemoteAddr, "url", fmt.Sprintf("%.300q", r.URL), "status", code, "err", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, msg, code)
}

// keyOf names a URL's file.
func keyOf(u *url.URL) string {
	sum := sha256.Sum256([]byte(strings.ToLower(u.Scheme+"://"+u.Host) + u.EscapedPath() + "?" + u.RawQuery))
	return hex.EncodeToString(sum[:])
}

// tally counts what is sent, and lets the kernel send files.
type tally struct {
	http.ResponseWriter
	n     int64
	begun bool
}

func (t *tally) WriteHeader(code int) {
	t.begun = true
	t.ResponseWriter.WriteHeader(code)
}

func (t *tally) Write(b []byte) (int, error) {
	t.begun = true
	n, err := t.ResponseWriter.Write(b)
	t.n += int64(n)
	return n, err
}

func (t *tally) ReadFrom(r io.Reader) (int64, error) {
	t.begun = true
	n, err := io.Copy(t.ResponseWriter, r)
	t.n += n
	return n, err
}

func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }
