package storm

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// script is a server that answers as a test says, and notes when it was asked.
type script struct {
	t      *testing.T
	begin  time.Time
	asked  []string
	xids   []uint32
	answer func(m *packet.Message) packet.MessageType // 0: nothing
	opts   []packet.Option
	out    chan []byte
}

func (s *script) Send(frame []byte) error {
	var m packet.Message
	u, ok := segment.ParseUDP(frame)
	if !ok || packet.Parse(u.Data, &m) != nil {
		s.t.Error("no DHCP message")
		return nil
	}
	s.asked = append(s.asked, fmt.Sprintf("%v:%g:%d", strings.TrimPrefix(m.Type().String(), "DHCP"), time.Since(s.begin).Seconds(), m.Secs))
	s.xids = append(s.xids, m.XID)
	kind := s.answer(&m)
	if kind == 0 {
		return nil
	}
	here := netip.MustParseAddr("192.0.2.1")
	r := packet.Message{Op: packet.OpReply, HType: m.HType, HLen: m.HLen, XID: m.XID, CHAddr: m.CHAddr, YIAddr: netip.MustParseAddr("192.0.2.9"),
		Options: append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(kind)}}, {Code: packet.OptServerID, Data: here.AsSlice()}}, s.opts...)}
	s.out <- slices.Clone(segment.BuildUDP(segment.UDPFrame{Src: segment.Broadcast, Dst: segment.Broadcast, Data: r.Append(nil, 1472),
		From: netip.AddrPortFrom(here, packet.ServerPort), To: netip.AddrPortFrom(everybody, packet.ClientPort)}))
	return nil
}

