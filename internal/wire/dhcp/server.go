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

	// By packet.MessageType; 0 is BOOTP, and every type that is not known.
	Heard, Said [packet.Inform + 1]atomic.Uint64
}

// Counts gives the live counters.
func (s *Server) Counts() *Counts { return &s.counts }

const (
	queueLen    = 4096 // as many as the kernel holds for us; a rack of machines fits
	readOnce    = 64   // datagrams
	crowd       = 4    // datagrams at once from which on more are waited for
	crowdWait   = 300 * time.Microsecond
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

// port is the server at work on one segment.
type port struct {
	*Server
	info   segment.Info
	addr   netip.Addr
	conn   segment.UDP
	number uint16 // 67 or 4011
	// What needs a commit waits in a queue of its own, so that a slow disk
	// holds up no offer. Full queues lose their oldest: its client has asked
	// again since.
	quick, slow chan *exchange
	pool        sync.Pool
	lossy       atomic.Int64 // until when, in Unix ms, this wire is taken to lose packets
}

// run reads until the port fails or is closed, and answers what is under way.
func (p *port) run() error {
	workers := p.Workers
	if workers <= 0 {
		workers = 32
	}
	if p.Proxy {
		workers = quickLen // it waits for no disk
	}
	var wg sync.WaitGroup
	work := func(jobs <-chan *exchange) {
		for x := range jobs {
			p.guard(x, p.serve)
			p.drop(x)
		}
	}
	for range workers {
		wg.Go(func() { work(p.slow) })
	}
	for range quickLen {
		wg.Go(func() { work(p.quick) })
	}
	defer wg.Wait()
	defer close(p.slow)
	defer close(p.quick)
	return p.read()
}

// read takes datagrams, many at once where the segment can, and hands them to
// the workers.
func (p *port) read() error {
	var batch [readOnce]*exchange
	var pkts [readOnce]segment.Packet
	bufs := make([][]byte, 0, readOnce)
	many, ok := p.conn.(segment.Batch)
	for {
		bufs = bufs[:0]
		for i := range batch {
			if batch[i] == nil {
				batch[i], _ = p.pool.Get().(*exchange)
			}
			if batch[i] == nil {
				batch[i] = new(exchange)
			}
			bufs = append(bufs, batch[i].buf[:])
			if !ok {
				break
			}
		}
		n, err := 1, error(nil)
		if ok {
			n, err = many.ReadBatch(bufs, pkts[:])
		} else {
			pkts[0], err = p.conn.Read(bufs[0])
		}
		if err != nil {
			return err
		}
		for i := range n {
			p.take(batch[i], pkts[i])
			batch[i] = nil
		}
		if n >= crowd && n < readOnce {
			// Let some more arrive: fewer wakings, here and at the sender of each.
			time.Sleep(crowdWait)
		}
	}
}

// take sorts one datagram, and answers at once what needs no look at the disk.
func (p *port) take(x *exchange, pkt segment.Packet) {
	p.counts.Received.Add(1)
	x.from, x.to = pkt.From, pkt.To
	x.n = copy(x.buf[:], pkt.Data)
	x.queue = nil
	x.refs.Store(1)
	p.guard(x, p.sort)
	switch {
	case x.queue == nil:
	case p.atOnce(x):
		p.guard(x, p.serve)
	default:
		p.push(x)
		return
	}
	p.drop(x)
}

// atOnce says that answering the message holds nobody up: a commit is only
// begun, and nothing is read from the disk or reported, as for a machine that
// is known. In a crowd of strangers, handing each to a worker would cost more
// than the answer.
func (p *port) atOnce(x *exchange) bool {
	switch x.kind {
	case packet.Discover, packet.Inform:
		if x.queue == p.slow {
			return false
		}
	case packet.Request:
		if !p.Book.Starts() {
			return false
		}
	default:
		return false
	}
	s := &x.sight
	if s.Firmware != machine.NoFirmware || s.HasArch {
		return false
	}
	return p.Desk == nil || p.Desk.Identify(*s).Name == ""
}

// drop says that one user of an exchange is done with it.
func (p *port) drop(x *exchange) {
	if x.refs.Add(-1) == 0 {
		p.pool.Put(x)
	}
}

// sort parses a datagram and picks its queue; nil when it is not for a server.
func (p *port) sort(x *exchange) {
	if err := packet.Parse(x.buf[:x.n], &x.m); err != nil {
		p.counts.Malformed.Add(1)
		p.Log.Debug("a datagram on the DHCP port is no DHCP message", "iface", p.info.Name, "from", x.from, "err", err)
		return
	}
	if x.m.Op != packet.OpRequest || p.isOwnCard(&x.m) {
		return
	}
	x.kind = x.m.Type()
	p.counts.Heard[known(x.kind)].Add(1)
	switch x.kind {
	case packet.Discover, packet.Inform:
		x.queue = p.quick
		if x.kind == packet.Discover && x.m.Get(packet.OptRapidCommit) != nil {
			x.queue = p.slow
		}
	case 0, packet.Request, packet.Decline, packet.Release:
		x.queue = p.slow
	}
	if x.queue != nil {
		x.sight = Sight(&x.m, p.Now(), p.info.Name)
	}
}

// known is the type, or 0 for one that RFC 2131 does not have.
func known(k packet.MessageType) packet.MessageType {
	if k > packet.Inform {
		return 0
	}
	return k
}

// push puts an exchange into its queue.
func (p *port) push(x *exchange) {
	for {
		select {
		case x.queue <- x:
			return
		default:
		}
		select {
		case old := <-x.queue:
			p.counts.Dropped.Add(1)
			p.drop(old)
		default:
		}
	}
}

// guard keeps a packet that uncovers a defect from ending the server.
func (p *port) guard(x *exchange, f func(*exchange)) {
	defer func() {
		if r := recover(); r != nil {
			p.counts.Panics.Add(1)
			x.queue = nil
			p.Log.Error("answering a DHCP message uncovered a defect; it was dropped",
				"iface", p.info.Name, "err", fmt.Sprint(r), "packet", fmt.Sprintf("%x", x.buf[:x.n]))
		}
	}()
	f(x)
}
