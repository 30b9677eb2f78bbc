package dhcp

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

var (
	t0     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server = ip("192.168.0.150")
)

// client is a machine on the wire.
type client struct {
	m    packet.Message
	from netip.AddrPort
	to   netip.Addr
}

func newClient(i int) *client {
	c := &client{m: packet.Message{Op: packet.OpRequest, HType: 1, HLen: 6, XID: 0x1000 + uint32(i)}, to: everybody,
		from: netip.AddrPortFrom(netip.IPv4Unspecified(), packet.ClientPort)}
	copy(c.m.CHAddr[:], []byte{0, 0x0c, 0x29, 0x83, byte(i >> 8), byte(i)})
	return c
}

func (c *client) message(k packet.MessageType, opts ...packet.Option) []byte {
	m := c.m
	if m.Options = opts; k != 0 {
		m.Options = append([]packet.Option{{Code: packet.OptMessageType, Data: []byte{byte(k)}}}, opts...)
	}
	return m.Append(nil, 1500)
}

// pxeROM are the options of a PXE ROM (PXE 2.1 table 2-1).
func pxeROM(a machine.Arch) []packet.Option {
	return []packet.Option{
		{Code: packet.OptParameters, Data: []byte{packet.OptMask, packet.OptRouter, packet.OptDNS, packet.OptVendor, packet.OptVendorClass, packet.OptTFTPServer, packet.OptBootFile, packet.OptTFTPServers}},
		{Code: packet.OptMaxSize, Data: []byte{5, 192}},
		{Code: packet.OptUUID, Data: append([]byte{0}, "0123456789abcdef"...)},
		{Code: packet.OptArch, Data: []byte{byte(a >> 8), byte(a)}},
		{Code: packet.OptVendorClass, Data: fmt.Appendf(nil, "PXEClient:Arch:%05d:UNDI:003016", a)},
	}
}

func addrOpt(code uint8, s string) packet.Option {
	a := ip(s).As4()
	return packet.Option{Code: code, Data: a[:]}
}

// sent is one answer as it left.
type sent struct {
	m   packet.Message
	raw []byte
	to  netip.AddrPort
	hw  net.HardwareAddr
}

// fakeUDP keeps what is written; Read is fed by a channel.
type fakeUDP struct {
	mu   sync.Mutex
	out  []sent
	in   chan segment.Packet
	wake chan sent
}

func (f *fakeUDP) Read(buf []byte) (segment.Packet, error) {
	p, ok := <-f.in
	if !ok {
		return p, net.ErrClosed
	}
	p.Data = buf[:copy(buf, p.Data)]
	return p, nil
}

func (f *fakeUDP) Write(data []byte, to netip.AddrPort, hw net.HardwareAddr) error {
	s := sent{raw: slices.Clone(data), to: to, hw: slices.Clone(hw)}
	if err := packet.Parse(s.raw, &s.m); err != nil {
		return err
	}
	f.mu.Lock()
	f.out = append(f.out, s)
	f.mu.Unlock()
	if f.wake != nil {
		f.wake <- s
	}
	return nil
}

func (f *fakeUDP) Close() error { return nil }

// fakeDesk decides by firmware.
type fakeDesk struct {
	mu      sync.Mutex
	roster  *machine.Roster
	decide  map[machine.Firmware]boot.Decision
	places  []boot.Place
	explode bool
}

func (d *fakeDesk) Identify(s machine.Sighting) machine.Machine {
	if d.explode {
		panic("a defect")
	}
	m, _ := d.roster.Identify(s)
	return m
}

func (d *fakeDesk) Decide(m machine.Machine, s machine.Sighting, p boot.Place) boot.Decision {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.places = append(d.places, p)
	dec := d.decide[s.Firmware]
	dec.Machine = m.Name
	return dec
}

type memStore struct {
	err     error
	commits int
	before  func()
}

func (s *memStore) CommitLeases([]lease.Lease) error {
	if s.before != nil {
		s.before()
	}
	s.commits++
	return s.err
}
func (s *memStore) Leases() ([]lease.Lease, error) { return nil, nil }

// rig is a server with everything faked around it.
type rig struct {
	*testing.T
	srv    *Server
	port   *port
	udp    *fakeUDP
	desk   *fakeDesk
	store  *memStore
	log    *bytes.Buffer
	events []install.Event
	now    time.Time
	modest bool // not authoritative
}

// classic is the subnet of the classic setup.
func classic() lease.Subnet {
	return lease.Subnet{
		Network: netip.MustParsePrefix("192.168.0.0/24"), Gateway: ip("192.168.0.1"), DNS: []netip.Addr{ip("192.168.0.1")},
		NTP: []netip.Addr{ip("192.168.0.1")}, Domain: "mydomain.example",
		Pools:     []lease.Range{{First: ip("192.168.0.210"), Last: ip("192.168.0.220")}},
		LeaseTime: 10 * time.Minute, MaxLease: 2 * time.Hour,
	}
}

