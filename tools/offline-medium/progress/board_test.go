package progress

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		unit        Unit
		done, total int64
		took        time.Duration
		bar         bool
		want        string
	}{
		{Bytes, 50e6, 200e6, 5 * time.Second, false, "x 50/200 MB, 10.0 MB/s"},
		{Bytes, 50e6, 200e6, 0, false, "x 50/200 MB"},
		{Bytes, 50e6, 200e6, 0, true, "x [######                  ] 50/200 MB"},
		{Items, 7, 3, 0, false, "x 3/3"},
		{Items, 0, 0, 0, true, "x 0/0"},
	} {
		if got := line("x", c.unit, c.done, c.total, c.took, c.bar); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestStepEndsWithOneLineAndNoneWhenItBroke(t *testing.T) {
	var w strings.Builder
	b := New(&w, false)
	s := b.Step("good", Items, 2, nil)
	s.Add(2)
	s.Done(nil)
	b.Step("bad", Items, 2, nil).Done(errors.New("broken"))
	if got := w.String(); !strings.HasSuffix(got, "] good 2/2\n") || strings.Contains(got, "bad") {
		t.Errorf("got %q", got)
	}
}

func TestALineClearsTheLiveOne(t *testing.T) {
	var w strings.Builder
	b := New(&w, true)
	b.redraw("half")
	b.Warn("careful")
	if got := w.String(); !strings.Contains(got, "half\r\x1b[K[   0 s] WARNING: careful\n") {
		t.Errorf("got %q", got)
	}
}
