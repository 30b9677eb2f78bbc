package tftp

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// mute runs a sender whose client takes packets and never says a word; it
// gives the moments packets were sent at, and how and when it ended.
func mute(opt Options) (at []time.Duration, end time.Duration, err error) {
	now := time.Unix(0, 0)
	f := patient{bytes.NewReader(make([]byte, 5000))}
	s := &sender{opt: opt, oack: buildOACK(nil), blocks: newBlocks(f, 5000, opt, false), flush: func() {}, hungry: func() {}}
	s.out = func([]byte, int) { at = append(at, now.Sub(time.Unix(0, 0))) }
	s.fetch = func() {
		if err := s.blocks.fetch(); err != nil {
			panic(err)
		}
	}
	if err = s.begin(now); err == nil && s.blocks.waiting {
		err = s.fetched(now, nil)
	}
	for err == nil {
		now = s.deadline
		err = s.tick(now)
	}
	return at, now.Sub(time.Unix(0, 0)), err
}

func TestT12SilentClientIsGivenUpAfterSixTriesAndThirtySeconds(t *testing.T) {
	for name, opt := range map[string]Options{
		"block":            {Block: 512, Window: 1},
		"oack":             {Block: 512, Window: 16, Acked: true},
		"client's timeout": {Block: 512, Window: 1, Timeout: 20 * time.Second, Acked: true},
	} {
		at, d, err := mute(opt)
		if !errors.Is(err, errSilent) {
			t.Fatalf("%s: ended with %v", name, err)
		}
		if len(at) < 6 || d < 30*time.Second || d > 150*time.Second {
			t.Errorf("%s: %d packets in %v", name, len(at), d)
		}
		for i := 1; i < len(at) && opt.Timeout > 0; i++ {
			if gap := at[i] - at[i-1]; gap != opt.Timeout {
				t.Errorf("%s: resent after %v", name, gap)
			}
		}
	}
}

func TestT20TransferIsSmall(t *testing.T) {
	for _, opt := range []Options{{Block: 512, Window: 1}, {Block: 1468, Window: 64}, {Block: 8, Window: 64}, {Block: 8968, Window: 64}} {
		for _, text := range []bool{false, true} {
			b := newBlocks(patient{}, 1<<30, opt, text)
			n := cap(b.buf)
			if text {
				n += cap(b.text.raw) + cap(b.text.marks)*16
			}
			if n > 40<<10 {
				t.Errorf("%+v, text %t, takes %d bytes", opt, text, n)
			}
		}
	}
}

// After two silences the blocks behind the window go out too, and no longer
// once the client has spoken.
func TestAfterTwoSilencesTheNextWindowGoesOutToo(t *testing.T) {
	const block, window = 512, 4
	now := time.Unix(0, 0)
	s := &sender{
		opt: Options{Block: block, Window: window}, blocks: newBlocks(patient{bytes.NewReader(make([]byte, 100*block))}, 100*block, Options{Block: block, Window: window}, false),
		flush: func() {}, hungry: func() {}, proven: func() {}, acked: 0,
	}
	blocks := 0
	s.out = func(p []byte, _ int) { blocks += (len(p) + headerLen + block - 1) / (headerLen + block) }
	s.fetch = func() {
		if err := s.blocks.fetch(); err != nil {
			t.Fatal(err)
		}
	}
	step := func(what string, want int, f func() error) {
		t.Helper()
		blocks = 0
		err := f()
		for err == nil && s.blocks.waiting {
			err = s.fetched(now, nil)
		}
		if err != nil || blocks != want {
			t.Errorf("%s: %d blocks, want %d; %v", what, blocks, want, err)
		}
	}
	silence := func() error { now = s.deadline; return s.tick(now) }
	step("at first", window, func() error { return s.begin(now) })
	step("two silences at the start", 2*window, func() error { _ = silence(); return silence() })
	step("an ACK", window, func() error { return s.ack(window, now) })
	step("one silence", window, silence)
	step("two silences", 2*window, silence)
	step("the client asks for what it lacks behind its window", window, func() error { return s.ack(window+6, now) })
	if s.acked != window+6 || s.wide {
		t.Errorf("acked %d, wide %t", s.acked, s.wide)
	}
}

// The first timer follows how soon the client has answered of late; the second
// leaves a client that lost its ACK the second after which it sends it again.
func TestT12TheFirstTimerFollowsTheClient(t *testing.T) {
	const block = 512
	for _, c := range []struct {
		name        string
		timeout     time.Duration
		trips       []time.Duration
		least, most time.Duration // of the first timer
		second      time.Duration // at least
	}{
		{"not known yet", 0, nil, 250 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond},
		{"near", 0, []time.Duration{time.Millisecond, 2 * time.Millisecond}, 60 * time.Millisecond, 90 * time.Millisecond, 1250 * time.Millisecond},
		{"at once", 0, []time.Duration{0}, 60 * time.Millisecond, 90 * time.Millisecond, 1250 * time.Millisecond},
		{"farther", 0, []time.Duration{30 * time.Millisecond}, 120 * time.Millisecond, 180 * time.Millisecond, 1250 * time.Millisecond},
		{"slow once of late", 0, []time.Duration{40 * time.Millisecond, time.Millisecond, time.Millisecond}, 120 * time.Millisecond, 184 * time.Millisecond, 1250 * time.Millisecond},
		{"slow", 0, []time.Duration{800 * time.Millisecond}, 250 * time.Millisecond, 500 * time.Millisecond, 1250 * time.Millisecond},
		{"as it asked for", 2 * time.Second, []time.Duration{time.Millisecond}, 2 * time.Second, 2 * time.Second, 2 * time.Second},
	} {
		now := time.Unix(0, 0)
		opt := Options{Block: block, Window: 1, Timeout: c.timeout}
		s := &sender{opt: opt, blocks: newBlocks(patient{bytes.NewReader(make([]byte, 100*block))}, 100*block, opt, false),
			out: func([]byte, int) {}, flush: func() {}, hungry: func() {}, proven: func() {}}
		s.fetch = func() {
			if err := s.blocks.fetch(); err != nil {
				t.Fatal(err)
			}
		}
		settle := func(err error) {
			for err == nil && s.blocks.waiting {
				err = s.fetched(now, nil)
			}
			if err != nil {
				t.Fatal(c.name, err)
			}
		}
		settle(s.begin(now))
		for i, d := range c.trips {
			now = now.Add(d)
			settle(s.ack(uint16(i+1), now))
		}
		if d := s.deadline.Sub(now); d < c.least || d > c.most {
			t.Errorf("%s: the first timer is %v, want %v to %v", c.name, d, c.least, c.most)
		}
		trip := s.trip
		now = s.deadline
		settle(s.tick(now))
		if d := s.deadline.Sub(now); d < c.second {
			t.Errorf("%s: the second timer is %v, want at least %v", c.name, d, c.second)
		}
		now = now.Add(time.Second)
		settle(s.ack(uint16(len(c.trips)+1), now)) // of which of the two packets is not known
		if s.trip != trip {
			t.Errorf("%s: after a resend the trip is %v, it was %v", c.name, s.trip, trip)
		}
	}
}
