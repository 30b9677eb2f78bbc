package dhcp

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
)

const (
	lossyFor   = time.Minute            // a ROM's patience with one message (PXE 2.1: 4 + 8 + 16 + 32 s)
	againAfter = 100 * time.Millisecond // what loses packets loses those beside them too
)

// losesPackets says whether the answer to x should go out twice. A ROM that
// has been at it for a while (secs, RFC 2131 table 1) has lost a message or
// its answer, and has few tries left. A DISCOVER of that kind says that the wire
// loses packets, and holds for its neighbours as well; a REQUEST does not, since
// EDK2 gathers offers for 4 s before it sends one (Dhcp4Io.c). For the client a second
// OFFER or ACK is one that the network has doubled.
func (p *port) losesPackets(x *exchange) bool {
	if x.sight.Firmware == machine.NoFirmware {
		return false
	}
	now := p.Now()
	if x.m.Secs > 0 && x.kind == packet.Discover {
		p.lossy.Store(now.Add(lossyFor).UnixMilli())
	}
	return x.m.Secs > 0 || now.UnixMilli() < p.lossy.Load()
}

// sendAgain repeats an answer a little later. Its loss is no error.
func (p *port) sendAgain(data []byte, to netip.AddrPort, hw net.HardwareAddr) {
	data, hw = slices.Clone(data), slices.Clone(hw)
	time.AfterFunc(againAfter, func() { _ = p.conn.Write(data, to, hw) })
}
