package httpboot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/fault"
	"seedbed/internal/wire/status"
)

// Files decides which bytes a path has, and whose callback one is.
type Files interface {
	Open(boot.Asked) (boot.Content, error)
	Callback(boot.Asked) (install.Event, error)
}

// Cache answers requests for packages. Handles says which those are, own
// being this server's address on the segment.
type Cache interface {
	http.Handler
	Handles(r *http.Request, own netip.Addr) bool
}

// Server answers on one segment. The zero limits are good ones.
type Server struct {
	Files  Files
	Place  func(client netip.Addr) boot.Place // where a request reached us
	Report func(install.Event) error          // an error makes a callback fail, so that the installer tries again
	Keep   func(attempt int64, name string, text []byte)
	Log    *slog.Logger
	Now    func() time.Time

	Cache Cache // of packages; may be nil

	// Metrics writes more lines of /metrics (Prometheus text format); may be nil.
	Metrics func(io.Writer)

	MaxConns   int // connections at a time
	MaxPerAddr int // the same from one address

	requests, sent, failed atomic.Int64
}

// maxBody is how much of what an installer tells at once is kept: the end of
// it, which says why it failed.
const maxBody = 64 << 10

// Idle is how long a client may neither read nor write before its connection
// is closed. Whole transfers have no limit: a slow machine is not an attack.
const Idle = 60 * time.Second

// Serve answers until ctx ends. HTTP/2 is off: no boot firmware speaks it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	proto := new(http.Protocols)
	proto.SetHTTP1(true)
	srv := &http.Server{
		Handler: s, Protocols: proto, ReadHeaderTimeout: 20 * time.Second, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug), ConnContext: know,
	}
	l = newGuests(l, cmp.Or(s.MaxConns, DefaultMaxConns), cmp.Or(s.MaxPerAddr, DefaultMaxPerAddr))
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	err := srv.Serve(l)
	if ctx.Err() != nil && errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// ServeHTTP answers one request. A panic in it ends that request only.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		v := recover()
		if v == http.ErrAbortHandler { // on purpose: the answer is not whole
			panic(v)
		}
		if v != nil {
			s.Log.Error("request ended by a defect", "err", fmt.Sprint(v), "path", fmt.Sprintf("%q", r.URL.Path))
			panic(http.ErrAbortHandler)
		}
	}()
	s.requests.Add(1)
	if v, ok := r.Context().Value(guestKey{}).(*guest); ok {
		defer v.serve()()
	}
	switch {
	case s.Cache != nil && s.Cache.Handles(r, s.Place(client(r)).Server):
		s.Cache.ServeHTTP(&counter{ResponseWriter: w, ctl: http.NewResponseController(w)}, r)
	case r.URL.Path == "/healthz":
		io.WriteString(w, "ok\n")
	case r.URL.Path == "/metrics":
		s.metrics(w)
	case strings.HasPrefix(r.URL.Path, "/events/") && r.Method != http.MethodHead:
		s.callback(w, r)
	case strings.HasPrefix(r.URL.Path, "/answer/") && r.Method == http.MethodPost:
		s.posted(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this server is read-only", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		s.front(w)
	default:
		s.file(w, r)
	}
}

func (s *Server) asked(r *http.Request) boot.Asked {
	from := client(r)
	a := boot.Asked{At: s.Now(), Path: r.URL.Path, Client: from, Place: s.Place(from), Peek: r.Method == http.MethodHead}
	_, password, ok := r.BasicAuth()
	a.Login, a.Password = ok, boot.Password(password)
	return a
}

