package dhcp

import (
	"fmt"
	"net/netip"
	"sync"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

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
	again       again
	waiting     waitingRoom
	out         outbox
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
			x.apart = true
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

// read takes datagrams one after the other, or in rounds where the segment
// gives many at once.
func (p *port) read() error {
	if many, ok := p.conn.(segment.Batch); ok {
		return p.rounds(many)
	}
	buf := make([]byte, maxDatagram)
	for {
		pkt, err := p.conn.Read(buf)
		if err != nil {
			return err
		}
		p.Book.Together(func() { p.take(p.fresh(), pkt) })
	}
}

// fresh is an exchange to use.
func (p *port) fresh() *exchange {
	if x, ok := p.pool.Get().(*exchange); ok {
		return x
	}
	return new(exchange)
}

// take sorts one datagram, and answers at once what needs no look at the disk.
func (p *port) take(x *exchange, pkt segment.Packet) {
	p.counts.Received.Add(1)
	x.from, x.to = pkt.From, pkt.To
	x.n = copy(x.buf[:], pkt.Data)
	x.queue, x.apart = nil, false
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
