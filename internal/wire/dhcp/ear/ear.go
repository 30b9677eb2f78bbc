package ear

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// Answer is what a server said to a client, or to Ask.
type Answer struct {
	Kind    packet.MessageType // Offer, Ack or Nak
	Server  netip.Addr         // by option 54, else the sender; invalid if neither tells
	MAC     machine.MAC        // the client's; zero where the network is no Ethernet
	Address netip.Addr         // the client's; invalid in a Nak and from a proxy
	Term    time.Duration      // of the lease; zero: not said
	Asked   bool               // it answers Ask
}

// Ear is an open port 68 on one segment.
type Ear struct {
	info segment.Info
	conn segment.UDP
	xid  atomic.Uint32 // of the last question
}

// Open takes the segment's port 68. A DHCP client of this host may hold it
// already: that is a Conflict fault naming the holder.
func Open(seg segment.Segment) (*Ear, error) {
	conn, err := seg.ListenUDP(packet.ClientPort)
	if err != nil {
		return nil, fmt.Errorf("listening to other DHCP servers on %s: %w", seg.Info().Name, err)
	}
	return &Ear{info: seg.Info(), conn: conn}, nil
}

// Run hands each answer to hear until ctx ends, then gives nil.
func (e *Ear) Run(ctx context.Context, hear func(Answer)) error {
	defer e.conn.Close()
	defer context.AfterFunc(ctx, func() { e.conn.Close() })()
	buf := make([]byte, 4096)
	var m packet.Message
	for {
		p, err := e.conn.Read(buf)
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("listening to other DHCP servers on %s: %w", e.info.Name, err)
		}
		if a, ok := read(p, &m, e.xid.Load()); ok {
			hear(a)
		}
	}
}

// read takes an answer from a datagram.
func read(p segment.Packet, m *packet.Message, xid uint32) (Answer, bool) {
	if packet.Parse(p.Data, m) != nil || m.Op != packet.OpReply {
		return Answer{}, false
	}
	a := Answer{Kind: m.Type(), Server: m.Addr(packet.OptServerID), Address: packet.Known(m.YIAddr), Asked: m.XID == xid && xid != 0}
	switch a.Kind {
	case packet.Offer, packet.Ack, packet.Nak:
	default:
		return a, false
	}
	if !a.Server.IsValid() {
		a.Server = packet.Known(p.From.Addr())
	}
	if m.HType == packet.Ethernet && int(m.HLen) == len(a.MAC) {
		copy(a.MAC[:], m.CHAddr[:])
	}
	if d := m.Get(packet.OptLeaseTime); len(d) == 4 {
		a.Term = time.Duration(binary.BigEndian.Uint32(d)) * time.Second
	}
	return a, true
}

// Ask broadcasts a DHCPDISCOVER in the name of the server's own interface, and
// wants the answers broadcast. No offer is ever taken.
func (e *Ear) Ask() error {
	xid := rand.Uint32() | 1
	e.xid.Store(xid)
	m := packet.Message{Op: packet.OpRequest, HType: packet.Ethernet, HLen: uint8(len(machine.MAC{})), XID: xid, Flags: packet.FlagBroadcast,
		Options: []packet.Option{
			{Code: packet.OptMessageType, Data: []byte{byte(packet.Discover)}},
			{Code: packet.OptParameters, Data: []byte{packet.OptMask, packet.OptRouter}},
		}}
	copy(m.CHAddr[:], e.info.MAC)
	everybody := netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), packet.ServerPort)
	if err := e.conn.Write(m.Append(nil, 576), everybody, segment.Broadcast); err != nil {
		return fmt.Errorf("asking for other DHCP servers on %s: %w", e.info.Name, err)
	}
	return nil
}
