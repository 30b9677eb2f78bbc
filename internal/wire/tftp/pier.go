package tftp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/wire/segment"
)

const (
	// maxBerths is how many transfers a port takes in its life.
	maxBerths = 64
	// maxStrangers bounds the ERROR packets a port sends to foreign ones.
	maxStrangers = 8
	// favourAfter is how many blocks a lone client in lock step has taken
	// before its port serves it alone.
	favourAfter = 32
)

// pier is a port of ours, and the transfers that go on there. A transfer that
// begins while no other goes on gets a fresh one (RFC 1350 section 4); those
// that overlap share one, at most maxBerths in its life and none of them with
// a client's port that was there before. So a client never meets a port of
// ours twice, and in a crowd a system call does the work of many.
//
// One goroutine, run, owns all but news and what desk.mu guards.
type pier struct {
	d      *desk
	io     segment.Crowd
	shared bool

	// Under desk.mu.
	guests map[netip.AddrPort]bool // all that ever were here
	left   bool                    // no more are taken

	mu    sync.Mutex
	news  []arrival
	poked atomic.Bool

	calls     map[netip.AddrPort]*call
	current   *call   // the one being worked on
	sinking   bool    // a call is sunk
	hungry    []*call // calls that have sent all they hold
	favourite netip.AddrPort
	shelf     *shelf
	in        []segment.Letter
	out       []segment.Burst
	whose     []*call // of out
	wake      time.Time
	strangers int
	trouble   int
}

// arrival is what other goroutines tell a pier: a new transfer, or one whose
// blocks were read.
type arrival struct {
	call    *call
	fetched bool
	err     error
}

// board brings a call to a pier, which then owns it.
func (d *desk) board(ctx context.Context, c *call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.pier
	if p == nil || p.left || p.guests[c.Client] || len(p.guests) >= maxBerths || d.pierAddr != c.Local {
		var err error
		if p, err = d.build(c); err != nil {
			return err
		}
		if p.shared {
			d.pier, d.pierAddr = p, c.Local
		}
		d.busy.Go(func() { p.run(ctx) })
	}
	p.guests[c.Client] = true
	c.pier = p
	p.tell(arrival{call: c})
	return nil
}

func (d *desk) build(c *call) (*pier, error) {
	p := &pier{d: d, guests: map[netip.AddrPort]bool{}, calls: map[netip.AddrPort]*call{}, shelf: newShelf()}
	if many, ok := d.port.(crowded); ok {
		io, err := many.ListenCrowd(c.Local)
		p.io, p.shared, p.in = io, true, make([]segment.Letter, maxBerths)
		return p, err
	}
	conn, err := d.port.DialUDP(c.Local, c.Client)
	p.io, p.in = &alone{Conn: conn, client: c.Client}, make([]segment.Letter, 1)
	return p, err
}

// tell may be called by any goroutine.
func (p *pier) tell(a arrival) {
	p.mu.Lock()
	p.news = append(p.news, a)
	p.mu.Unlock()
	p.poke()
}

// poke wakes run.
func (p *pier) poke() {
	p.poked.Store(true)
	p.io.Wake()
}

// run serves until the last transfer is over.
func (p *pier) run(ctx context.Context) {
	defer p.io.Close()
	stop := context.AfterFunc(ctx, p.poke)
	defer stop()
	for {
		now := time.Now()
		if p.poked.Swap(false) {
			p.takeNews(now)
			p.wake = time.Time{}
			if ctx.Err() != nil {
				p.endAll(errStopped)
			}
		}
		if !now.Before(p.wake) {
			p.guard(func() { p.tick(now) })
		}
		p.flush()
		p.guard(p.prepare)
		if p.sinking {
			p.sink()
			continue
		}
		if len(p.calls) == 0 && p.leave() {
			return
		}
		p.listen()
	}
}

// listen waits for letters and delivers them.
func (p *pier) listen() {
	n, err := p.io.ReadBatch(p.in, p.wake)
	if err != nil {
		if p.trouble++; p.trouble >= maxTrouble || errors.Is(err, net.ErrClosed) {
			p.endAll(fmt.Errorf("hearing clients: %w", err))
		}
		return
	}
	p.trouble = 0
	now := time.Now()
	p.guard(func() {
		for _, l := range p.in[:n] {
			p.deliver(l, now)
		}
	})
}

// guard turns a panic into the end of the transfer it was about. Letters that
// were still to be delivered are then lost, as they may be.
func (p *pier) guard(f func()) {
	p.current = nil
	if err := p.guarded(f); err != nil && p.current != nil {
		p.settle(p.current, err)
	}
}

func (p *pier) guarded(f func()) (err error) {
	defer p.d.rescue(&err)
	f()
	return nil
}

