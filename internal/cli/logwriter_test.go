package cli

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// slowReader takes nothing until it is let.
type slowReader struct {
	let chan struct{}
	mu  sync.Mutex
	got bytes.Buffer
}

func (s *slowReader) Write(b []byte) (int, error) {
	<-s.let
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.Write(b)
}

func TestALogThatNobodyReadsHoldsNothingUp(t *testing.T) {
	r := &slowReader{let: make(chan struct{})}
	w := newLogWriter(r)
	line := []byte(strings.Repeat("x", 99) + "\n")
	began := time.Now()
	for range 3 * logHold / len(line) {
		fmt.Fprintf(w, "%s", line)
	}
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("it took %v", d)
	}
	close(r.let)
	w.Close()
	fmt.Fprintln(w, "the end")
	text := r.got.String()
	if n := len(text); n > 2*logHold+1000 || n < logHold {
		t.Errorf("%d bytes were kept", n)
	}
	if !strings.Contains(text, "lines are missing here") || !strings.HasSuffix(text, "the end\n") {
		t.Errorf("it ends with %q", text[max(0, len(text)-300):])
	}
}

func TestLogLinesComeWholeAndInOrder(t *testing.T) {
	var out bytes.Buffer
	w := newLogWriter(&out)
	var want strings.Builder
	for i := range 1000 {
		fmt.Fprintf(w, "line %d\n", i)
		fmt.Fprintf(&want, "line %d\n", i)
	}
	w.Close()
	if out.String() != want.String() {
		t.Errorf("%d bytes, want %d", out.Len(), want.Len())
	}
}
