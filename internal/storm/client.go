package storm

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

type state uint8

const (
	off state = iota
	selecting
	requesting
	loading // has its address, and loads what it was told to
	done
)

// client is one machine.
type client struct {
	mac   [6]byte
	xid   uint32
	kind  Firmware
	state state
	try   int       // of the present message
	secs  uint16    // as the message says it
	due   time.Time // when it speaks next
	began time.Time

	started time.Time // this DISCOVER's first try
	story   []told

	offered, server netip.Addr
	marked          bool // the offer is
	address         netip.Addr
	next            netip.Addr // where file is
	file            string
	took            time.Duration
	phases          []phase // what it loaded
	failure         string  // why it loads no more
	again           int     // messages sent again
	restarts, naks  int
}

// newClient makes the i-th machine. Its MAC is locally administered (02:…).
func newClient(i int, seed uint64, kind Firmware) *client {
	c := &client{kind: kind, xid: uint32(seed)<<20 ^ uint32(i) + 1}
	c.mac[0], c.mac[1] = 2, byte(seed)
	binary.BigEndian.PutUint32(c.mac[2:], uint32(i)+1)
	return c
}

// restart begins with DISCOVER, as a new exchange.
func (c *client) restart() {
	if c.state != off {
		c.xid++
	}
	c.state, c.try, c.marked = selecting, 0, false
	c.offered, c.server = netip.Addr{}, netip.Addr{}
}

// request asks for what was offered.
func (c *client) request() { c.state, c.try = requesting, 0 }

// Firmware is what the machines have.
type Firmware string

// The kinds of firmware.
const (
	UEFI     Firmware = "uefi" // for x64, as the others but BIOS are
	BIOS     Firmware = "bios"
	UEFIHTTP Firmware = "uefi-http"
	IPXEROM  Firmware = "ipxe" // in the network card
)

// options say which firmware it is.
func (f Firmware) options() []packet.Option {
	arch, class := byte(7), "PXEClient"
	switch f {
	case BIOS:
		arch = 0
	case UEFIHTTP:
		arch, class = 16, "HTTPClient"
	}
	opts := []packet.Option{
		{Code: packet.OptArch, Data: []byte{0, arch}},
		{Code: packet.OptVendorClass, Data: fmt.Appendf(nil, "%s:Arch:%05d:UNDI:003016", class, arch)},
	}
	if f == IPXEROM { // it can menus (39) and HTTP (19)
		opts = append(opts, packet.Option{Code: packet.OptUserClass, Data: []byte("iPXE")},
			packet.Option{Code: packet.OptIPXE, Data: []byte{19, 1, 1, 39, 1, 1}})
	}
	return opts
}

// message is what EDK2's PXE sends in this state (PXE 2.1 table 2-1). A
// REQUEST has the secs of the last DISCOVER (Dhcp4Io.c, DhcpSendMessage), as
// RFC 2131 section 4.4.1 wants.
func (c *client) message(now time.Time, broadcast bool) ([]byte, packet.MessageType) {
	kind := packet.Discover
	if c.state == selecting {
		c.secs = uint16(min(now.Sub(c.started)/time.Second, 0xffff))
	}
	var uuid [17]byte
	copy(uuid[1:], "storm")
	copy(uuid[11:], c.mac[:])
	m := packet.Message{
		Op: packet.OpRequest, HType: packet.Ethernet, HLen: 6, XID: c.xid,
		Secs: c.secs,
	}
	if broadcast {
		m.Flags = packet.FlagBroadcast
	}
	copy(m.CHAddr[:], c.mac[:])
	opts := []packet.Option{
		{Code: packet.OptMaxSize, Data: []byte{0x05, 0xc0}},
		{Code: packet.OptParameters, Data: asked},
		{Code: packet.OptUUID, Data: uuid[:]},
		{Code: 94, Data: []byte{1, 3, 16}}, // UNDI 3.16
	}
	opts = append(opts, c.kind.options()...)
	if c.state == requesting {
		kind = packet.Request
		opts = append(opts, packet.Option{Code: packet.OptRequested, Data: c.offered.AsSlice()})
		if c.server.IsValid() {
			opts = append(opts, packet.Option{Code: packet.OptServerID, Data: c.server.AsSlice()})
		}
	}
	m.Options = append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}}, opts...)
	return m.Append(nil, 1472), kind
}

// asked is EDK2's parameter request list.
var asked = []byte{1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135}
