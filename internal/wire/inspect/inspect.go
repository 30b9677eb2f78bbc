package inspect

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/core/symptom"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

const (
	// patience is how long answers are waited for. A server that pings an
	// address before it offers it takes up to three seconds (dnsmasq); a
	// DHCPINFORM, which takes an address to ask from, it answers at once.
	patience  = 2800 * time.Millisecond
	addressed = time.Second // what more it takes without one
	again     = time.Second // a question may be lost
	settled   = 1200 * time.Millisecond
)

// Look inspects an interface: its link and addresses at once, and the servers
// on its wire for three seconds (four without an address), less when ctx ends. The error is that
// of an interface that is not there or may not be heard; what could be found
// out is given all the same.
func Look(ctx context.Context, ifname string) (symptom.Wire, error) {
	w, iface, err := link(ifname)
	if err != nil {
		return w, err
	}
	if !w.Up || !w.Carrier || iface.Flags&net.FlagLoopback != 0 {
		return w, nil // nobody can answer
	}
	tap, err := segment.OpenTap(ifname)
	if err != nil {
		return w, err
	}
	defer tap.Close()
	w.Asked = true
	found, err := ask(ctx, tap, w.Addresses)
	w.Servers = append(w.Servers, found...)
	if errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.ENETDOWN) {
		// The link has just gone; the kernel tells so within a second.
		time.Sleep(settled)
		if now, _, lerr := link(ifname); lerr == nil && !now.Carrier {
			w.Up, w.Carrier, err = now.Up, false, nil
		}
	}
	if err != nil {
		return w, fmt.Errorf("asking for DHCP servers on %s: %w", ifname, err)
	}
	return w, nil
}

// link is what the kernel knows of the interface.
func link(ifname string) (symptom.Wire, *net.Interface, error) {
	w := symptom.Wire{Name: ifname, Addresses: []netip.Prefix{}, Servers: []symptom.Server{}}
	iface, err := net.InterfaceByName(ifname)
	if err != nil {
		return w, nil, err
	}
	w.Present = true
	w.Up = iface.Flags&net.FlagUp != 0
	w.Carrier = iface.Flags&net.FlagRunning != 0 // IFF_RUNNING follows the carrier (netdevice(7))
	if len(iface.HardwareAddr) == len(w.MAC) {
		copy(w.MAC[:], iface.HardwareAddr)
	}
	all, err := iface.Addrs()
	if err != nil {
		return w, iface, err
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			ip, _ := netip.AddrFromSlice(n.IP.To4())
			bits, _ := n.Mask.Size()
			w.Addresses = append(w.Addresses, netip.PrefixFrom(ip, bits))
		}
	}
	return w, iface, nil
}

// asking is the exchange of one Look.
type asking struct {
	tap    *segment.Tap
	addrs  []netip.Prefix
	leases uint32 // the transaction of each question
	boots  uint32
	inform uint32
	found  []symptom.Server
}

func ask(ctx context.Context, tap *segment.Tap, addrs []netip.Prefix) ([]symptom.Server, error) {
	first := rand.Uint32() | 1
	a := &asking{tap: tap, addrs: addrs, leases: first, boots: first + 2, inform: first + 4}
	defer context.AfterFunc(ctx, func() { tap.SetDeadline(time.Unix(1, 0)) })()
	end := time.Now().Add(patience)
	if len(addrs) == 0 {
		end = end.Add(addressed)
	}
	start := time.Now()
	for next := start; time.Now().Before(end) && ctx.Err() == nil; next = next.Add(again) {
		if err := a.send(next.Equal(start)); err != nil {
			return a.found, err
		}
		until := next.Add(again)
		if until.Add(again).After(end) {
			until = end
		}
		tap.SetDeadline(until)
		if err := a.hear(); err != nil {
			return a.found, err
		}
		if until.Equal(end) {
			break
		}
	}
	return a.found, nil
}

