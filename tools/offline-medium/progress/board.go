package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Board writes lines and steps to one stream. Its methods may be called at once
// from several goroutines.
type Board struct {
	w     io.Writer
	live  bool
	begun time.Time

	mu   sync.Mutex
	open bool // a live line is on the screen and has no line end yet
}

// New makes a board. live says that w is a terminal, where a line can be redrawn.
func New(w io.Writer, live bool) *Board {
	return &Board{w: w, live: live, begun: time.Now()}
}

// Say writes one line, with the seconds since the board was made before it.
func (b *Board) Say(format string, args ...any) { b.print(fmt.Sprintf(format, args...)) }

// Warn writes a line that stands out.
func (b *Board) Warn(format string, args ...any) {
	b.print("WARNING: " + fmt.Sprintf(format, args...))
}

func (b *Board) print(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear := ""
	if b.open {
		clear, b.open = "\r\x1b[K", false
	}
	fmt.Fprintf(b.w, "%s[%4.0f s] %s\n", clear, time.Since(b.begun).Seconds(), text)
}

func (b *Board) redraw(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = true
	fmt.Fprintf(b.w, "\r\x1b[K[%4.0f s] %s", time.Since(b.begun).Seconds(), text)
}

// Unit is what a step counts.
type Unit int

// The units of steps.
const (
	Bytes Unit = iota // shown as MB and MB/s
	Items             // shown as they are
)

// Step is one piece of work under way. Done must be called, once.
type Step struct {
	b     *Board
	name  string
	unit  Unit
	total int64
	look  func() int64
	count atomic.Int64
	begun time.Time
	stop  chan struct{}
	gone  chan struct{}
}

// Step begins a step of total units. look tells how many are done, for work
// that another program does; nil means that Add counts them.
func (b *Board) Step(name string, unit Unit, total int64, look func() int64) *Step {
	s := &Step{b: b, name: name, unit: unit, total: total, look: look,
		begun: time.Now(), stop: make(chan struct{}), gone: make(chan struct{})}
	if look == nil {
		s.look = s.count.Load
	}
	go s.run()
	return s
}

// Add counts n more units as done.
func (s *Step) Add(n int64) { s.count.Add(n) }

// Done ends the step; it writes a last line unless err says that it broke off.
func (s *Step) Done(err error) {
	close(s.stop)
	<-s.gone
	if err == nil {
		s.b.print(line(s.name, s.unit, s.total, s.total, time.Since(s.begun), false))
	}
}

func (s *Step) run() {
	defer close(s.gone)
	every := 2 * time.Second
	if s.b.live {
		every = 200 * time.Millisecond
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			text := line(s.name, s.unit, s.look(), s.total, time.Since(s.begun), s.b.live)
			if s.b.live {
				s.b.redraw(text)
			} else {
				s.b.print(text)
			}
		}
	}
}

const barWidth = 24

// line is a step's state as people read it, with a bar when there is a terminal.
func line(name string, unit Unit, done, total int64, took time.Duration, bar bool) string {
	done = max(0, min(done, total))
	var b strings.Builder
	b.WriteString(name)
	if bar && total > 0 {
		n := int(done * barWidth / total)
		fmt.Fprintf(&b, " [%s%s]", strings.Repeat("#", n), strings.Repeat(" ", barWidth-n))
	}
	if unit == Items {
		fmt.Fprintf(&b, " %d/%d", done, total)
		return b.String()
	}
	fmt.Fprintf(&b, " %.0f/%.0f MB", float64(done)/1e6, float64(total)/1e6)
	if took >= 500*time.Millisecond {
		fmt.Fprintf(&b, ", %.1f MB/s", float64(done)/1e6/took.Seconds())
	}
	return b.String()
}
