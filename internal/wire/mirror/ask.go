package mirror

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

// begin asks the upstream, a few times where it may be well again in a moment.
func (f *flight) begin(ctx context.Context) (*http.Response, func(), error) {
	began := time.Now()
	for try := 1; ; try++ {
		resp, stop, err := f.ask(ctx, 0)
		switch {
		case try == firstTries || time.Since(began) > patience || fault.KindOf(err) == fault.Invalid: // a refusal stays one
			return resp, stop, err
		case err == nil && resp.StatusCode < 500:
			return resp, stop, nil
		case err == nil:
			stop()
			resp.Body.Close()
		}
		if err := pause(ctx, try); err != nil {
			return nil, nil, err
		}
	}
}

// pause is the wait before another try.
func pause(ctx context.Context, try int) error {
	select {
	case <-time.After(time.Duration(try*try) * 200 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask sends the request: for all, only if it changed; or, with from, for the
// rest of a file that is still the same. stop ends the answer; calling it
// again puts off the end that comes by itself when no byte arrives.
func (f *flight) ask(ctx context.Context, from int64) (*http.Response, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url.String(), nil)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	f.s.dress(req)
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		req.Header.Set("If-Range", f.validator())
	} else if file, e, err := f.s.Store.Get(f.key); err == nil {
		file.Close()
		if f.fresh {
			e = upstream.Entry{}
		}
		if e.ETag != "" {
			req.Header.Set("If-None-Match", e.ETag)
		}
		if e.LastModified != "" {
			req.Header.Set("If-Modified-Since", e.LastModified)
		}
	}
	resp, err := f.s.client.Do(req)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return resp, cancel, nil
}

// dress adds what every request to an upstream has.
func (s *Server) dress(req *http.Request) {
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Via", "1.1 "+s.id)
	req.Header.Set("Accept-Encoding", "identity")
}

// validator is by what a file is known to be the same as before; "" for none.
func (f *flight) validator() string {
	if f.entry.ETag != "" {
		return f.entry.ETag
	}
	return f.entry.LastModified
}

// again asks for the rest, a few times.
func (f *flight) again(ctx context.Context, try int) (*http.Response, func(), error) {
	for ; ; try++ {
		if err := pause(ctx, min(try, maxTries)-1); err != nil {
			return nil, nil, err
		}
		resp, stop, err := f.ask(ctx, f.written)
		if err == nil {
			if f.continues(resp) {
				return resp, stop, nil
			}
			stop()
			resp.Body.Close()
			if err = fmt.Errorf("the upstream answers %s", resp.Status); resp.StatusCode < 500 {
				return nil, nil, fmt.Errorf("the file has changed meanwhile (%s)", resp.Status)
			}
		}
		if try >= maxTries {
			return nil, nil, err
		}
	}
}

// continues says whether an answer holds the bytes from where we stand (RFC
// 9110 section 14.4), of a file as long as it was.
func (f *flight) continues(resp *http.Response) bool {
	if f.written == 0 {
		return resp.StatusCode == http.StatusOK && resp.ContentLength == f.entry.Size
	}
	var first, last, size int64
	n, _ := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &size)
	return resp.StatusCode == http.StatusPartialContent && n == 3 && first == f.written && last == size-1 &&
		(f.entry.Size < 0 || size == f.entry.Size) && resp.Header.Get("Content-Encoding") == ""
}