// send asks: what a server tells who has an address already, an address, and a
// boot file for the most common firmware. The first time it asks as firmware
// alone: a server that pings takes three seconds for each question.
func (a *asking) send(first bool) error {
	var err error
	if len(a.addrs) > 0 {
		err = a.broadcast(a.inform, packet.Inform, a.addrs[0].Addr(), nil)
	}
	if !first {
		err = errors.Join(err, a.broadcast(a.leases, packet.Discover, netip.IPv4Unspecified(), nil))
	}
	return errors.Join(err,
		a.broadcast(a.boots, packet.Discover, netip.IPv4Unspecified(), []packet.Option{
			{Code: packet.OptVendorClass, Data: []byte("PXEClient:Arch:00007:UNDI:003016")},
			{Code: packet.OptArch, Data: []byte{0, 7}},
			{Code: 94, Data: []byte{1, 3, 16}}, // RFC 4578: the network interface's version
			{Code: packet.OptUUID, Data: make([]byte, 17)},
		}))
}

func (a *asking) broadcast(xid uint32, kind packet.MessageType, from netip.Addr, more []packet.Option) error {
	mac := a.tap.Interface().HardwareAddr
	m := packet.Message{Op: packet.OpRequest, HType: packet.Ethernet, HLen: uint8(len(mac)), XID: xid, Flags: packet.FlagBroadcast, CIAddr: from,
		Options: append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}},
			{Code: packet.OptParameters, Data: []byte{packet.OptMask, packet.OptRouter, packet.OptDNS, packet.OptTFTPServer, packet.OptBootFile}}}, more...)}
	copy(m.CHAddr[:], mac)
	return a.tap.Send(segment.BuildUDP(segment.UDPFrame{Src: mac, Dst: segment.Broadcast,
		From: netip.AddrPortFrom(from, packet.ClientPort), To: netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), packet.ServerPort),
		Data: m.Append(nil, 576)}))
}

// hear collects answers until the tap's deadline.
func (a *asking) hear() error {
	var m packet.Message
	for {
		frame, _, err := a.tap.Read()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
		u, ok := segment.ParseUnsummed(frame)
		if !ok || u.From.Port() != packet.ServerPort || packet.Parse(u.Data, &m) != nil || m.Op != packet.OpReply {
			continue
		}
		if m.XID == a.leases || m.XID == a.boots || m.XID == a.inform {
			a.note(u, &m)
		}
	}
}

// note enters an answer; each server is told once, with all that it said.
func (a *asking) note(u segment.UDPFrame, m *packet.Message) {
	id := m.Addr(packet.OptServerID)
	if !packet.Known(id).IsValid() {
		id = u.From.Addr()
	}
	s := symptom.Server{Address: id, Relay: packet.Known(m.GIAddr)}
	copy(s.MAC[:], u.Src)
	i := len(a.found)
	for j, x := range a.found {
		if x.Address == id && x.MAC == s.MAC {
			i = j
		}
	}
	if i == len(a.found) {
		a.found = append(a.found, s)
	}
	x := &a.found[i]
	if s.Relay.IsValid() {
		x.Relay = s.Relay
	}
	if y := packet.Known(m.YIAddr); y.IsValid() {
		bits := 32
		if mask := m.Get(packet.OptMask); len(mask) == 4 {
			bits, _ = net.IPMask(mask).Size()
		}
		x.Offers = netip.PrefixFrom(y, bits)
		if t := m.Get(packet.OptLeaseTime); len(t) == 4 {
			x.Term = time.Duration(binary.BigEndian.Uint32(t)) * time.Second
		}
	}
	x.Informs = x.Informs || m.XID == a.inform
	if m.XID != a.boots {
		return
	}
	if m.File != "" {
		x.BootFile = m.File
	}
	if f := m.Get(packet.OptBootFile); len(f) > 0 {
		x.BootFile = string(f)
	}
	if n := packet.Known(m.SIAddr); n.IsValid() {
		x.NextServer = n
	}
	x.Boots = x.Boots || x.BootFile != "" || strings.HasPrefix(string(m.Get(packet.OptVendorClass)), "PXEClient")
}
