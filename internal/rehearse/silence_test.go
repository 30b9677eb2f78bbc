package rehearse

import (
	"context"
	"strings"
	"testing"
	"time"

	"seedbed/internal/pulse"
)

func TestARehearsalThatTakesTooLongEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	go limit(ctx, pulse.Start(ctx), 10*time.Millisecond, cancel)
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
	p := pulse.Start(t.Context())
	now := p.Now()
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
		r := &run{pulse: p, console: &console{pulse: p, last: ago(c.printed)}}
		at := ago(c.logged)
		r.logged.Store(&at)
		if got := r.silent(ago(c.event)); got.Round(time.Minute) != c.want {
			t.Errorf("%s: silent for %s, want %s", c.name, got, c.want)
		}
	}
}
