package storm

import (
	"encoding/binary"
	"net/netip"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

type state uint8

const (
	off state = iota
	selecting
	requesting
	done
)

// client is one machine with UEFI firmware for x64.
type client struct {
	mac   [6]byte
	xid   uint32
	state state
	try   int       // of the present message
	due   time.Time // when it speaks next
	began time.Time

	offered, server netip.Addr
	address         netip.Addr
	file            string
	took            time.Duration
	again           int // messages sent again
	restarts, naks  int
}

// newClient makes the i-th machine. Its MAC is locally administered (02:…).
func newClient(i int, seed uint64) *client {
	c := &client{xid: uint32(seed)<<20 ^ uint32(i) + 1}
	c.mac[0], c.mac[1] = 2, byte(seed)
	binary.BigEndian.PutUint32(c.mac[2:], uint32(i)+1)
	return c
}

// restart begins with DISCOVER again.
func (c *client) restart() {
	c.state, c.try = selecting, 0
	c.offered, c.server = netip.Addr{}, netip.Addr{}
}

// message is what EDK2's PXE sends in this state (PXE 2.1 table 2-1).
func (c *client) message(now time.Time) []byte {
	kind := packet.Discover
	var uuid [17]byte
	copy(uuid[1:], "storm")
	copy(uuid[11:], c.mac[:])
	m := packet.Message{
		Op: packet.OpRequest, HType: packet.Ethernet, HLen: 6, XID: c.xid,
		Secs: uint16(min(now.Sub(c.began)/time.Second, 0xffff)),
	}
	copy(m.CHAddr[:], c.mac[:])
	opts := []packet.Option{
		{Code: packet.OptMaxSize, Data: []byte{0x05, 0xc0}},
		{Code: packet.OptParameters, Data: asked},
		{Code: packet.OptUUID, Data: uuid[:]},
		{Code: 94, Data: []byte{1, 3, 16}}, // UNDI 3.16
		{Code: packet.OptArch, Data: []byte{0, 7}},
		{Code: packet.OptVendorClass, Data: []byte("PXEClient:Arch:00007:UNDI:003016")},
	}
	if c.state == requesting {
		kind = packet.Request
		opts = append(opts, packet.Option{Code: packet.OptRequested, Data: c.offered.AsSlice()})
		if c.server.IsValid() {
			opts = append(opts, packet.Option{Code: packet.OptServerID, Data: c.server.AsSlice()})
		}
	}
	m.Options = append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}}, opts...)
	return m.Append(nil, 1472)
}

// asked is EDK2's parameter request list.
var asked = []byte{1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135}