// leave closes the pier to newcomers, unless one has just come.
func (p *pier) leave() bool {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.news) > 0 {
		return false
	}
	p.left = true
	if p.d.pier == p {
		p.d.pier = nil
	}
	return true
}

func (p *pier) takeNews(now time.Time) {
	p.mu.Lock()
	news := p.news
	p.news = nil
	p.mu.Unlock()
	for _, a := range news {
		p.guard(func() {
			c := a.call
			p.current = c
			switch {
			case !a.fetched:
				p.calls[c.Client] = c
				p.favour(c)
				c.sender.blocks.share(p.shelf)
				p.settle(c, c.sender.begin(now))
			case p.calls[c.Client] == c:
				p.settle(c, c.sender.fetched(now, a.err))
			}
		})
	}
}

// tick looks at all timers, and at when it is to look again.
func (p *pier) tick(now time.Time) {
	p.wake = now.Add(time.Minute)
	for _, c := range p.calls {
		p.current = c
		p.settle(c, c.sender.tick(now))
		if d := c.sender.deadline; !d.IsZero() && d.Before(p.wake) {
			p.wake = d
		}
	}
}

// deliver gives a letter to its transfer. One from a foreign port is answered
// with ERROR 5 and harms nothing (RFC 1350 section 4).
func (p *pier) deliver(l segment.Letter, now time.Time) {
	c := p.calls[l.From]
	p.current = c
	switch {
	case c == nil && l.Err == nil:
		p.rebuff(l)
	case c == nil:
	case l.Err != nil:
		p.settle(c, c.sender.hitch(l.Err))
	default:
		p.settle(c, c.sender.hear(l.Data, now))
		p.favour(c)
		if d := c.sender.deadline; !d.IsZero() && d.Before(p.wake) {
			p.wake = time.Time{}
		}
	}
}

// favour tells the port when a client in lock step is all there is: how long
// a round trip takes is then all that counts. A window leaves time to both.
func (p *pier) favour(c *call) {
	var one netip.AddrPort
	if len(p.calls) == 1 && p.calls[c.Client] == c && c.sender.opt.Window == 1 && c.sender.acked >= favourAfter {
		one = c.Client
	}
	if one == p.favourite {
		return
	}
	p.favourite = one
	if io, ok := p.io.(segment.Favourer); ok {
		io.Favour(one)
	}
}

// rebuff tells a stranger that no transfer is its own, a few times. Who was a
// guest here says goodbye late: that needs no answer.
func (p *pier) rebuff(l segment.Letter) {
	p.d.mu.Lock()
	guest := p.guests[l.From]
	p.d.mu.Unlock()
	isError := len(l.Data) >= 2 && l.Data[1] == opERROR
	if guest || isError || p.strangers >= maxStrangers {
		return
	}
	p.strangers++
	p.send(nil, l.From, buildError(codeTID, "Unknown transfer ID"), 0)
}

func (p *pier) send(c *call, to netip.AddrPort, data []byte, segmentSize int) {
	p.out = append(p.out, segment.Burst{To: to, Data: data, Segment: segmentSize})
	p.whose = append(p.whose, c)
}

// flush sends all packets taken. It may be called in the midst of a sender:
// what an error means for it is looked at later.
func (p *pier) flush() {
	if len(p.out) == 0 {
		return
	}
	p.io.WriteBatch(p.out)
	for i := range p.out {
		if c := p.whose[i]; p.out[i].Err != nil && c != nil {
			c.sunk = errors.Join(c.sunk, c.sender.hitch(p.out[i].Err))
			p.sinking = p.sinking || c.sunk != nil
		}
	}
	clear(p.out)
	clear(p.whose)
	p.out, p.whose = p.out[:0], p.whose[:0]
}

// prepare reads the blocks that the next ACKs will ask for.
func (p *pier) prepare() {
	hungry := p.hungry
	p.hungry = p.hungry[:0]
	for _, c := range hungry {
		if p.calls[c.Client] == c {
			p.current = c
			c.sender.prepare()
		}
	}
}

// sink ends the calls to whom nothing can be sent.
func (p *pier) sink() {
	p.sinking = false
	for _, c := range p.calls {
		p.settle(c, c.sunk)
	}
}

// settle ends a call whose sender says so.
func (p *pier) settle(c *call, err error) {
	if err == nil || p.calls[c.Client] != c {
		return
	}
	delete(p.calls, c.Client)
	c.sender.blocks.giveBack()
	if errors.Is(err, errDone) {
		err = nil
	}
	if ours(err) {
		code, text := tongue(err)
		p.send(nil, c.Client, buildError(code, text), 0)
	}
	p.d.busy.Go(func() { c.finish(err) })
}

func (p *pier) endAll(err error) {
	for _, c := range p.calls {
		p.settle(c, err)
	}
}
