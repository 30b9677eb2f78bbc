package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	logHold  = 4 << 20               // bytes that wait while nobody takes the log
	logEvery = 50 * time.Millisecond // how long a line may wait for company
)

// logWriter takes log lines and writes them in the background, many at once:
// in a storm of DHCP messages a write for each line would cost more than the
// answers, and a reader that has stopped reading would stop the server. Lines
// beyond logHold are dropped and counted; the count is written once there is
// room.
type logWriter struct {
	out io.Writer

	mu      sync.Mutex
	some    *sync.Cond // signalled when a buffer was empty, or closing
	buf     []byte
	spare   []byte
	dropped int
	closing bool
	done    chan struct{}
}

func newLogWriter(out io.Writer) *logWriter {
	w := &logWriter{out: out, done: make(chan struct{})}
	w.some = sync.NewCond(&w.mu)
	go w.run()
	return w
}

// Write takes one line, whole or not at all. It never waits for the reader
// and never fails.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return w.out.Write(line)
	}
	if len(w.buf)+len(line) > logHold {
		w.dropped++
		return len(line), nil
	}
	if len(w.buf) == 0 {
		w.some.Signal()
	}
	w.buf = append(w.buf, line...)
	return len(line), nil
}

// Close writes what waits. Lines that come later are written at once.
func (w *logWriter) Close() {
	w.mu.Lock()
	w.closing = true
	w.some.Signal()
	w.mu.Unlock()
	<-w.done
}

func (w *logWriter) run() {
	defer close(w.done)
	w.mu.Lock()
	for {
		for len(w.buf) == 0 && !w.closing {
			w.some.Wait()
		}
		last := w.closing
		batch := w.buf
		if w.dropped > 0 {
			batch = fmt.Appendf(batch, "time=%s level=WARN msg=\"the log was read too slowly: %d lines are missing here\"\n",
				time.Now().Format(time.RFC3339Nano), w.dropped)
			w.dropped = 0
		}
		w.buf, w.spare = w.spare[:0], nil
		w.mu.Unlock()
		if len(batch) > 0 {
			_, _ = w.out.Write(batch)
		}
		if last {
			return
		}
		if len(batch) > 256 {
			time.Sleep(logEvery) // more than a line or two: it is busy
		}
		w.mu.Lock()
		if cap(batch) <= logHold {
			w.spare = batch[:0]
		}
	}
}
