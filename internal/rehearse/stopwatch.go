package rehearse

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// stopwatch is a clock that stands still while this program does: stopped by
// a signal, frozen with its container, or on a computer that sleeps. What the
// machine did not do in that time is not its silence. A nil one is time.Now.
type stopwatch struct {
	mu   sync.Mutex
	read func() time.Time
	seen time.Time // the last reading
	lost time.Duration
}

const (
	glance = 250 * time.Millisecond // between two readings, at most
	stood  = 5 * time.Second        // a longer time between two is lost
)

func newStopwatch() *stopwatch { return &stopwatch{read: time.Now, seen: time.Now()} }

// now is the time, less what was lost. Whoever asks first after a standstill
// finds it.
func (s *stopwatch) now() time.Time {
	if s == nil {
		return time.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.read()
	if gap := at.Sub(s.seen); gap > stood {
		s.lost += gap - glance
	}
	s.seen = at
	return at.Add(-s.lost)
}

func (s *stopwatch) since(t time.Time) time.Duration { return s.now().Sub(t) }

// standstill is how much was lost in all.
func (s *stopwatch) standstill() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// run reads the clock until ctx ends, and ends the rehearsal after its limit.
func (s *stopwatch) run(ctx context.Context, limit time.Duration, end context.CancelCauseFunc) {
	t := time.NewTicker(glance)
	defer t.Stop()
	for began := s.now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if s.since(began) > limit {
				end(fmt.Errorf("it took longer than %s", limit))
				return
			}
		}
	}
}

// rested notes a standstill in the timeline, each once.
func (r *run) rested() {
	lost := r.watch.standstill()
	if lost == r.result.Lost {
		return
	}
	r.note("", fmt.Sprintf("this program stood still for %s, and the machine with it: not counted", Minutes(lost-r.result.Lost)))
	r.result.Lost = lost
}

// silent is how long there was no sign of life: no event since last, no line
// in the installer's log, and nothing printed.
func (r *run) silent(last time.Time) time.Duration {
	if at := r.logged.Load(); at != nil && at.After(last) {
		last = *at
	}
	return min(r.watch.since(last), r.console.quiet())
}