func newRig(t *testing.T, change ...func(*lease.Config)) *rig {
	r := &rig{T: t, udp: &fakeUDP{}, store: &memStore{}, log: &bytes.Buffer{}, now: t0}
	cfg := lease.Config{Store: r.store, Subnets: []lease.Subnet{classic(),
		{Network: netip.MustParsePrefix("10.1.0.0/24"), DNS: []netip.Addr{ip("10.1.0.1")}, Pools: []lease.Range{{First: ip("10.1.0.10"), Last: ip("10.1.0.20")}}}},
		Reservations: []lease.Reservation{{Machine: "node1", MACs: []machine.MAC{{0, 0x0c, 0x29, 0x83, 0, 99}}, Address: ip("192.168.0.214")}},
	}
	for _, f := range change {
		f(&cfg)
	}
	loads := func(name string) boot.Decision { return boot.Decision{Kind: boot.Loader, BootFile: name, Why: "test"} }
	r.desk = &fakeDesk{roster: machine.NewRoster(nil), decide: map[machine.Firmware]boot.Decision{
		machine.BIOS: loads("pxelinux.0"), machine.UEFI: loads("shimx64.efi"), machine.IPXE: loads("http://192.168.0.150/boot.ipxe"),
		machine.UEFIHTTP: loads("http://192.168.0.150/boot/shimx64.efi"),
	}}
	r.srv = &Server{Book: lease.New(cfg, nil), Desk: r.desk, HTTPPort: 80,
		Authoritative: func() bool { return !r.modest },
		Log:           slog.New(slog.NewTextHandler(r.log, nil)),
		Report:        func(e install.Event) { r.events = append(r.events, e) },
		Now:           func() time.Time { return r.now }}
	r.port = r.srv.open(segment.Info{Name: "eth1", Addr: netip.MustParsePrefix("192.168.0.150/24"), MTU: 1500}, r.udp)
	r.port.again.after = func(time.Duration, func()) *time.Timer { return time.NewTimer(0) } // again_test.go looks at that
	return r
}

// say sends a message and gives the answer, nil for silence.
func (r *rig) say(c *client, k packet.MessageType, opts ...packet.Option) *sent {
	r.Helper()
	r.udp.out = nil
	x := &exchange{from: c.from, to: netip.AddrPortFrom(c.to, packet.ServerPort)}
	x.n = copy(x.buf[:], c.message(k, opts...))
	r.port.guard(x, r.port.sort)
	if x.queue != nil {
		r.port.guard(x, r.port.serve)
	}
	switch len(r.udp.out) {
	case 0:
		return nil
	case 1:
		return &r.udp.out[0]
	}
	r.Fatalf("%d answers", len(r.udp.out))
	return nil
}

func (r *rig) must(s *sent, k packet.MessageType) *sent {
	r.Helper()
	if s == nil {
		r.Fatalf("silence, want %v\n%s", k, r.log)
	}
	if s.m.Type() != k {
		r.Fatalf("got %v %q, want %v", s.m.Type(), s.m.Get(packet.OptText), k)
	}
	return s
}

// boot leads a client to its address.
func (r *rig) boot(c *client, opts ...packet.Option) *sent {
	r.Helper()
	o := r.must(r.say(c, packet.Discover, opts...), packet.Offer)
	return r.must(r.say(c, packet.Request, append([]packet.Option{addrOpt(packet.OptRequested, o.m.YIAddr.String()), {Code: packet.OptServerID, Data: o.m.Get(packet.OptServerID)}}, opts...)...), packet.Ack)
}

func (r *rig) silent(s *sent) {
	r.Helper()
	if s != nil {
		r.Fatalf("want silence, got %v", s.m.Type())
	}
}

func (r *rig) steps() string {
	var s []string
	for _, e := range r.events {
		s = append(s, string(e.Step))
	}
	return strings.Join(s, " ")
}

