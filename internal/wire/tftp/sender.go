package tftp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"
)

const (
	firstWait   = 250 * time.Millisecond // the first timer is this, up to twice this
	longestGap  = 8 * time.Second        // the doubled timer stops growing here
	minTries    = 6                      // a client is given up after so many resends
	minPatience = 30 * time.Second       // and so long without news from it
	maxRefused  = 3                      // "port unreachable" so often in a row: it is gone
	maxTrouble  = 16                     // other socket errors in a row
)

var (
	errSilent  = errors.New("client fell silent")
	errGone    = errors.New("client closed its port")
	errStopped = errors.New("server is stopping")
)

// readError is a fault of ours in the middle of a transfer.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// sender sends one file. Blocks are counted in 64 bits and cut to 16 on the
// wire, so the number rolls over to 0; the OACK counts as block 0.
type sender struct {
	link   *link
	src    source
	opt    Options
	oack   []byte
	packet []byte
	proven func() // called at the first valid ACK

	acked   int64 // the last block acknowledged in order; -1 before the OACK is
	sent    int64 // the last block of the flight on its way
	highest int64 // the last block ever sent
	final   int64 // the number of the last block, 0 until it was read
	tail    int   // its length

	resends  int64
	restart  time.Time // when a gap last made us go back
	refused  int
	trouble  int
	netErr   error
	deadline time.Time
}

// news is what came of waiting for an ACK.
type news int

const (
	silence  news = iota // the timer ran out
	gap                  // the client misses the first block of the window
	progress             // blocks were acknowledged
	complete             // all of them
)

func newSender(l *link, src source, opt Options, oack []byte, proven func()) *sender {
	s := &sender{link: l, src: src, opt: opt, oack: oack, proven: proven}
	s.packet = make([]byte, headerLen+opt.Block)
	if opt.Acked {
		s.acked, s.highest = -1, -1
	}
	return s
}

// run sends the file and returns nil when the last block was acknowledged.
func (s *sender) run(ctx context.Context) error {
	wait, tries, since := s.firstWait(), 0, time.Now()
	for {
		if err := s.flight(); err != nil {
			return err
		}
		s.deadline = time.Now().Add(wait)
		what, err := s.await(ctx)
		switch {
		case err != nil:
			return err
		case what == complete:
			return nil
		case what == progress:
			wait, tries, since = s.firstWait(), 0, time.Now()
			continue
		case what == silence && s.opt.Timeout == 0:
			wait = min(2*wait, longestGap)
		}
		tries++
		if tries >= minTries && time.Since(since) >= minPatience {
			return errors.Join(errSilent, s.netErr)
		}
	}
}

// firstWait is the client's own wish (RFC 2349), or a random part of a second:
// machines switched on together must not stay in step.
func (s *sender) firstWait() time.Duration {
	if s.opt.Timeout > 0 {
		return s.opt.Timeout
	}
	return firstWait + rand.N(firstWait)
}

// flight sends the window that follows the last acknowledged block. A client
// that has not answered yet gets the OACK or, without options, one block:
// never more than a window (it may be forged).
func (s *sender) flight() error {
	if s.acked < 0 {
		s.put(0, s.oack)
		return nil
	}
	for n := s.acked + 1; n <= s.acked+int64(s.opt.Window); n++ {
		if s.final > 0 && n > s.final {
			break
		}
		length, err := s.src.block(n, s.packet[headerLen:])
		if err != nil {
			return &readError{err}
		}
		if length < s.opt.Block {
			s.final, s.tail = n, length
		}
		binary.BigEndian.PutUint16(s.packet, opDATA)
		binary.BigEndian.PutUint16(s.packet[2:], uint16(n))
		if !s.put(n, s.packet[:headerLen+length]) {
			break // as good as lost; the timer will see to it
		}
	}
	return nil
}

// put sends block n and counts it.
func (s *sender) put(n int64, packet []byte) bool {
	if n <= s.highest {
		s.resends++
	}
	s.sent, s.highest = n, max(s.highest, n)
	if _, err := s.link.Write(packet); err != nil {
		s.hitch(err)
		return false
	}
	return true
}

// hitch notes a socket error; a datagram that could not leave is a lost one.
func (s *sender) hitch(err error) {
	s.netErr = err
	s.trouble++
	if errors.Is(err, syscall.ECONNREFUSED) {
		s.refused++
	}
}

// await reads until the flight is answered or the timer runs out. Nothing
// that comes in moves the deadline.
func (s *sender) await(ctx context.Context) (news, error) {
	if err := s.link.SetReadDeadline(s.deadline); err != nil {
		return silence, err
	}
	if ctx.Err() != nil { // else the deadline that stops us may just have been overwritten
		return silence, errStopped
	}
	for {
		if s.refused >= maxRefused {
			return silence, errGone
		}
		if s.trouble >= maxTrouble {
			return silence, fmt.Errorf("talking to the client: %w", s.netErr)
		}
		p, err := s.link.hear()
		switch {
		case p != nil:
		case ctx.Err() != nil:
			return silence, errStopped
		case timedOut(err) && !time.Now().Before(s.deadline):
			return silence, nil
		case err != nil:
			s.hitch(err)
		}
		if p == nil {
			continue
		}
		switch binary.BigEndian.Uint16(p) {
		case opERROR:
			return silence, parseError(p)
		case opACK:
			if what := s.ack(binary.BigEndian.Uint16(p[2:])); what != silence {
				return what, nil
			}
		}
	}
}

// timedOut knows the kernel's deadline and that of a stack in memory.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// ack takes an acknowledgement. A number that is not in the flight is an old
// one: it is ignored. One inside it means a gap behind it, and the window
// starts anew from there (RFC 7440 section 4).
func (s *sender) ack(number uint16) news {
	step := int64(number - uint16(s.acked))
	if step > s.sent-s.acked {
		return silence
	}
	s.refused, s.trouble, s.netErr = 0, 0, nil
	if step == 0 {
		return s.repeated()
	}
	s.proven()
	s.acked += step
	if s.acked < s.sent {
		s.restart = time.Now()
	}
	if s.final > 0 && s.acked == s.final {
		return complete
	}
	return progress
}

// repeated takes an ACK seen before. In lock step it must not send anything,
// or every block goes out twice from then on: the Sorcerer's Apprentice (RFC
// 1123 section 4.2.3.1). In a window it may say that the first block is
// missing; that is believed once a timer's length, so that echoes die out.
func (s *sender) repeated() news {
	now := time.Now()
	if s.opt.Window == 1 || s.acked < 0 || now.Sub(s.restart) < firstWait {
		return silence
	}
	s.restart = now
	return gap
}

// delivered counts the payload bytes and blocks the client acknowledged.
func (s *sender) delivered() (bytes, blocks int64) {
	blocks = max(s.acked, 0)
	bytes = blocks * int64(s.opt.Block)
	if s.final > 0 && blocks == s.final {
		bytes -= int64(s.opt.Block - s.tail)
	}
	return bytes, blocks
}
