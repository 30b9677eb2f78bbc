package mirror

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

// flight is one fetch of one URL, for all who ask for it meanwhile.
type flight struct {
	s     *Server
	key   string
	url   *url.URL
	fresh bool // its bytes are wanted anew, whatever is kept

	ready chan struct{} // closed once what follows is decided
	// Exactly one of these says what came of it.
	keep   How            // serve the stored file: Current or Stale
	status int            // the upstream's answer, with nothing to send on
	alone  bool           // it cannot be kept: everybody fetches for himself
	err    error          // it could not be asked
	entry  upstream.Entry // else bytes are coming; Size -1 while nobody knows it

	part upstream.Part
	sum  hash.Hash // of the bytes so far; nil when the name tells none
	want string

	mu      sync.Mutex
	grew    chan struct{} // closed and renewed whenever what follows changes
	written int64
	whole   bool  // committed: everything may be read
	failed  error // it ended otherwise
	users   int
}

// join finds the fetch of a URL that is under way, or begins one; nil when too
// many are.
func (s *Server) join(key string, u *url.URL, fresh bool) (f *flight, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.flights[key]; ok {
		f.mu.Lock()
		f.users++
		f.mu.Unlock()
		return f, false
	}
	if len(s.flights) >= maxWaiting {
		return nil, false
	}
	f = &flight{s: s, key: key, url: u, fresh: fresh, ready: make(chan struct{}), grew: make(chan struct{}), users: 2} // its own run, and who asked
	s.flights[key] = f
	go func() {
		s.slots <- struct{}{}
		f.run()
		<-s.slots
		s.mu.Lock()
		delete(s.flights, key)
		s.mu.Unlock()
		f.leave()
	}()
	return f, true
}

// leave is called once by everybody who joined; the last closes the file.
func (f *flight) leave() {
	f.mu.Lock()
	f.users--
	last := f.users == 0
	f.mu.Unlock()
	if last && f.part != nil {
		f.part.Close()
	}
}

// run fetches. It goes on when the client that began it has left: the next
// machine wants the same.
func (f *flight) run() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), maxTime, errors.New("it took too long"))
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			f.fail(fmt.Errorf("fetching %s: a defect: %v", f.url.Redacted(), v))
		}
	}()
	resp, stop, err := f.begin(ctx)
	if err != nil {
		f.unreachable(err)
		return
	}
	defer func() { stop(); resp.Body.Close() }()
	if f.decide(resp) {
		close(f.ready)
		f.copy(ctx, resp, stop)
	}
}

// unreachable serves what is there, however old, rather than nothing: an
// install of a hundred machines must not end with the line to the internet.
func (f *flight) unreachable(err error) {
	if file, _, gerr := f.s.Store.Get(f.key); gerr == nil {
		file.Close()
		f.s.Log.Warn("the upstream does not answer: the cache serves what it has", "url", f.url.Redacted(), "err", err)
		f.keep = Stale
	} else {
		f.err = plainFault(err)
	}
	close(f.ready)
}

// decide looks at the head of the upstream's answer; true when its body is to
// be kept.
func (f *flight) decide(resp *http.Response) bool {
	length := resp.ContentLength
	switch {
	case resp.StatusCode == http.StatusNotModified:
		f.keep = Current
		file, e, err := f.s.Store.Get(f.key)
		if err == nil {
			file.Close()
			e.Checked = f.s.Now()
			err = f.s.Store.Renew(f.key, e)
		}
		if err != nil {
			f.keep, f.alone = "", true
		}
	case resp.StatusCode >= 500:
		f.unreachable(fmt.Errorf("the upstream answers %s", resp.Status))
		return false
	case resp.StatusCode != http.StatusOK:
		f.status = resp.StatusCode
		if f.status < 400 {
			f.status = http.StatusBadGateway
		}
	case upstream.Package(f.url) && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"):
		// The page of a hotel's log-in, say: kept, it would be in the package's place for ever.
		f.err = fault.New(fault.Unavailable, "", "the upstream sends a web page in place of a package")
	case length < 0 && len(resp.TransferEncoding) == 0 && resp.ProtoMajor == 1, resp.Header.Get("Content-Encoding") != "":
		f.alone = true // nobody can tell whether it came whole
	case f.url.RawQuery != "":
		f.alone = true // queries without end would throw the packages out
	default:
		f.entry = upstream.Entry{URL: f.url.Redacted(), Size: length, ETag: strong(resp.Header.Get("ETag")), Type: resp.Header.Get("Content-Type"),
			LastModified: resp.Header.Get("Last-Modified"), Checked: f.s.Now()}
		part, err := f.s.Store.Create(f.key, length)
		if err == nil {
			f.part = part
			f.expect()
			return true
		}
		f.s.Log.Warn("a file is passed on and not kept", "url", f.url.Redacted(), "err", err)
		f.alone = true
	}
	close(f.ready)
	return false
}

