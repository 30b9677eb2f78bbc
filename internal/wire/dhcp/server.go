package dhcp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// Desk knows machines and decides what they boot. It is called from many
// goroutines at once.
type Desk interface {
	Identify(machine.Sighting) machine.Machine
	Decide(machine.Machine, machine.Sighting, boot.Place) boot.Decision
}

// Server answers DHCP and BOOTP (RFC 2131, RFC 951). One Server may serve
// several segments. Its fields are fixed once Serve was called.
type Server struct {
	Book *lease.Book
	Desk Desk
	// Report hears each step of the boot path, nil for nobody. It is called
	// before the answer goes out and holds that answer up.
	Report func(install.Event)
	Log    *slog.Logger
	// Authoritative says whether to refuse clients of our subnets that we do
	// not know; asked with each message. nil: no.
	Authoritative func() bool
	// Rebuilding says whether records of leases were lost, so that clients are
	// believed and addresses probed first; asked with each message. nil: no.
	Rebuilding func() bool
	// Notice is told, in one sentence, of what a person should look at and
	// what is no machine's boot: a pool that is empty, an address in strange
	// hands. nil for nobody.
	Notice   func(text string)
	HTTPPort uint16           // of this server, for boot.Place
	Now      func() time.Time // nil: time.Now
	Workers  int              // how many may wait for the disk at once on a segment; 0: 32

	// Proxy: beside another DHCP server, which gives the addresses. Boot files
	// only, on ports 67 and 4011 (PXE 2.1 section 2.5); the Book then only
	// tells subnets.
	Proxy bool
	// Heard is told, as a proxy, who uses which address by its own word.
	Heard func(machine.MAC, netip.Addr, time.Time)
	// Rival is told of another server whose offer a client on the segment
	// took. It may be called often.
	Rival func(segment string, server netip.Addr)
	// Before is called once the ports of a segment are open and before the
	// first answer; what arrives meanwhile waits. Its error ends Serve.
	Before func(context.Context, segment.Info) error

	mu     sync.Mutex
	own    map[netip.Addr]bool   // our addresses on every segment served
	cards  map[machine.MAC]bool  // and our MACs: what they ask is our own probing
	warned map[netip.Prefix]bool // subnets that a warning about DNS was given for
	seen   map[string]facts      // by machine, what was last reported of it
	hushed map[string]time.Time  // by text, when a repeated warning may be given again
	guests map[guest]time.Time   // as a proxy, until when who was offered a boot file may ask on

	counts Counts
}

// Counts are the server's counters since its start.
type Counts struct {
	Received, Sent                    atomic.Uint64
	Malformed, Dropped, Panics, Muted atomic.Uint64 // not parsed; queue full; our defects; not answered
	Exhausted, Unwritten, Unsent      atomic.Uint64 // of the muted: no free address, no commit; not taken by the wire
	Again                             atomic.Uint64 // answers sent more than once, to firmware on a wire that loses packets

	// By packet.MessageType; 0 is BOOTP, and every type that is not known.
	Heard, Said [packet.Inform + 1]atomic.Uint64
}

// Counts gives the live counters.
func (s *Server) Counts() *Counts { return &s.counts }

const (
	queueLen    = 4096 // as many as the kernel holds for us; a rack of machines fits
	readOnce    = 128  // datagrams
	waitMost    = 2048 // DISCOVERs that wait, for a fraction of a second
	offerOnce   = 32   // DISCOVERs served in one round: a relay's socket holds some 160 answers
	crowd       = 4    // datagrams at once from which on more are waited for
	crowdWait   = time.Millisecond
	quickLen    = 32 // workers for what needs no commit
	maxDatagram = 4096
)

// Serve answers on the segment's port 67, as a proxy on 4011 too, until ctx
// ends, then gives nil. A port that cannot be had is a fault.
func (s *Server) Serve(ctx context.Context, seg segment.Segment) error {
	info := seg.Info()
	numbers := []uint16{packet.ServerPort}
	if s.Proxy {
		numbers = append(numbers, packet.BootPort)
	}
	var ports []*port
	end := func() {
		for _, p := range ports {
			p.conn.Close()
		}
	}
	defer end()
	for _, n := range numbers {
		conn, err := seg.ListenUDP(n)
		if err != nil {
			return fmt.Errorf("listening for DHCP on %s: %w", info.Name, err)
		}
		p := s.open(info, conn)
		p.number = n
		ports = append(ports, p)
	}
	defer context.AfterFunc(ctx, end)()
	if s.Before != nil {
		if err := s.Before(ctx, info); err != nil && ctx.Err() == nil {
			return err
		}
	}
	ended := make(chan error, len(ports))
	for _, p := range ports {
		go func() { ended <- p.run() }()
	}
	err := <-ended
	end()
	for range ports[1:] {
		<-ended
	}
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fault.Wrap(err, fault.Unavailable, "is the interface still there?", "receiving DHCP on %s", info.Name)
}

// open registers a segment. Its own address is never leased.
func (s *Server) open(info segment.Info, conn segment.UDP) *port {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	addr := info.Addr.Addr()
	s.Book.Exclude(addr)
	p := &port{
		Server: s, info: info, addr: addr, conn: conn, number: packet.ServerPort,
		quick: make(chan *exchange, queueLen), slow: make(chan *exchange, queueLen),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own == nil {
		s.own, s.warned = map[netip.Addr]bool{}, map[netip.Prefix]bool{}
		s.seen, s.hushed = map[string]facts{}, map[string]time.Time{}
		s.cards, s.guests = map[machine.MAC]bool{}, map[guest]time.Time{}
	}
	s.own[addr] = true
	if len(info.MAC) == len(machine.MAC{}) {
		s.cards[machine.MAC(info.MAC)] = true
	}
	if s.Proxy {
		return p
	}
	for _, sub := range s.Book.Subnets() {
		if !s.warned[sub.Network] && !givesDNS(sub) {
			s.warned[sub.Network] = true
			s.Log.Warn("this subnet hands out no DNS server: installers will stop and ask for one (netcfg/get_nameservers); set dns: for it",
				"subnet", sub.Network)
		}
	}
	if s.Book.SubnetFor(addr) == nil {
		s.Log.Warn("no subnet in the settings holds this interface's address: only relayed requests will be answered",
			"iface", info.Name, "subnet", info.Addr)
	}
	return p
}

func givesDNS(s *lease.Subnet) bool {
	for _, o := range s.Options {
		if o.Code == packet.OptDNS && len(o.Data) >= 4 {
			return true
		}
	}
	return len(s.DNS) > 0
}

// isOwn says whether the address is ours on any segment.
func (s *Server) isOwn(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own[a]
}

// isOwnCard says whether a message comes from one of our interfaces.
func (s *Server) isOwnCard(m *packet.Message) bool {
	mac := ethernet(m)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cards[mac] && !mac.IsZero()
}

// hush says whether a warning that may come with every packet was given less
// than a minute ago.
func (s *Server) hush(text string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.hushed[text]) {
		return true
	}
	if len(s.hushed) > 1000 {
		clear(s.hushed)
	}
	s.hushed[text] = now.Add(time.Minute)
	return false
}
