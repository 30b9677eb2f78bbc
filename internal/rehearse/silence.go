package rehearse

import (
	"context"
	"fmt"
	"time"

	"seedbed/internal/pulse"
	"seedbed/internal/rehearse/report"
)

// limit ends a rehearsal that the program has run for longer than it may take.
func limit(ctx context.Context, p *pulse.Pulse, most time.Duration, end context.CancelCauseFunc) {
	t := time.NewTicker(pulse.Beat)
	defer t.Stop()
	for began := p.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if p.Since(began) > most {
				end(fmt.Errorf("it took longer than %s", most))
				return
			}
		}
	}
}

// rested notes a standstill in the timeline, each once.
func (r *run) rested() {
	lost := r.pulse.Lost()
	if lost == r.result.Lost {
		return
	}
	r.note("", fmt.Sprintf("this program stood still for %s, and the machine with it: not counted", report.Minutes(lost-r.result.Lost)))
	r.result.Lost = lost
}

// silent is how long there was no sign of life: no event since last, no line
// in the installer's log, and nothing printed.
func (r *run) silent(last time.Time) time.Duration {
	if at := r.logged.Load(); at != nil && at.After(last) {
		last = *at
	}
	return min(r.pulse.Since(last), r.console.Quiet())
}