// strong drops weak validators: bytes are compared by them here.
func strong(etag string) string {
	if strings.HasPrefix(etag, "W/") {
		return ""
	}
	return etag
}

func (f *flight) expect() {
	algo, want := upstream.Checksum(f.url)
	f.want = want
	switch algo {
	case "sha256":
		f.sum = sha256.New()
	case "sha512":
		f.sum = sha512.New()
	}
}

// copy takes the body to its end, asking again for the rest where it is cut
// off, and settles what came of it.
func (f *flight) copy(ctx context.Context, resp *http.Response, stop func()) {
	for try := 1; ; try++ {
		before := f.written
		err := f.drain(resp, stop)
		stop()
		resp.Body.Close()
		if err == nil {
			f.commit()
			return
		}
		var disk diskError
		if f.written > before {
			try = 1 // it gets on
		}
		if errors.As(err, &disk) || f.validator() == "" && f.written > 0 || try == maxTries || ctx.Err() != nil {
			f.fail(fmt.Errorf("fetching %s: %w", f.url.Redacted(), err))
			return
		}
		f.s.Log.Info("the upstream broke off: asking for the rest", "url", f.url.Redacted(), "at", f.written, "err", err)
		if resp, stop, err = f.again(ctx, try); err != nil {
			f.fail(fmt.Errorf("fetching the rest of %s: %w", f.url.Redacted(), err))
			return
		}
	}
}

// diskError is one of the store's: asking the upstream again cures nothing.
type diskError struct{ error }

// drain writes a body to the part. The error says that it is not whole.
func (f *flight) drain(resp *http.Response, stop func()) error {
	quiet := time.AfterFunc(idle, stop)
	defer quiet.Stop()
	b := make([]byte, 128<<10)
	for {
		n, err := resp.Body.Read(b)
		quiet.Reset(idle)
		if n > 0 {
			if f.entry.Size >= 0 && f.written+int64(n) > f.entry.Size {
				return diskError{errors.New("the upstream sends more than it said")}
			}
			if _, err := f.part.Write(b[:n]); err != nil {
				return diskError{err}
			}
			if f.sum != nil {
				f.sum.Write(b[:n])
			}
			f.s.count.fetched.Add(int64(n))
			f.change(func() { f.written += int64(n) })
		}
		switch {
		case err == io.EOF && (f.entry.Size < 0 || f.written == f.entry.Size):
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
}

// commit keeps the file, if it is what its name says.
func (f *flight) commit() {
	if f.sum != nil && hex.EncodeToString(f.sum.Sum(nil)) != f.want {
		f.fail(fmt.Errorf("fetching %s: its bytes are not those of its checksum", f.url.Redacted()))
		return
	}
	if err := f.part.Commit(f.entry); err != nil {
		f.fail(fmt.Errorf("keeping %s: %w", f.url.Redacted(), err))
		return
	}
	f.change(func() { f.whole = true })
}

func (f *flight) fail(err error) {
	f.s.Log.Warn("nothing was kept", "err", err)
	if f.part != nil {
		f.part.Drop()
	}
	select {
	case <-f.ready:
	default:
		f.err = err
		close(f.ready)
	}
	f.change(func() { f.failed = err })
}

func (f *flight) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.grew)
	f.grew = make(chan struct{})
}
