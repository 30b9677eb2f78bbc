package ether

import (
	"context"
	"net"
	"sync"
)

// queueBytes bounds what waits at one port. It is more than the largest TCP
// send buffer a server here has, so that one transfer to a slow virtual
// machine is slowed down by its window and not by loss.
const queueBytes = 8 << 20

// frameCost is what a queued frame costs beside its bytes, so that a flood of
// tiny frames is bounded as well.
const frameCost = 64

// Port is one plug of a switch.
type Port struct {
	sw      *Switch
	queue   *queue
	once    sync.Once
	onClose func() // may be nil
}

func newPort(s *Switch, onClose func()) *Port {
	return &Port{sw: s, queue: newQueue(), onClose: onClose}
}

// Send puts a frame (without FCS) on the wire. The frame is the wire's from
// then on: nobody may change it. It never waits. A frame that its receiver
// has no room for is lost without an error, as on a wire.
func (p *Port) Send(frame []byte) error { return p.sw.send(p, frame) }

// Recv waits for the next frame. It may be shared with other ports and must
// not be changed. After Close it gives net.ErrClosed.
func (p *Port) Recv(ctx context.Context) ([]byte, error) {
	for {
		frame, closed := p.queue.pop()
		if frame != nil {
			return frame, nil
		}
		if closed {
			return nil, net.ErrClosed
		}
		select {
		case <-p.queue.ready:
		case <-p.queue.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// RecvAll waits for frames and takes all there are, reusing buf's room. It
// gives false once the port is closed. One goroutine at a time may call it.
func (p *Port) RecvAll(buf [][]byte) ([][]byte, bool) {
	for {
		frames, closed := p.queue.swap(buf)
		if closed {
			return nil, false
		}
		if len(frames) > 0 {
			return frames, true
		}
		buf = frames
		select {
		case <-p.queue.ready:
		case <-p.queue.done:
		}
	}
}

// Dropped is how many frames were lost because the port was full.
func (p *Port) Dropped() uint64 {
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	return p.queue.dropped
}

// Close unplugs the port; what waits there is lost. It may be called twice.
func (p *Port) Close() error {
	p.once.Do(func() {
		p.sw.unplug(p)
		p.queue.close()
		if p.onClose != nil {
			p.onClose()
		}
	})
	return nil
}

// queue holds the frames waiting at a port.
type queue struct {
	ready chan struct{} // holds a token when frames may be waiting
	done  chan struct{}

	mu      sync.Mutex
	frames  [][]byte
	head    int // frames[:head] are taken
	bytes   int
	dropped uint64
	closed  bool
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), done: make(chan struct{})}
}

// put appends a frame, or drops it when the queue is full or closed.
func (q *queue) put(frame []byte) {
	cost := len(frame) + frameCost
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	if q.bytes+cost > queueBytes {
		q.dropped++
		q.mu.Unlock()
		return
	}
	q.frames = append(q.frames, frame)
	q.bytes += cost
	q.mu.Unlock()
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// pop takes the first frame, nil when there is none.
func (q *queue) pop() (frame []byte, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.head == len(q.frames) {
		return nil, q.closed
	}
	frame, q.frames[q.head] = q.frames[q.head], nil
	q.head++
	q.bytes -= len(frame) + frameCost
	if q.head == len(q.frames) {
		q.frames, q.head = q.frames[:0], 0
	} else {
		// The token stood for this frame only; another reader may wait.
		q.signal()
	}
	return frame, false
}

// swap takes all frames and leaves buf's room for the next ones.
func (q *queue) swap(buf [][]byte) (frames [][]byte, closed bool) {
	clear(buf)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, true
	}
	frames = q.frames[q.head:]
	q.frames, q.head, q.bytes = buf[:0], 0, 0
	return frames, false
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed, q.frames, q.head = true, nil, 0
		close(q.done)
	}
}
