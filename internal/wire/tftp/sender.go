package tftp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"
)

const (
	firstWait   = 250 * time.Millisecond  // the first timer is this, up to twice this
	leastWait   = 60 * time.Millisecond   // it is this, up to half more, where the client has shown that it is near
	secondWait  = 1250 * time.Millisecond // then at least this, see nextWait
	longestGap  = 8 * time.Second         // the doubled timer stops growing here
	minTries    = 6                       // a client is given up after so many resends
	minPatience = 30 * time.Second        // and so long without news from it
	maxRefused  = 3                       // "port unreachable" so often in a row: it is gone
	maxTrouble  = 16                      // other socket errors in a row
)

var (
	errSilent  = errors.New("client fell silent")
	errGone    = errors.New("client closed its port")
	errStopped = errors.New("server is stopping")
	errDone    = errors.New("every block was acknowledged") // the end of a sender that went well
)

// readError is a fault of ours in the middle of a transfer.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// sender sends one file. It owns no socket and no clock: it is told what was
// heard and when, and hands out packets. Blocks are counted in 64 bits and cut
// to 16 on the wire, so the number rolls over to 0; the OACK counts as block 0.
// A method that returns an error ended the transfer, with errDone well.
type sender struct {
	out    func(packets []byte, segment int) // takes packets; they stay as they are until flush
	flush  func()                            // all that was taken has left
	fetch  func()                            // has blocks.fetch called, then fetched
	hungry func()                            // has prepare called after the next flush
	blocks *blocks
	opt    Options
	oack   []byte
	proven func() // called at valid ACKs

	acked   int64 // the last block acknowledged in order; -1 before the OACK is
	next    int64 // the block to send next in this flight
	sent    int64 // the last block of the flight on its way
	highest int64 // the last block ever sent

	resends  int64
	restart  time.Time // when a gap last made us go back
	refused  int
	trouble  int
	netErr   error
	wait     time.Duration
	flown    time.Time     // when the flight had left
	trip     time.Duration // from a flight to its ACK, the longest of late; 0: not known
	tries    int
	wide     bool      // silence twice in a row: see last
	since    time.Time // of the last good news
	deadline time.Time // zero while the disk is waited for
}

// begin sends the first packets. A client that has not answered yet gets the
// OACK or, without options, one block: never more than a window (it may be
// forged).
func (s *sender) begin(now time.Time) error {
	if s.opt.Acked {
		s.acked, s.highest = -1, -1
	}
	s.wait, s.since = s.firstWait(), now
	return s.flight(now)
}

// firstWait is the client's own wish (RFC 2349), or a random part of a second:
// machines switched on together must not stay in step. Of a client whose ACKs
// come at once nothing is to be expected after a few times as long.
func (s *sender) firstWait() time.Duration {
	if s.opt.Timeout > 0 {
		return s.opt.Timeout
	}
	wait := firstWait + rand.N(firstWait)
	if s.trip > 0 {
		near := max(leastWait, 4*s.trip)
		wait = min(wait, near+rand.N(near/2))
	}
	return wait
}

// nextWait doubles the timer. In lock step the second is long: where an ACK was
// lost, many a client sends it again after a second of silence, and drops what
// it has already; but for each of those the second begins anew. In a window the
// client's old ACK would only have the same blocks sent again: it needs those
// behind them, see last.
func (s *sender) nextWait() time.Duration {
	switch {
	case s.opt.Timeout > 0:
		return s.opt.Timeout
	case s.tries == 0 && s.trip > 0 && s.opt.Window == 1:
		return max(2*s.wait, secondWait+rand.N(secondWait/8))
	}
	return min(2*s.wait, longestGap)
}

// flight sends the window that follows the last acknowledged block.
func (s *sender) flight(now time.Time) error {
	if s.acked < 0 {
		s.count(0, 1)
		s.out(s.oack, 0)
		s.flown, s.deadline = now, now.Add(s.wait)
		return nil
	}
	s.next = s.acked + 1
	return s.pump(now)
}

// pump sends the rest of the flight, as far as it has been read.
func (s *sender) pump(now time.Time) error {
	s.deadline = time.Time{}
	for s.next <= s.last() {
		if s.blocks.waiting {
			return nil
		}
		if !s.blocks.holds(s.next) {
			s.flush() // else packets would change that have not left
		}
		packets, n := s.blocks.run(s.next, s.last())
		if n == 0 {
			s.fetch()
			return nil
		}
		s.count(s.next, n)
		s.out(packets, headerLen+s.opt.Block)
		s.next += n
	}
	s.flown, s.deadline = now, now.Add(s.wait)
	if !s.blocks.holds(s.next) && (s.blocks.final == 0 || s.next <= s.blocks.final) {
		s.hungry()
	}
	return nil
}

