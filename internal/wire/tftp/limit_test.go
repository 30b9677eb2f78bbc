package tftp_test

import (
	"testing"
	"time"

	"seedbed/internal/wire/tftp"
)

func TestT16AnUnprovenPeerGetsOneSmallPacket(t *testing.T) {
	t.Parallel()
	b := serve(t, memory{"f": pattern(100000)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00windowsize\x0064\x00blksize\x001468\x00timeout\x005\x00")
	if p := c.hear(soon); len(p) > 60 {
		t.Errorf("%d bytes to a peer that may be forged", len(p))
	}
	if p := c.hear(quiet); p != "" {
		t.Errorf("and %d more", len(p))
	}
	c.say("\x00\x05\x00\x00\x00")
}

func TestT16OpenTransfersOfOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	b := serve(t, memory{"f": pattern(1000)}, func(s *tftp.Server, _ *loopPort) { s.MaxPerAddr = 2 })
	one, two, three := b.raw(), b.raw(), b.raw()
	for _, c := range []*raw{one, two} {
		c.say(rrq + "f\x00octet\x00")
		hearBlocks(t, c, 1)
	}
	three.say(rrq + "f\x00octet\x00")
	if p := three.hear(quiet); p != "" {
		t.Errorf("the third was answered with %q", p)
	}
	one.say("\x00\x05\x00\x00\x00")
	b.report()
	for deadline := time.Now().Add(soon); ; { // the seat is free a moment after the report
		three.say(rrq + "f\x00octet\x00")
		if three.hear(quiet) != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no answer though a place was free")
		}
	}
	if c := b.srv.Counters(); c.Dropped == 0 || c.Open != 2 {
		t.Errorf("counters %+v", c)
	}
}

func TestT16RequestsOfOneAddressAreLimited(t *testing.T) {
	b := serve(t, memory{}, func(s *tftp.Server, _ *loopPort) { s.Rate = 5 })
	answered := 0
	for range 40 {
		c := b.raw()
		c.say(rrq + "nothing\x00octet\x00")
		if c.hear(20*time.Millisecond) != "" {
			answered++
		}
	}
	// Ten at once, and five a second, of which few have passed.
	if answered < 5 || answered > 30 || b.srv.Counters().Dropped == 0 {
		t.Errorf("%d of 40 were answered", answered)
	}
}
