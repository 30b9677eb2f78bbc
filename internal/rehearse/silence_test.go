package rehearse

import (
	"context"
	"strings"
	"testing"
	"time"

	"seedbed/internal/pulse"
	"seedbed/internal/rehearse/vm"
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
	for _, c := range []struct {
		name                   string
		event, logged, printed time.Duration // ago
		want                   time.Duration
	}{
		{"an event", time.Minute, 9 * time.Minute, 9 * time.Minute, time.Minute},
		{"a line in its log", 9 * time.Minute, time.Minute, 9 * time.Minute, time.Minute},
		{"something printed", 9 * time.Minute, 9 * time.Minute, time.Minute, time.Minute},
		{"nothing", 9 * time.Minute, 8 * time.Minute, 7 * time.Minute, 7 * time.Minute},
	} {
		var at time.Duration
		p := pulse.By(func() time.Duration { return at })
		r := &run{pulse: p, console: vm.NewConsole(p, nil)}
		last := p.Now()
		for left := 10 * time.Minute; left >= 0; left -= time.Second {
			if left == c.event {
				last = p.Now()
			}
			if left == c.logged {
				now := p.Now()
				r.logged.Store(&now)
			}
			if left == c.printed {
				r.console.Write([]byte("Unpacking\n"))
			}
			if left > 0 {
				at += time.Second
			}
			p.Lost()
		}
		if got := r.silent(last); got != c.want {
			t.Errorf("%s: silent for %s, want %s", c.name, got, c.want)
		}
		at += time.Hour // nobody looks
		if got := r.silent(last); got != c.want+pulse.Beat {
			t.Errorf("%s: after a standstill silent for %s, want %s", c.name, got, c.want)
		}
	}
}
