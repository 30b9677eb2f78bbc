package cli

import (
	"fmt"
	"strings"
	"time"
)

// progress draws a bar on a terminal, or a plain line every two seconds.
type progress struct {
	e    *env
	last time.Time
	what string
	open bool
}

func (p *progress) tell(done, total int64, what string) {
	now := time.Now()
	pause := 2 * time.Second
	if p.e.terminal() {
		pause = 100 * time.Millisecond
	}
	if what == p.what && now.Sub(p.last) < pause && done != total {
		return
	}
	p.last, p.what = now, what
	line := fmt.Sprintf("%s: %.1f MB", what, float64(done)/1e6)
	if total > 0 {
		part := float64(done) / float64(total)
		line = fmt.Sprintf("%s: %3.0f%% of %.1f MB", what, part*100, float64(total)/1e6)
		if p.e.terminal() {
			n := int(part * 30)
			line = fmt.Sprintf("%s [%s%s]", line, strings.Repeat("#", n), strings.Repeat(".", 30-n))
		}
	}
	if p.e.terminal() {
		fmt.Fprintf(p.e.err, "\r\x1b[K%s", line)
		p.open = true
		return
	}
	fmt.Fprintln(p.e.err, line)
}

func (p *progress) done() {
	if p.open {
		fmt.Fprint(p.e.err, "\r\x1b[K")
		p.open = false
	}
}
