package dhcp

import (
	"testing"
	"testing/synctest"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

func TestWhoIsLateIsAnsweredTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		answers := func(c *client, secs uint16, opts ...packet.Option) int {
			c.m.Secs = secs
			first := r.must(r.say(c, packet.Discover, opts...), packet.Offer)
			time.Sleep(time.Second)
			synctest.Wait()
			for _, s := range r.udp.out {
				if string(s.raw) != string(first.raw) || s.to != first.to || string(s.hw) != string(first.hw) {
					t.Errorf("the answers differ: %x to %v, %x to %v", first.raw, first.to, s.raw, s.to)
				}
			}
			return len(r.udp.out)
		}
		rom := pxeROM(machine.ArchX64)
		for _, c := range []struct {
			name    string
			machine int
			secs    uint16
			opts    []packet.Option
			want    int
		}{
			{"a ROM's first try", 1, 0, rom, 1},
			{"an operating system's second try", 2, 4, nil, 1},
			{"a ROM's second try", 1, 4, rom, 2},
			{"its neighbour's first try", 3, 0, rom, 2},
			{"an operating system beside it", 4, 0, nil, 1},
		} {
			if got := answers(newClient(c.machine), c.secs, c.opts...); got != c.want {
				t.Errorf("%s: %d answers, want %d", c.name, got, c.want)
			}
		}
		r.now = r.now.Add(2 * time.Minute)
		if got := answers(newClient(5), 0, rom...); got != 1 {
			t.Errorf("two minutes after the last loss: %d answers, want 1", got)
		}
	})
}
