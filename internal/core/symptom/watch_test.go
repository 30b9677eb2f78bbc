package symptom

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/machine"
)

var t0 = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// stage plays facts against a Watch that is asked once a second.
type stage struct {
	w    Watch
	now  time.Time
	told []string // "seconds name"
}

func (s *stage) pass(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.now = s.now.Add(time.Second)
		for _, x := range s.w.Tell(s.now) {
			s.told = append(s.told, s.now.Sub(t0).String()+" "+x.Name)
		}
	}
}

func (s *stage) see(all ...Fact) {
	for _, f := range all {
		f.At = s.now
		s.w.See(f)
	}
}

func TestSymptomsAreToldWhenTheyShowAndOnce(t *testing.T) {
	box := machine.MAC{2, 0, 0, 0, 0, 1}
	client, server, other := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	discover := Fact{Kind: Discover, MAC: box, PXE: true, Arch: 7}
	offer := Fact{Kind: Offer, MAC: box, YIAddr: client, Server: server, File: "a.efi"}
	proxied := Fact{Kind: Offer, MAC: box, YIAddr: netip.IPv4Unspecified(), Server: other, File: "a.efi"}
	request, ack := Fact{Kind: Request, MAC: box}, Fact{Kind: Ack, MAC: box, YIAddr: client, Server: server, File: "a.efi"}
	get := func(file string) Fact {
		return Fact{Kind: TFTPAsk, Client: client, Port: 2000, Server: server, File: file}
	}
	data := func(n int) Fact {
		return Fact{Kind: TFTPData, Client: client, Port: 2000, Server: server, Block: n}
	}
	got := func(n int) Fact {
		return Fact{Kind: TFTPAck, Client: client, Port: 2000, Server: server, Block: n}
	}
	for name, c := range map[string]struct {
		play func(*stage)
		want string
	}{
		"a good boot tells nothing": {func(s *stage) {
			s.see(discover)
			s.pass(3 * time.Second) // the server looks first whether the address is free
			s.see(offer, request, ack, get("a.efi"), data(1), got(1), get("grub.cfg"), data(1), got(1))
			s.pass(20 * time.Second)
		}, ""},
		"nobody answers": {func(s *stage) {
			s.see(discover)
			s.pass(4 * time.Second)
			s.see(discover)
			s.pass(8 * time.Second)
			s.see(discover)
			s.pass(20 * time.Second)
		}, "10s no-offer"},
		"ProxyDHCP is ignored, also by who asks every three seconds": {func(s *stage) {
			for range 6 {
				s.see(discover, offer, proxied)
				s.pass(3 * time.Second)
			}
		}, "6s proxy-ignored"},
		"a second boot is looked at by itself": {func(s *stage) {
			s.see(discover, offer, request, ack, get("a.efi"), data(1), got(1), get("grub.cfg"), data(1), got(1))
			s.pass(60 * time.Second)
			s.see(discover)
			s.pass(4 * time.Second)
			s.see(discover)
			s.pass(10 * time.Second)
		}, "1m10s no-offer"},
		"a firewall": {func(s *stage) {
			s.see(discover, offer, request, ack, get("a.efi"), data(1))
			s.pass(time.Second)
			s.see(data(1))
			s.pass(time.Second)
			s.see(data(1))
			s.pass(time.Second)
			s.see(data(1))
			s.pass(10 * time.Second)
		}, "3s tftp-firewall"},
		"a firewall, and a client that asks anew, from other ports": {func(s *stage) {
			s.see(discover, offer, request, ack)
			for i := range uint16(4) {
				g, d := get("a.efi"), data(1)
				g.Port, d.Port = 2000+i/2, 2000+i/2
				s.see(g, d)
				s.pass(time.Second)
			}
		}, "3s tftp-firewall"},
		"a window of blocks is no firewall": {func(s *stage) {
			s.see(discover, offer, request, ack, get("a.efi"), data(1), data(2), data(3), data(4), data(5))
			s.pass(3 * time.Second)
			s.see(got(5), data(6), data(7))
			s.pass(3 * time.Second)
		}, ""},
		"a large file is remembered in few facts, and its end told": {func(s *stage) {
			s.see(discover, offer, request, ack, get("linux"))
			for n := 1; n < 200000; n++ {
				s.see(data(n%blocks), got(n%blocks))
			}
			if n := len(s.w.book.stories[0].facts); n > 20 {
				panic("it remembers too many facts")
			}
			s.pass(time.Second)
			s.see(data(200000%blocks), data(200000%blocks), data(200000%blocks))
			s.pass(2 * time.Second)
		}, "2s tftp-stops"},
		"a loop, and that it goes on": {func(s *stage) {
			for range 4 {
				s.see(discover, offer, request, ack, get("undionly.kpxe"), data(1), got(1))
				s.pass(10 * time.Second)
			}
		}, "11s loader-loop"},
		"a machine that boots again is no loop": {func(s *stage) {
			for range 3 {
				s.see(discover, offer, request, ack, get("pxelinux.0"), data(1), got(1), get("pxelinux.cfg/default"), data(1), got(1))
				s.pass(time.Minute)
			}
		}, ""},
		"what comes back is told again": {func(s *stage) {
			s.see(discover)
			s.pass(4 * time.Second)
			s.see(discover)
			s.pass(10 * time.Second)
			s.see(offer, request, ack, get("a.efi"), data(1), got(1))
			s.pass(2 * time.Second)
			s.see(discover)
			s.pass(4 * time.Second)
			s.see(discover)
			s.pass(10 * time.Second)
		}, "10s no-offer 26s no-offer"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stage{now: t0}
			c.play(s)
			if all := strings.Join(s.told, " "); all != c.want {
				t.Errorf("told %q, want %q", all, c.want)
			}
		})
	}
}

func TestAStormIsBounded(t *testing.T) {
	var w Watch
	for i := range 3 * maxStories {
		w.See(Fact{Kind: Discover, MAC: machine.MAC{2, 0, byte(i >> 16), byte(i >> 8), byte(i)}, At: t0})
	}
	if n := len(w.book.stories); n > maxStories {
		t.Errorf("%d stories", n)
	}
	box := machine.MAC{2}
	for range 10 * maxFacts {
		w.See(Fact{Kind: Discover, MAC: box, At: t0})
	}
	if s := w.book.stories[w.book.index[box.String()]]; len(s.facts) > maxFacts {
		t.Errorf("%d facts", len(s.facts))
	}
}
