package store

import (
	"sync/atomic"
	"time"
)

// LatencyBounds are the upper bounds of a Latency's buckets; one more bucket
// has no bound.
var LatencyBounds = [...]time.Duration{250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond,
	5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond}

// Latency is how long commits took, failed ones included.
type Latency struct {
	Buckets [len(LatencyBounds) + 1]atomic.Uint64 // each by itself, not added up
	Sum     atomic.Int64                          // nanoseconds
	Rows    atomic.Uint64                         // leases committed
	Failed  atomic.Uint64                         // commits
}

func (l *Latency) add(d time.Duration, rows int, err error) {
	i := 0
	for i < len(LatencyBounds) && d > LatencyBounds[i] {
		i++
	}
	l.Buckets[i].Add(1)
	l.Sum.Add(int64(d))
	if err != nil {
		l.Failed.Add(1)
		return
	}
	l.Rows.Add(uint64(rows))
}

// Latency gives the live counters of all commits since the start.
func (c *Committer) Latency() *Latency { return &c.latency }
