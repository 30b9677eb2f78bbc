package dhcp

import (
	"net"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// rounds reads and answers in rounds: it takes what has arrived, answers, and
// commits once for all. Whoever asked for an address that is offered goes
// first, and no more is offered in a round than can be confirmed in the next:
// an offer that nobody can be acknowledged for is work for nothing, here and
// at the client.
func (p *port) rounds(many segment.Batch) error {
	var batch [readOnce]*exchange
	var pkts [readOnce]segment.Packet
	var bufs [readOnce][]byte
	for {
		for i := range batch {
			if batch[i] == nil {
				batch[i] = p.fresh()
				bufs[i] = batch[i].buf[:]
			}
		}
		n, err := many.ReadBatch(bufs[:], pkts[:], p.waiting.n == 0)
		if err != nil {
			return err
		}
		p.round(many, batch[:n], pkts[:n])
		if n >= crowd || p.waiting.n > 0 {
			// Let more arrive: fewer wakings, here and at the sender of each, and
			// fewer commits. And clients have small sockets: one that asks for
			// many, as a relay does, is not sent all answers at once.
			pause(crowdWait)
		}
	}
}

// round answers what was read. Of batch it keeps what it has not set to nil.
func (p *port) round(many segment.Batch, batch []*exchange, pkts []segment.Packet) {
	if h, ok := p.Log.Handler().(holder); ok {
		h.Hold()
		defer h.Release()
	}
	p.out.setOpen(true)
	p.Book.Together(func() {
		for i := range pkts {
			if packet.TypeOf(pkts[i].Data) != packet.Discover {
				p.take(batch[i], pkts[i])
				batch[i] = nil
			}
		}
		p.discovers(batch, pkts)
		p.flush(many) // before the commit: who was offered an address goes on meanwhile
	})
	p.out.setOpen(false)
	p.flush(many)
}

// discovers serves the DISCOVERs that wait, the oldest first, then those of
// this round, and lets the rest wait.
func (p *port) discovers(batch []*exchange, pkts []segment.Packet) {
	served := 0
	for ; served < offerOnce && p.waiting.n > 0; served++ {
		p.take(p.fresh(), p.waiting.pop())
	}
	for i, x := range batch {
		switch {
		case x == nil:
		case served < offerOnce:
			p.take(x, pkts[i])
			batch[i] = nil
			served++
		case !p.waiting.push(pkts[i]):
			p.counts.Received.Add(1)
			p.counts.Dropped.Add(1)
		}
	}
}

// holder is a log handler that can keep lines back, to write them in one go.
type holder interface {
	Hold()    // lines are kept back
	Release() // as often as Hold: what was kept is written
}

// waitingRoom holds DISCOVERs that have not been served yet.
type waitingRoom struct {
	seats   []seat
	head, n int
	shut    bool
}

type seat struct {
	from, to netip.AddrPort
	data     []byte // its memory is used again
}

// push is false when there is no room. A full room lets nobody in until it is
// half empty, so that who is served came one after the other: a relay finds
// what an answer belongs to much faster then.
func (w *waitingRoom) push(p segment.Packet) bool {
	if w.shut = w.n == waitMost || w.shut && w.n > waitMost/2; w.shut {
		return false
	}
	if w.seats == nil {
		w.seats = make([]seat, waitMost)
	}
	s := &w.seats[(w.head+w.n)%waitMost]
	s.from, s.to, s.data = p.From, p.To, append(s.data[:0], p.Data...)
	w.n++
	return true
}

// pop gives the oldest, valid until the next push.
func (w *waitingRoom) pop() segment.Packet {
	s := &w.seats[w.head]
	w.head, w.n = (w.head+1)%waitMost, w.n-1
	return segment.Packet{Data: s.data, From: s.from, To: s.to}
}

// outbox gathers the answers of a round.
type outbox struct {
	mu      sync.Mutex
	open    bool
	letters []segment.Datagram
	of      []letter
	// of the flush under way
	sending   []segment.Datagram
	sendingOf []letter
}

// letter is whose answer it is.
type letter struct {
	x    *exchange
	kind packet.MessageType
}

func (o *outbox) setOpen(open bool) {
	o.mu.Lock()
	o.open = open
	o.mu.Unlock()
}

// post leaves an answer for the end of the round, or gives false: there is none.
func (o *outbox) post(x *exchange, k packet.MessageType, d segment.Datagram) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.open || x.apart {
		return false
	}
	x.refs.Add(1)
	o.letters = append(o.letters, d)
	o.of = append(o.of, letter{x, k})
	return true
}

// flush sends what is in the outbox. Only the reader calls it.
func (p *port) flush(many segment.Batch) {
	o := &p.out
	o.mu.Lock()
	o.letters, o.sending = o.sending[:0], o.letters
	o.of, o.sendingOf = o.sendingOf[:0], o.of
	o.mu.Unlock()
	if len(o.sending) == 0 {
		return
	}
	many.WriteBatch(o.sending)
	for i, l := range o.sendingOf {
		p.left(l.x, l.kind, o.sending[i].To, o.sending[i].Err)
		p.drop(l.x)
	}
	clear(o.sending)
	clear(o.sendingOf)
}

// left counts an answer that the wire took, true, or did not.
func (p *port) left(x *exchange, k packet.MessageType, to netip.AddrPort, err error) bool {
	if err != nil {
		p.counts.Unsent.Add(1)
		p.Log.Warn("an answer could not be sent", "iface", p.info.Name, "mac", x.sight.MAC, "to", to, "err", err)
		return false
	}
	p.counts.Sent.Add(1)
	p.counts.Said[known(k)].Add(1)
	return true
}

// write sends one answer, with the others of the round if it is of one. It is
// false when the wire did not take it.
func (p *port) write(x *exchange, k packet.MessageType, data []byte, to netip.AddrPort, hw net.HardwareAddr) bool {
	return p.out.post(x, k, segment.Datagram{Data: data, To: to, HW: hw}) || p.left(x, k, to, p.conn.Write(data, to, hw))
}

// pause is a time.Sleep that keeps its thread and, where there are other
// processors for them, does not make the runtime look for other goroutines: it
// is over before they would be found.
func pause(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	if runtime.GOMAXPROCS(0) > 1 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
		return
	}
	_ = syscall.Nanosleep(&t, nil)
}
