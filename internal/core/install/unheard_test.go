package install

import (
	"testing"
	"time"
)

// A server that was frozen has not listened, and takes no silence from it.
func TestTimeThatNobodyListenedIsNoSilence(t *testing.T) {
	for _, c := range []struct {
		name   string
		frozen []time.Duration // one after another, at the end
		later  time.Duration   // then nothing is heard for so long
		want   int
	}{
		{"frozen for long, then just awake", []time.Duration{time.Hour}, time.Minute, 0},
		{"frozen twice", []time.Duration{time.Hour, 2 * time.Hour}, 5*time.Minute - 1, 0},
		{"frozen twice, and silent", []time.Duration{time.Hour, 2 * time.Hour}, 5 * time.Minute, 1},
		{"never frozen", nil, 5 * time.Minute, 1},
	} {
		l, _, _ := armed(t)
		now := feed(t, l, rom(Sighted)).LastAt
		for _, f := range c.frozen {
			now = now.Add(f)
			l.Unheard(f, now)
		}
		if got := l.Sweep(now.Add(c.later), Limits{}); len(got) != c.want {
			t.Errorf("%s: %d stalled, want %d: %+v", c.name, len(got), c.want, got)
		}
	}
}
