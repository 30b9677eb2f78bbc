//go:build e2e

package e2e

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// caller sends DHCP messages of any MAC from an interface, and hears all that
// is broadcast in answer.
type caller struct {
	t    *testing.T
	k    *segment.Kernel
	conn segment.UDP
	from *space
}

// newCaller needs an address on the interface; the servers never see it.
func newCaller(t *testing.T, s *space, iface, addr string) *caller {
	t.Helper()
	s.ip(t, "addr replace "+addr+" dev "+iface)
	c := &caller{t: t, from: s}
	err := s.do(func() (err error) {
		if c.k, err = segment.OpenKernel(iface, nil); err == nil {
			c.conn, err = c.k.ListenUDP(packet.ClientPort)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func (c *caller) close() { c.conn.Close(); c.k.Close() }

// say broadcasts a message of that MAC.
func (c *caller) say(mac string, k packet.MessageType, opts ...packet.Option) {
	c.t.Helper()
	hw, err := net.ParseMAC(mac)
	if err != nil {
		c.t.Fatal(err)
	}
	m := packet.Message{Op: packet.OpRequest, HType: packet.Ethernet, HLen: 6, XID: 0x5eedbed, Flags: packet.FlagBroadcast,
		Options: append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(k)}}}, opts...)}
	copy(m.CHAddr[:], hw)
	if err := c.conn.Write(m.Append(nil, 1400), netip.MustParseAddrPort("255.255.255.255:67"), segment.Broadcast); err != nil {
		c.t.Fatal(err)
	}
}

// hear gives the answers that come within the limit, or until enough says so.
func (c *caller) hear(limit time.Duration, enough func([]packet.Message) bool) (all []packet.Message) {
	c.t.Helper()
	heard, done := make(chan packet.Message, 64), make(chan struct{})
	go func() {
		defer close(done)
		for {
			buf := make([]byte, 2048)
			p, err := c.conn.Read(buf)
			if err != nil {
				return
			}
			var m packet.Message
			if packet.Parse(p.Data, &m) == nil && m.Op == packet.OpReply && m.XID == 0x5eedbed {
				heard <- m
			}
		}
	}()
	// One question a caller: the port is closed with it.
	defer func() { c.close(); <-done }()
	end := time.After(limit)
	for {
		select {
		case m := <-heard:
			if all = append(all, m); enough != nil && enough(all) {
				return all
			}
		case <-end:
			return all
		}
	}
}

// rom are the options of a network card's ROM.
func rom(arch byte) []packet.Option {
	class := "PXEClient:Arch:0000" + string('0'+arch) + ":UNDI:003016"
	return []packet.Option{
		{Code: packet.OptParameters, Data: []byte{1, 3, 6, 43, 60, 66, 67}}, {Code: packet.OptMaxSize, Data: []byte{5, 192}},
		{Code: packet.OptUUID, Data: append([]byte{0}, "0123456789abcdef"...)}, {Code: packet.OptArch, Data: []byte{0, arch}},
		{Code: packet.OptVendorClass, Data: []byte(class)},
	}
}
