package vm

import (
	"io"
	"strings"
	"sync"
	"time"

	"seedbed/internal/pulse"
)

// Console keeps the last part of what the guest wrote to its serial line,
// and copies all of it to a log.
type Console struct {
	mu    sync.Mutex
	pulse *pulse.Pulse
	tail  []byte
	last  time.Time
	log   io.Writer // may be nil
}

// NewConsole makes one that has just printed something; log may be nil, and p
// where nobody asks how long it has been quiet.
func NewConsole(p *pulse.Pulse, log io.Writer) *Console {
	return &Console{pulse: p, log: log, last: p.Now()}
}

const consoleTail = 64 << 10

func (c *Console) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = c.pulse.Now()
	c.tail = append(c.tail, b...)
	if over := len(c.tail) - consoleTail; over > 0 {
		c.tail = append(c.tail[:0], c.tail[over:]...)
	}
	if c.log != nil {
		c.log.Write(b)
	}
	return len(b), nil
}

// Lines are the last n lines that hold text, without escape sequences.
func (c *Console) Lines(n int) []string {
	c.mu.Lock()
	text := plain(string(c.tail))
	c.mu.Unlock()
	var out []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimRight(l, " "); l != "" {
			out = append(out, l)
		}
	}
	return out[max(0, len(out)-n):]
}

// Contains says whether the tail holds a text.
func (c *Console) Contains(s string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Contains(plain(string(c.tail)), s)
}

// plain drops ECMA-48 escape sequences and control characters; a carriage
// return or a cursor movement starts a new line.
func plain(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == 0x1b && i+1 < len(s) && s[i+1] == '[':
			j := i + 2
			for j < len(s) && (s[j] < '@' || s[j] > '~') {
				j++
			}
			if j < len(s) && (s[j] == 'H' || s[j] == 'f') {
				b.WriteByte('\n')
			}
			i = j
		case c == 0x1b:
			i++
		case c == '\n' || c == '\r':
			b.WriteByte('\n')
		case c == '\t' || c >= ' ' && c != 0x7f:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Quiet is how long nothing has been printed.
func (c *Console) Quiet() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulse.Since(c.last)
}