// prepare reads ahead, once the flight has left.
func (s *sender) prepare() {
	if !s.blocks.waiting && !s.blocks.holds(s.next) && !s.blocks.fill(s.next) {
		s.fetch()
	}
}

// last is the last block of the window.
func (s *sender) last() int64 {
	last := s.acked + int64(s.opt.Window)
	if s.wide && s.opt.Window > 1 && s.acked > 0 {
		// Clients that went back to an old ACK in the midst of a window count it
		// from there: they have it all and do not know that it is over. The
		// blocks behind it make them say so.
		last += int64(s.opt.Window)
	}
	if f := s.blocks.final; f > 0 {
		last = min(last, f)
	}
	return last
}

// fetched goes on with what has been read.
func (s *sender) fetched(now time.Time, err error) error {
	if err != nil {
		return &readError{err}
	}
	s.blocks.fetched()
	if s.acked < 0 || !s.deadline.IsZero() { // no flight waits for it
		return nil
	}
	return s.pump(now)
}

// count notes that blocks are on their way.
func (s *sender) count(n, blocks int64) {
	end := n + blocks - 1
	if again := min(end, s.highest) - n + 1; again > 0 {
		s.resends += again
	}
	s.sent, s.highest = end, max(s.highest, end)
}

// hitch notes a socket error; a datagram that could not leave is a lost one.
func (s *sender) hitch(err error) error {
	s.netErr = err
	s.trouble++
	if errors.Is(err, syscall.ECONNREFUSED) {
		s.refused++
	}
	switch {
	case s.refused >= maxRefused:
		return errGone
	case s.trouble >= maxTrouble:
		return fmt.Errorf("talking to the client: %w", s.netErr)
	}
	return nil
}

// hear takes a packet of the client.
func (s *sender) hear(p []byte, now time.Time) error {
	if len(p) < headerLen {
		return nil
	}
	switch binary.BigEndian.Uint16(p) {
	case opERROR:
		return parseError(p)
	case opACK:
		return s.ack(binary.BigEndian.Uint16(p[2:]), now)
	}
	return nil
}

// ack takes an acknowledgement. A number that is not in the flight is an old
// one: it is ignored. One inside it means a gap behind it, and the window
// starts anew from there (RFC 7440 section 4).
func (s *sender) ack(number uint16, now time.Time) error {
	step := int64(number - uint16(s.acked))
	if step > s.highest-s.acked { // not of s.sent: a resent flight may wait for the disk
		return nil
	}
	s.refused, s.trouble, s.netErr = 0, 0, nil
	if step == 0 {
		return s.repeated(now)
	}
	s.proven()
	s.acked += step
	if s.acked < s.sent {
		s.restart = now
	}
	if s.acked == s.blocks.final && s.acked > 0 {
		return errDone
	}
	if s.tries == 0 && !s.flown.IsZero() { // else it is not known which flight it answers
		s.trip = max(now.Sub(s.flown), s.trip-s.trip/8, 1)
	}
	s.wait, s.tries, s.wide, s.since = s.firstWait(), 0, false, now
	return s.flight(now)
}

// repeated takes an ACK seen before. In lock step it must not send anything,
// or every block goes out twice from then on: the Sorcerer's Apprentice (RFC
// 1123 section 4.2.3.1). In a window it may say that the first block is
// missing; that is believed once a timer's length, so that echoes die out.
func (s *sender) repeated(now time.Time) error {
	if s.opt.Window == 1 || s.acked < 0 || now.Sub(s.restart) < firstWait {
		return nil
	}
	s.restart, s.wide = now, false
	return s.again(now)
}

// tick looks at the timer. Nothing that comes in moves it, but good news.
func (s *sender) tick(now time.Time) error {
	if s.deadline.IsZero() || now.Before(s.deadline) {
		return nil
	}
	s.wait = s.nextWait()
	s.wide = s.tries >= 1
	return s.again(now)
}

// again sends the window anew, unless the client was given time enough.
func (s *sender) again(now time.Time) error {
	s.tries++
	if s.tries >= minTries && now.Sub(s.since) >= minPatience {
		return errors.Join(errSilent, s.netErr)
	}
	return s.flight(now)
}

// delivered counts the payload bytes and blocks the client acknowledged.
func (s *sender) delivered() (bytes, blocks int64) {
	blocks = max(s.acked, 0)
	bytes = blocks * int64(s.opt.Block)
	if blocks > 0 && blocks == s.blocks.final {
		bytes -= int64(s.opt.Block - s.blocks.short)
	}
	return bytes, blocks
}
