package pulse

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	Beat  = 250 * time.Millisecond // between two beats, on a computer that has time
	Stood = 5 * time.Second        // nothing for longer than this is a standstill; less is a busy computer
)

// Pulse beats while the program runs. A nil one never stands still.
type Pulse struct {
	read  func() time.Duration // a clock that nobody sets and that runs on through a sleep
	began time.Time

	mu    sync.Mutex
	first time.Duration // read when it began
	seen  time.Duration // the last reading
	lost  time.Duration
	over  bool
}

// Start makes a pulse that beats until ctx ends. After that nothing is lost
// any more.
func Start(ctx context.Context) *Pulse {
	p := By(Uptime)
	go p.beat(ctx)
	return p
}

// By makes one by another clock, which beats only when it is asked.
func By(read func() time.Duration) *Pulse {
	at := read()
	return &Pulse{read: read, began: time.Now(), first: at, seen: at}
}

func (p *Pulse) beat(ctx context.Context) {
	t := time.NewTicker(Beat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			p.mu.Lock()
			p.over = true
			p.mu.Unlock()
			return
		case <-t.C:
			p.Lost()
		}
	}
}

// awake is how long the program has run, and for how long it stood still.
// Whoever asks first after a standstill finds it.
func (p *Pulse) awake() (ran, lost time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.read()
	if gap := at - p.seen; gap > Stood && !p.over {
		p.lost += gap - Beat
	}
	p.seen = at
	return at - p.first - p.lost, p.lost
}

// Lost is for how long the program has stood still since it began.
func (p *Pulse) Lost() time.Duration {
	if p == nil {
		return 0
	}
	_, lost := p.awake()
	return lost
}

// Now is the time on a clock that stands still with the program. It compares
// with other times of the same pulse only.
func (p *Pulse) Now() time.Time {
	if p == nil {
		return time.Now()
	}
	ran, _ := p.awake()
	return p.began.Add(ran)
}

// Since is how long the program has run since t, a time of this pulse.
func (p *Pulse) Since(t time.Time) time.Duration { return p.Now().Sub(t) }

// Uptime is how long the computer has been on, its sleep included
// (clock_gettime(2), CLOCK_BOOTTIME). Nobody sets this clock.
func Uptime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return time.Since(loaded) // a kernel without it: a sleep is not seen
	}
	return time.Duration(t.Nano())
}

var loaded = time.Now()
