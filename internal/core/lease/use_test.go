package lease

import (
	"net/netip"
	"testing"
)

func TestUsesOfPools(t *testing.T) {
	b := newBench(t)
	b.boot(b.ask(1))
	b.b.Offer(b.ask(2))
	b.b.Decline(Ask{At: b.now, Link: server, MAC: mac(1), Requested: ip("192.0.2.10")})
	b.boot(b.ask(3))
	got := b.b.Uses(b.now)
	want := []Use{{wire, 3, 1, 1, 1}, {netip.MustParsePrefix("198.51.100.0/24"), 11, 0, 0, 0}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
