package tftp_test

import (
	"net/netip"
	"testing"

	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/tftp"
)

// favouring is a port that tells whom it is told to favour.
type favouring struct {
	*loopPort
	told chan netip.AddrPort
}

func (p favouring) ListenCrowd(local netip.Addr) (segment.Crowd, error) {
	c, err := segment.ListenCrowd(local)
	return toldCrowd{c, p.told}, err
}

type toldCrowd struct {
	segment.Crowd
	told chan netip.AddrPort
}

func (c toldCrowd) Favour(client netip.AddrPort) {
	c.told <- client
	c.Crowd.(segment.Favourer).Favour(client)
}

func TestALoneClientIsFavouredUntilAnotherComes(t *testing.T) {
	t.Parallel()
	told := make(chan netip.AddrPort, 16)
	b := serveOn(t, memory{"f": pattern(100 * 512)}, func(p *loopPort) tftp.Port { return favouring{p, told} })
	c, stranger, second := b.raw(), b.raw(), b.raw()
	step := func(c *raw, from, to byte) {
		for n := from; n <= to; n++ {
			c.say("\x00\x04\x00" + string([]byte{n}))
			hearBlocks(t, c, n+1)
		}
	}
	c.begin("f")
	hearBlocks(t, c, 1)
	step(c, 1, 60)
	select {
	case who := <-told:
		if who.Port() == 0 || who != c.UDPConn.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort() {
			t.Errorf("favoured %v", who)
		}
	default:
		t.Fatal("the only client was not favoured")
	}
	stranger.peer = c.peer // T15, at a port that favours another
	stranger.say("\x00\x04\x00\x01")
	wantPacket(t, stranger.hear(soon), "\x00\x05\x00\x05")
	second.begin("f")
	hearBlocks(t, second, 1)
	if who := <-told; who.IsValid() {
		t.Errorf("%v is favoured, with another there", who)
	}
	if second.peer != c.peer {
		t.Errorf("the second has a port of its own: %v, not %v", second.peer, c.peer)
	}
	for n := byte(61); n < 100; n++ {
		step(c, n, n)
		step(second, n-60, n-60)
	}
	step(c, 100, 100)
	c.say("\x00\x04\x00\x65")
	if r := b.report(); r.Err != nil || r.Bytes != 100*512 || r.Resends != 0 {
		t.Errorf("bytes %d, resends %d, err %v", r.Bytes, r.Resends, r.Err)
	}
	step(second, 40, 100)
	second.say("\x00\x04\x00\x65")
	if r := b.report(); r.Err != nil || r.Bytes != 100*512 || r.Resends != 0 {
		t.Errorf("bytes %d, resends %d, err %v", r.Bytes, r.Resends, r.Err)
	}
}