// client is the address that a request came from.
func client(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// file serves one path. r.URL.Path is used as it came: //grubx64.efi is 200.
func (s *Server) file(w http.ResponseWriter, r *http.Request) { s.serve(w, r, s.asked(r)) }

// posted serves answers to an installer that says with what it is.
func (s *Server) posted(w http.ResponseWriter, r *http.Request) {
	a := s.asked(r)
	var err error
	if a.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		http.Error(w, "a request may have 64 KiB", http.StatusRequestEntityTooLarge)
		return
	}
	a.Posted = true
	s.serve(w, r, a)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, a boot.Asked) {
	c, err := s.Files.Open(a)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if c.Dir != nil {
		s.listing(w, r, c.Dir)
		return
	}
	defer c.Body.Close()
	h := w.Header()
	h.Set("Content-Type", contentType(c))
	h.Set("X-Content-Type-Options", "nosniff")
	if c.Secret {
		h.Set("Cache-Control", "no-store")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	content, tag, done := contentOf(c)
	defer done()
	if c.Keep == nil { // generated ones differ at every request
		h.Set("ETag", tag)
	}
	cw := &counter{ResponseWriter: w, ctl: http.NewResponseController(w)}
	if r.Method != http.MethodHead {
		cw.moving = func(n int64) {
			e := c.Event
			e.At, e.Bytes, e.Partial = s.Now(), n, true
			s.Report(e)
		}
	}
	http.ServeContent(cw, r, "", c.ModTime, content)
	cw.flush()
	s.sent.Add(cw.n)
	if r.Method == http.MethodHead {
		return
	}
	e := c.Event
	e.Bytes, e.Told, e.Failed = cw.n, cw.told, cw.err != nil
	if cw.told > 0 {
		e.At = s.Now() // its beginning is long ago
	}
	if e.Failed {
		e.Text += " (cut off)"
	}
	if c.Keep != nil && s.Keep != nil && e.Attempt != 0 {
		s.Keep(e.Attempt, c.Name, c.Keep)
	}
	s.Report(e)
}

// callback takes what an installer reports about itself.
func (s *Server) callback(w http.ResponseWriter, r *http.Request) {
	a := s.asked(r)
	var err error
	if a.Body, err = ending(http.MaxBytesReader(w, r.Body, 16*maxBody)); err != nil {
		http.Error(w, "a report may have 1 MiB", http.StatusRequestEntityTooLarge)
		return
	}
	e, err := s.Files.Callback(a)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if e.Text == "" {
		io.WriteString(w, "noted\n")
		return
	}
	if why := r.URL.Query().Get("why"); why != "" {
		e.Text += ": " + strconv.QuoteToASCII(why[:min(len(why), 200)])
	}
	if err := s.Report(e); err != nil {
		s.refuse(w, r, err)
		return
	}
	io.WriteString(w, "noted\n")
}

// ending reads all and gives the last maxBody bytes.
func ending(r io.Reader) ([]byte, error) {
	var kept []byte
	buf := make([]byte, 8<<10)
	for {
		n, err := r.Read(buf)
		kept = append(kept, buf[:n]...)
		if len(kept) > 2*maxBody {
			kept = append(kept[:0], kept[len(kept)-maxBody:]...)
		}
		switch {
		case errors.Is(err, io.EOF):
			return kept[max(0, len(kept)-maxBody):], nil
		case err != nil:
			return nil, err
		}
	}
}

// refuse turns a fault into HTTP. What is private stays in the log.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.failed.Add(1)
	code, msg := http.StatusInternalServerError, "internal error"
	var f *fault.Fault
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		code, msg = http.StatusNotFound, "not found"
	case errors.Is(err, boot.ErrPassword): // iPXE says it only when it is asked to
		code, msg = http.StatusUnauthorized, "this needs the menu's password"
		w.Header().Set("WWW-Authenticate", `Basic realm="menu"`)
	case errors.Is(err, boot.ErrTooMany):
		code, msg = http.StatusTooManyRequests, "too many wrong passwords"
		w.Header().Set("Retry-After", strconv.Itoa(int(boot.Regain.Seconds())))
	case errors.Is(err, fs.ErrPermission):
		code, msg = http.StatusForbidden, "forbidden"
	case errors.As(err, &f):
		code, msg = status.Of(f.Kind), f.Msg
	}
	level := slog.LevelWarn
	if _, _, told := r.BasicAuth(); code == http.StatusNotFound || code == http.StatusUnauthorized && !told {
		level = slog.LevelDebug // loaders ask for many names that are not there, and first without a password
	}
	s.Log.Log(r.Context(), level, "refused", "path", fmt.Sprintf("%.200q", r.URL.Path), "client", r.RemoteAddr, "status", code, "err", err)
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, msg, code)
}

// contentType follows UEFI HTTP Boot, which tells loaders from disk images by
// it (edk2 NetworkPkg/HttpBootDxe/HttpBootSupport.c).
func contentType(c boot.Content) string {
	if c.Type != "" {
		return c.Type
	}
	switch ext := strings.ToLower(path.Ext(c.Name)); ext {
	case ".efi":
		return "application/efi"
	case ".iso":
		return "application/vnd.efi-iso"
	case ".img":
		return "application/vnd.efi-img"
	case ".html", ".txt", ".xml", ".json":
		return mime.TypeByExtension(ext)
	}
	return "application/octet-stream"
}

func (s *Server) metrics(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(w, "# TYPE seedbed_http_requests_total counter\nseedbed_http_requests_total %d\n", s.requests.Load())
	fmt.Fprintf(w, "# TYPE seedbed_http_refused_total counter\nseedbed_http_refused_total %d\n", s.failed.Load())
	fmt.Fprintf(w, "# TYPE seedbed_http_sent_bytes_total counter\nseedbed_http_sent_bytes_total %d\n", s.sent.Load())
	if s.Metrics != nil {
		s.Metrics(w)
	}
}