func TestBootPathIsReportedInItsWordsAndLoggedInDhcpds(t *testing.T) {
	r := newRig(t)
	c := newClient(1)
	r.boot(c, append(pxeROM(machine.ArchBIOS), packet.Option{Code: packet.OptHostName, Data: []byte("node7")})...)
	if s := r.steps(); s != "sighted identified decided offered addressed" {
		t.Errorf("got %s", s)
	}
	for _, e := range r.events {
		if e.Machine != "m-000c29830001" || !e.At.Equal(t0) {
			t.Errorf("%+v", e)
		}
	}
	for _, want := range []string{
		"DHCPDISCOVER from 00:0c:29:83:00:01 (node7) via eth1",
		"DHCPOFFER on 192.168.0.210 to 00:0c:29:83:00:01 (node7) via eth1",
		"DHCPREQUEST for 192.168.0.210 from 00:0c:29:83:00:01 (node7) via eth1",
		"DHCPACK on 192.168.0.210 to 00:0c:29:83:00:01 (node7) via eth1",
	} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("log lacks %q", want)
		}
	}
	r.events = nil
	r.say(c, packet.Discover, pxeROM(machine.ArchBIOS)...)
	if s := r.steps(); strings.Contains(s, "sighted") {
		t.Errorf("a retransmission was reported again: %s", s)
	}
}

func TestFailedCommitIsSilence(t *testing.T) {
	r := newRig(t)
	o := r.must(r.say(newClient(1), packet.Discover), packet.Offer)
	r.store.err = errors.New("disk full")
	r.store.before = func() {
		if len(r.udp.out) > 0 {
			t.Error("D20: answered before the commit returned")
		}
	}
	r.silent(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, o.m.YIAddr.String()), addrOpt(packet.OptServerID, server.String())))
	r.store.err = nil
	r.must(r.say(newClient(1), packet.Request, addrOpt(packet.OptRequested, o.m.YIAddr.String()), addrOpt(packet.OptServerID, server.String())), packet.Ack)
}

func TestDefectInOnePacketDoesNotEndTheServer(t *testing.T) {
	r := newRig(t)
	r.desk.explode = true
	r.silent(r.say(newClient(1), packet.Discover))
	if r.srv.Counts().Panics.Load() != 1 {
		t.Error("not counted")
	}
	r.desk.explode = false
	r.must(r.say(newClient(1), packet.Discover), packet.Offer)
}

func TestSubnetWithoutDNSIsALoudWarningOnce(t *testing.T) {
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].DNS = nil })
	r.srv.open(r.port.info, r.udp)
	if n := strings.Count(r.log.String(), "netcfg/get_nameservers"); n != 1 {
		t.Errorf("%d warnings, want 1\n%s", n, r.log)
	}
	r = newRig(t, func(c *lease.Config) {
		c.Subnets[0].DNS, c.Subnets[0].Options = nil, []lease.Option{{Code: packet.OptDNS, Data: []byte{1, 1, 1, 1}}}
	})
	if strings.Contains(r.log.String(), "DNS") {
		t.Error("warned although options: hands DNS out")
	}
}

func TestExhaustedPoolIsSilenceAndOneWarningAMinute(t *testing.T) {
	r := newRig(t, func(c *lease.Config) { c.Subnets[0].Pools[0].Last = ip("192.168.0.211") })
	for i := range 6 {
		s := r.say(newClient(i), packet.Discover)
		if (s != nil) != (i < 2) {
			t.Fatalf("client %d: %v", i, s)
		}
	}
	if n := strings.Count(r.log.String(), "no free leases"); n != 1 {
		t.Errorf("D38: %d warnings", n)
	}
	r.now = r.now.Add(61 * time.Second)
	r.silent(r.say(newClient(4), packet.Discover))
	if n := strings.Count(r.log.String(), "no free leases"); n != 2 {
		t.Errorf("D38: %d warnings a minute later, want 2", n)
	}
}

func TestSlowDiskHoldsUpNoOffer(t *testing.T) {
	r := newRig(t)
	gate := make(chan struct{})
	r.store.before = func() { <-gate }
	r.udp.in, r.udp.wake = make(chan segment.Packet), make(chan sent, 16)
	done := make(chan error)
	r.srv.Report = nil
	r.port.Workers = 1
	go func() { done <- r.port.run() }()
	push := func(c *client, k packet.MessageType, opts ...packet.Option) {
		r.udp.in <- segment.Packet{Data: c.message(k, opts...), From: c.from, To: netip.AddrPortFrom(everybody, packet.ServerPort)}
	}
	for i := range 3 { // the one worker and its queue hang
		push(newClient(i), packet.Request, addrOpt(packet.OptRequested, fmt.Sprintf("192.168.0.%d", 218+i)), addrOpt(packet.OptServerID, server.String()))
	}
	push(newClient(7), packet.Discover)
	if s := <-r.udp.wake; s.m.Type() != packet.Offer {
		t.Errorf("got %v", s.m.Type())
	}
	close(gate)
	for range 3 {
		if s := <-r.udp.wake; s.m.Type() != packet.Ack {
			t.Errorf("got %v", s.m.Type())
		}
	}
	close(r.udp.in)
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
