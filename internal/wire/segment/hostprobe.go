package segment

import (
	"encoding/binary"
	"net/netip"
	"sync"
)

// hostProbe asks by ARP for every address: all of a Memory's stations are on
// one wire, whatever their subnet.
type hostProbe struct {
	hearing
	host *Host
	once sync.Once
}

// OpenProbe opens a Probe; only the last one opened hears.
func (h *Host) OpenProbe() (Probe, error) {
	p := &hostProbe{hearing: newHearing(), host: h}
	h.link.tap.Store(p)
	return p, nil
}

func (p *hostProbe) ARP(a netip.Addr) error {
	info := p.host.info
	return p.host.port.Send(BuildARP(Broadcast, ARP{Op: ARPRequest, SenderMAC: info.MAC, SenderIP: info.Addr.Addr(), TargetIP: a}))
}

func (p *hostProbe) Ping(a netip.Addr) error { return p.ARP(a) }

func (p *hostProbe) Close() error {
	p.once.Do(func() {
		p.host.link.tap.CompareAndSwap(p, nil)
		close(p.done)
	})
	return nil
}

// overhear shows the probe a frame on its way to the stack.
func (l *link) overhear(frame []byte) {
	if p := l.tap.Load(); p != nil && len(frame) > etherLen && binary.BigEndian.Uint16(frame[12:]) == etherARP {
		if who, ok := present(frame); ok {
			p.hear(who)
		}
	}
}
