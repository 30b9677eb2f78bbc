package mirror

import (
	"fmt"
	"io"
	"sync/atomic"

	"seedbed/internal/core/upstream"
)

// counts are what /metrics tells.
type counts struct {
	hit, current, stale, miss, joined, passed, refused, failed atomic.Int64
	sent, fetched                                              atomic.Int64
}

func (c *counts) of(h How) *atomic.Int64 {
	return map[How]*atomic.Int64{Hit: &c.hit, Current: &c.current, Stale: &c.stale, Miss: &c.miss, Joined: &c.joined, Passed: &c.passed,
		Refused: &c.refused, Failed: &c.failed}[h]
}

func (c *counts) add(f Fetch) {
	if n := c.of(f.How); n != nil {
		n.Add(1)
	}
	c.sent.Add(f.Bytes)
}

// Metrics writes the cache's lines of /metrics (Prometheus text format).
func (s *Server) Metrics(w io.Writer) {
	fmt.Fprintln(w, "# TYPE seedbed_cache_requests_total counter")
	for _, h := range []How{Hit, Current, Stale, Miss, Joined, Passed, Refused, Failed} {
		fmt.Fprintf(w, "seedbed_cache_requests_total{how=%q} %d\n", h, s.count.of(h).Load())
	}
	sent, fetched := s.count.sent.Load(), s.count.fetched.Load()
	files, bytes := s.Store.Usage()
	fmt.Fprintf(w, "# TYPE seedbed_cache_sent_bytes_total counter\nseedbed_cache_sent_bytes_total %d\n", sent)
	fmt.Fprintf(w, "# TYPE seedbed_cache_fetched_bytes_total counter\nseedbed_cache_fetched_bytes_total %d\n", fetched)
	fmt.Fprintf(w, "# TYPE seedbed_cache_saved_bytes gauge\nseedbed_cache_saved_bytes %d\n", max(0, sent-fetched))
	fmt.Fprintf(w, "# TYPE seedbed_cache_files gauge\nseedbed_cache_files %d\n", files)
	fmt.Fprintf(w, "# TYPE seedbed_cache_bytes gauge\nseedbed_cache_bytes %d\n", bytes)
}

// policy is the one in force, or one that allows nothing.
func (s *Server) policy() *upstream.Policy {
	if p := s.Policy(); p != nil {
		return p
	}
	return &upstream.Policy{}
}
