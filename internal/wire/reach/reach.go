package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"seedbed/internal/core/lint"
)

// atOnce is how many sources are asked at the same time.
const atOnce = 8

// All asks each source, and gives what went wrong by its key. No source takes
// longer than limit.
func All(ctx context.Context, sources []lint.Source, limit time.Duration) map[string]string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	out, slots := map[string]string{}, make(chan struct{}, atOnce)
	asked := map[string]bool{}
	for _, p := range sources {
		if asked[p.Key()] {
			continue
		}
		asked[p.Key()] = true
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			if err := Ask(ctx, p); err != nil {
				mu.Lock()
				out[p.Key()] = reason(ctx, err, limit)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

// Ask looks for one of a source's files; nil: it is there.
func Ask(ctx context.Context, p lint.Source) error {
	u, err := url.Parse(p.URL)
	if err != nil {
		return err
	}
	if u.Scheme == "ftp" && p.Proxy == "" {
		return knock(ctx, u)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{}, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	if p.Proxy != "" {
		by, err := url.Parse(p.Proxy)
		if err != nil {
			return err
		}
		transport.Proxy = http.ProxyURL(by)
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var last error
	for _, name := range p.Try {
		at := p.URL
		if name != "" {
			at = strings.TrimSuffix(p.URL, "/") + "/" + name
		}
		last = head(ctx, client, at)
		var status statusError
		if last == nil || !errors.As(last, &status) || !status.missing() {
			return last
		}
	}
	return last
}

// statusError is an answer of a server that is not the file.
type statusError struct {
	code int
	file string
}

func (s statusError) Error() string {
	return fmt.Sprintf("%d %s for %s", s.code, http.StatusText(s.code), s.file)
}

func (s statusError) missing() bool {
	return s.code == http.StatusNotFound || s.code == http.StatusGone
}

// head asks for a file's head; a server that knows no HEAD is asked for the
// file, of which nothing is read. Directories may be forbidden: they are there.
func head(ctx context.Context, c *http.Client, at string) error {
	code := 0
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		req, err := http.NewRequestWithContext(ctx, method, at, nil)
		if err != nil {
			return err
		}
		req.Header.Set("User-Agent", "seedbed")
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if code = resp.StatusCode; code != http.StatusMethodNotAllowed && code != http.StatusNotImplemented {
			break
		}
	}
	if code < 400 || code == http.StatusForbidden && strings.HasSuffix(at, "/") {
		return nil
	}
	return statusError{code, at}
}

// knock opens a connection and closes it.
func knock(ctx context.Context, u *url.URL) error {
	port := u.Port()
	if port == "" {
		port = "21"
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err == nil {
		conn.Close()
	}
	return err
}

// reason is an error without the request it happened to.
func reason(ctx context.Context, err error, limit time.Duration) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Sprintf("no answer in %s", limit)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}