func (s *script) Recv(ctx context.Context) ([]byte, error) {
	select {
	case b := <-s.out:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestFirmwareAsksAsItsSourcesSay(t *testing.T) {
	server := []packet.Option{{Code: packet.OptVendorClass, Data: []byte("PXEClient")}}
	all := func(m *packet.Message) packet.MessageType {
		return map[packet.MessageType]packet.MessageType{packet.Discover: packet.Offer, packet.Request: packet.Ack}[m.Type()]
	}
	offers := func(m *packet.Message) packet.MessageType {
		return map[packet.MessageType]packet.MessageType{packet.Discover: packet.Offer}[m.Type()]
	}
	second := func(m *packet.Message) packet.MessageType {
		if m.Type() == packet.Discover && m.Secs == 0 {
			return 0
		}
		return all(m)
	}
	for _, c := range []struct {
		name     string
		firmware Firmware
		answer   func(*packet.Message) packet.MessageType
		opts     []packet.Option
		want     string
		restarts int
	}{
		{"UEFI gathers offers for its first 4 s", UEFI, all, server, "DISCOVER:0:0 REQUEST:4:0", 0},
		{"and on to the end of its second", UEFI, second, server, "DISCOVER:0:0 DISCOVER:4:4 REQUEST:12:4", 0},
		{"and asks for one four times", UEFI, offers, server, "DISCOVER:0:0 REQUEST:4:0 REQUEST:8:0 REQUEST:16:0 REQUEST:32:0 DISCOVER:64:0 REQUEST:68:0", 1},
		{"UEFI that nobody answers", UEFI, func(*packet.Message) packet.MessageType { return 0 }, nil, "DISCOVER:0:0 DISCOVER:4:4 DISCOVER:12:12 DISCOVER:28:28 DISCOVER:60:0 DISCOVER:64:4", 1},
		{"a BIOS ROM takes a boot server's offer at once", BIOS, all, server, "DISCOVER:0:0 REQUEST:0:0", 0},
		{"another one after its second DISCOVER", BIOS, all, nil, "DISCOVER:0:0 DISCOVER:4:4 REQUEST:12:4", 0},
		{"and asks for one four times within ten seconds", BIOS, offers, server, "DISCOVER:0:0 REQUEST:0:0 REQUEST:1:0 REQUEST:3:0 REQUEST:6:0 DISCOVER:10:0 REQUEST:10:0 REQUEST:11:0 " +
			"REQUEST:13:0 REQUEST:16:0 DISCOVER:20:0", -1},
		{"iPXE takes a boot server's offer at once", IPXEROM, all, server, "DISCOVER:0:0 REQUEST:0:0", 0},
		{"and one that says that there is no proxy", IPXEROM, all, []packet.Option{{Code: packet.OptIPXE, Data: []byte{packet.IPXENoPXEDHCP, 1, 1}}}, "DISCOVER:0:0 REQUEST:0:0", 0},
		{"and waits for proxies otherwise", IPXEROM, all, nil, "DISCOVER:0:0 DISCOVER:1:1 REQUEST:3:1", 0},
		{"and asks for one six times", IPXEROM, offers, server, "DISCOVER:0:0 REQUEST:0:0 REQUEST:0.25:0 REQUEST:0.75:0 REQUEST:1.75:0 REQUEST:3.75:0 REQUEST:7.75:0 DISCOVER:15.75:0", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{t: t, begin: time.Now(), answer: c.answer, opts: c.opts, out: make(chan []byte, 16)}
				r, err := Run(t.Context(), s, Options{Machines: 1, Firmware: c.firmware, Timeout: 69 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Join(s.asked, " ")
				if got != c.want && !(c.restarts < 0 && strings.HasPrefix(got, c.want+" ")) {
					t.Errorf("it asked %s\nwant %s", got, c.want)
				}
				if c.restarts >= 0 && r.Restarts != c.restarts || (r.Restarts > 0) != (s.xids[0] != s.xids[len(s.xids)-1]) {
					t.Errorf("%d restarts, exchanges %x", r.Restarts, s.xids)
				}
				if late := len(r.Late) > 0; late != (r.Acknowledged == 0) {
					t.Errorf("late: %+v", r.Late)
				}
			})
		})
	}
}

func TestWhoIsLateIsToldWithWhatWasLost(t *testing.T) {
	s := &storm{}
	c := newClient(0, 1, UEFI)
	c.state, c.took = done, 61*time.Second
	c.story = []told{{0, packet.Discover, true}, {4 * time.Second, packet.Discover, false}, {4 * time.Second, packet.Offer, true}, {12 * time.Second, packet.Discover, false}}
	s.clients, s.Manners = []*client{c, newClient(1, 1, UEFI)}, EDK2
	got := s.late()
	if len(got) != 1 || got[0].Own != 1 || got[0].Answers != 1 || got[0].Alone || got[0].Seconds != 61 ||
		strings.Join(got[0].Story, ", ") != "0.0 s DISCOVER lost, 4.0 s DISCOVER, 4.0 s OFFER lost, 12.0 s DISCOVER" {
		t.Errorf("%+v", got)
	}
}

func TestWhatItsOwnLossesMakeLate(t *testing.T) {
	d, r := packet.Discover, packet.Request
	lost := func(kinds ...packet.MessageType) (all []told) {
		for _, k := range kinds {
			all = append(all, told{kind: k, lost: true})
		}
		return all
	}
	heard := func(all []told, k packet.MessageType) []told { return append(all, told{kind: k}) }
	for _, c := range []struct {
		name  string
		m     Manners
		story []told
		want  bool
	}{
		{"nothing lost", EDK2, heard(heard(nil, d), r), false},
		{"two DISCOVERs, three REQUESTs, UEFI", EDK2, heard(append(heard(lost(d, d), d), lost(r, r, r)...), r), false},
		{"three DISCOVERs, UEFI", EDK2, heard(lost(d, d, d), d), true},
		{"two DISCOVERs and four REQUESTs, UEFI", EDK2, append(heard(lost(d, d), d), lost(r, r, r, r)...), true},
		{"three DISCOVERs, BIOS", PXE, heard(heard(lost(d, d, d), d), r), false},
		{"four DISCOVERs", PXE, heard(lost(d, d, d, d), d), true},
		{"four REQUESTs, BIOS", PXE, append(heard(nil, d), lost(r, r, r, r)...), false},
		{"answers alone", PXE, append(heard(heard(heard(heard(nil, d), d), d), d), lost(packet.Offer, packet.Offer)...), false},
	} {
		if got := c.m.lateAlone(c.story); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
