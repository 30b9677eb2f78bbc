package dhcp

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

func TestAnswersAreRepeatedWherePacketsAreLost(t *testing.T) {
	const (
		pass  = "pass"  // a minute and a half
		fresh = "fresh" // a new server
	)
	rom, bios := pxeROM(machine.ArchX64), pxeROM(machine.ArchBIOS)
	pi := append([]packet.Option{{Code: packet.OptArch, Data: []byte{0, 0}}}, packet.Option{Code: packet.OptVendorClass, Data: []byte("PXEClient:Arch:00000:UNDI:002001")})
	steps := []struct {
		name    string
		machine int
		kind    packet.MessageType
		secs    uint16
		opts    []packet.Option
		want    string // when the answer goes out, in ms
	}{
		{"a ROM that is silent after the offer is made it again", 1, packet.Discover, 0, rom, "0 1000"},
		{"no longer once it has asked", 1, packet.Request, 0, rom, "0"},
		{"an operating system's second try", 2, packet.Discover, 4, nil, "0"},
		{name: fresh},
		{"a ROM's second try", 1, packet.Discover, 4, rom, "0 100 400"},
		{"its REQUEST, which says how late the DISCOVER was", 1, packet.Request, 4, rom, "0 100 400"},
		{"its neighbour's first try", 3, packet.Discover, 0, bios, "0 100"},
		{"its neighbour's REQUEST", 3, packet.Request, 0, bios, "0 100"},
		{"an operating system beside it", 4, packet.Discover, 0, nil, "0"},
		{"a Raspberry Pi", 5, packet.Discover, 4, pi, "0"},
		{name: pass},
		{"a minute after the last loss", 6, packet.Discover, 0, rom, "0 1000"},
		{name: fresh},
		{"a ROM whose REQUEST came", 7, packet.Discover, 0, bios, "0 1000"},
		{"and is answered", 7, packet.Request, 0, bios, "0"},
		{"and comes again", 7, packet.Request, 0, bios, "0 100 400"},
		{"a REQUEST that comes late shows no loss to neighbours", 8, packet.Discover, 0, rom, "0 100"},
		{name: fresh},
		{"a late REQUEST of a ROM whose DISCOVER was not heard here", 8, packet.Request, 4, rom, "0 100 400"},
		{"is no sign that others lose any", 9, packet.Discover, 0, rom, "0 1000"},
	}
	synctest.Test(t, func(t *testing.T) {
		r := repeatingRig(t)
		for _, c := range steps {
			switch c.name {
			case fresh:
				r = repeatingRig(t)
				continue
			case pass:
				time.Sleep(90 * time.Second)
				continue
			}
			from := newClient(c.machine)
			from.m.Secs = c.secs
			if c.machine == 5 {
				copy(from.m.CHAddr[:], []byte{0xb8, 0x27, 0xeb})
			}
			opts, want := c.opts, packet.Offer
			if c.kind == packet.Request {
				want = packet.Ack
				opts = append([]packet.Option{addrOpt(packet.OptRequested, r.has(from)), addrOpt(packet.OptServerID, server.String())}, opts...)
			}
			begin := time.Now()
			first := r.must(r.say(from, c.kind, opts...), want)
			got := []string{"0"}
			for time.Since(begin) < 2*time.Second {
				seen := len(r.udp.out)
				time.Sleep(50 * time.Millisecond)
				synctest.Wait()
				for _, s := range r.udp.out[seen:] {
					got = append(got, fmt.Sprint(time.Since(begin).Milliseconds()))
					if string(s.raw) != string(first.raw) || s.to != first.to || string(s.hw) != string(first.hw) {
						t.Errorf("%s: the answers differ: %x to %v, %x to %v", c.name, first.raw, first.to, s.raw, s.to)
					}
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: it went out after %v ms, want %s", c.name, got, c.want)
			}
		}
	})
}

func repeatingRig(t *testing.T) *rig {
	r := newRig(t)
	r.port.again.after = nil
	r.srv.Now = time.Now
	return r
}

// has is the address that the Book holds for the client, or would give it.
func (r *rig) has(c *client) string {
	v := r.srv.Book.Offer(lease.Ask{At: time.Now(), Link: server, MAC: machine.MAC(c.m.CHAddr[:6])})
	return v.Lease.Address.String()
}

func TestWhatTheNetworkDoublesIsNoSignOfLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := repeatingRig(t)
		c := newClient(1)
		for range 2 { // as by two relays
			r.must(r.say(c, packet.Discover, pxeROM(machine.ArchX64)...), packet.Offer)
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if n := len(r.udp.out); n != 1 {
			t.Errorf("%d answers, want 1", n)
		}
	})
}
