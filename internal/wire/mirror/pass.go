package mirror

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"seedbed/internal/fault"
)

// pass fetches for one client and keeps nothing: for a HEAD, and for what the
// cache has no room for.
func (s *Server) pass(w *tally, r *http.Request, u *url.URL) error {
	ctx, stop := context.WithTimeout(r.Context(), maxTime)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), nil)
	if err != nil {
		return err
	}
	s.dress(req)
	for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
		if v := r.Header.Get(name); v != "" {
			req.Header.Set(name, v)
		}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return plainFault(err)
	}
	defer resp.Body.Close()
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Range", "Content-Encoding", "Accept-Ranges", "ETag", "Last-Modified"} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.Header().Set("Via", "1.1 "+agent)
	w.WriteHeader(resp.StatusCode)
	quiet := time.AfterFunc(idle, stop)
	defer quiet.Stop()
	b := make([]byte, 128<<10)
	for {
		n, err := resp.Body.Read(b)
		quiet.Reset(idle)
		s.count.fetched.Add(int64(n))
		if n > 0 {
			if _, err := w.Write(b[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// plainFault is the fault inside an error, whose text may be told, else one
// that tells nothing.
func plainFault(err error) error {
	var known *fault.Fault
	if errors.As(err, &known) {
		return known
	}
	return err
}
