package rehearse

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestStopwatchStandsStillWithTheProgram(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := &stopwatch{read: func() time.Time { return at }, seen: at}
	began := s.now()
	for range 40 { // ten seconds, looked at often
		at = at.Add(glance)
		s.now()
	}
	if d := s.since(began); d != 10*time.Second || s.standstill() != 0 {
		t.Fatalf("%s passed, %s lost; want 10 s and none", d, s.standstill())
	}
	at = at.Add(2 * time.Minute) // nobody looks
	if d := s.since(began); d != 10*time.Second+glance {
		t.Errorf("after a standstill %s have passed", d)
	}
	at = at.Add(4 * time.Second) // a busy computer, not a stopped one
	if d := s.since(began); d != 14*time.Second+glance || s.standstill() != 2*time.Minute-glance {
		t.Errorf("%s passed, %s lost", d, s.standstill())
	}
}

func TestStopwatchEndsARehearsalThatTakesTooLong(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	go newStopwatch().run(ctx, 10*time.Millisecond, cancel)
	select {
	case <-ctx.Done():
		if err := context.Cause(ctx); !strings.Contains(err.Error(), "longer than 10ms") {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}

func TestEverySignOfLifeEndsASilence(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, c := range []struct {
		name                   string
		event, logged, printed time.Duration
		want                   time.Duration
	}{
		{"an event", time.Minute, 9 * time.Minute, 9 * time.Minute, time.Minute},
		{"a line in its log", 9 * time.Minute, time.Minute, 9 * time.Minute, time.Minute},
		{"something printed", 9 * time.Minute, 9 * time.Minute, time.Minute, time.Minute},
		{"nothing", 9 * time.Minute, 8 * time.Minute, 7 * time.Minute, 7 * time.Minute},
	} {
		s := &stopwatch{read: func() time.Time { return now }, seen: now}
		r := &run{watch: s, console: &console{watch: s, last: ago(c.printed)}}
		at := ago(c.logged)
		r.logged.Store(&at)
		if got := r.silent(ago(c.event)); got != c.want {
			t.Errorf("%s: silent for %s, want %s", c.name, got, c.want)
		}
	}
}
