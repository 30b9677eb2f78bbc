package dhcp

import (
	"encoding/binary"
	"hash/maphash"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

const (
	lossyFor   = time.Minute            // a ROM's patience with one message (PXE 2.1: 4 + 8 + 16 + 32 s)
	againAfter = 100 * time.Millisecond // what loses packets loses those beside them too
	thirdAfter = 400 * time.Millisecond
	silentFor  = time.Second            // after an offer, until it is made once more
	doubled    = 200 * time.Millisecond // what comes again sooner was doubled by the network; iPXE's shortest timer is 250 ms
	sawLen     = 1 << 12                // messages remembered
	openLen    = 1 << 12                // offers watched
)

// again is what a port knows of a wire that loses packets. A ROM has four tries
// in a minute, so an answer that is lost costs 4 to 32 s. For the client a second OFFER
// or ACK is one that the network has doubled: it takes the first (RFC 2131
// section 3.1; EDK2 and iPXE ignore both once they are past them).
type again struct {
	lossy atomic.Int64 // until when, in Unix ms, this wire is taken to lose packets
	saw   [sawLen]atomic.Uint64
	mu    sync.Mutex
	open  map[machine.MAC]*time.Timer             // offers that no REQUEST has followed
	after func(time.Duration, func()) *time.Timer // for tests; nil: time.AfterFunc
}

// repeat sends an answer more than once where that is likely to be needed:
//   - three times to a ROM that has been at it for a while: it has lost a
//     message or its answer, and has few tries left;
//   - twice to its neighbours during the next minute;
//   - an offer once more where no REQUEST has followed it within a second: ROMs
//     that take the first one are silent only if something was lost, and UEFI gathers
//     offers for 4 s (Dhcp4Io.c), in which a second costs it nothing.
//
// Never to a Raspberry Pi, whose ROM asks for the file after the offer, sends
// no REQUEST, and is easily confused.
func (p *port) repeat(x *exchange, r *reply, data []byte, to netip.AddrPort, hw net.HardwareAddr) {
	if x.sight.Firmware == machine.NoFirmware || isRaspberryPi(&x.m) {
		return
	}
	now, mac := p.Now(), x.sight.MAC
	late := p.again.came(x, now)
	if late && p.again.lossy.Swap(now.Add(lossyFor).UnixMilli()) < now.UnixMilli() {
		p.Log.Info("firmware asks again: packets are lost here; for a minute it is answered more than once", "iface", p.info.Name, "mac", mac)
	}
	// EDK2's REQUEST says how late its DISCOVER was.
	late = late || x.m.Secs > 0
	p.again.close(mac)
	switch {
	case late:
		p.sendAgain(thirdAfter, data, to, hw)
		fallthrough
	case now.UnixMilli() < p.again.lossy.Load():
		p.sendAgain(againAfter, data, to, hw)
	case r.kind == packet.Offer && !r.proxy && !mac.IsZero():
		p.again.watch(mac, func() *time.Timer { return p.sendAgain(silentFor, data, to, hw) })
	}
}

// came says whether the message shows that one before it, or its answer, was
// lost: a DISCOVER by its secs (RFC 2131 table 1), and each that comes again.
func (a *again) came(x *exchange, now time.Time) bool {
	if x.kind != packet.Discover && x.kind != packet.Request {
		return false
	}
	var key [11]byte
	copy(key[:6], x.m.CHAddr[:6])
	binary.BigEndian.PutUint32(key[6:], x.m.XID)
	key[10] = byte(x.kind)
	sum := maphash.Bytes(sawSeed, key[:])
	slot, tag := &a.saw[sum%sawLen], sum>>32<<32
	if old := slot.Load(); old>>32<<32 == tag {
		return uint32(now.UnixMilli())-uint32(old) >= uint32(doubled.Milliseconds())
	}
	slot.Store(tag | uint64(uint32(now.UnixMilli())))
	return x.kind == packet.Discover && x.m.Secs > 0
}

var sawSeed = maphash.MakeSeed()

// watch begins to wait for a REQUEST.
func (a *again) watch(mac machine.MAC, begin func() *time.Timer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[machine.MAC]*time.Timer{}
	}
	if len(a.open) >= openLen {
		clear(a.open) // they go out all the same
	}
	a.open[mac] = begin()
}

// close ends that: the client has been answered since.
func (a *again) close(mac machine.MAC) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.open[mac]; t != nil {
		t.Stop()
		delete(a.open, mac)
	}
}

// sendAgain repeats an answer later. Its loss is no error.
func (p *port) sendAgain(after time.Duration, data []byte, to netip.AddrPort, hw net.HardwareAddr) *time.Timer {
	data, hw = slices.Clone(data), slices.Clone(hw)
	begin := p.again.after
	if begin == nil {
		begin = time.AfterFunc
	}
	return begin(after, func() {
		if p.conn.Write(data, to, hw) == nil {
			p.counts.Again.Add(1)
		}
	})
}
