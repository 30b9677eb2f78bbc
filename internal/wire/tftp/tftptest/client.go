package tftptest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"seedbed/internal/wire/segment"
)

// Options are what a client asks for; what is zero is not asked.
type Options struct {
	Mode    string // "octet" when empty
	Block   int
	Window  int
	Timeout int // seconds
	TSize   bool
	Extra   [][2]string // further options, sent as they are

	Probe  bool          // leave with ERROR 8 once the OACK is there, as EDK2 does for a size
	Resend time.Duration // before the last packet is repeated; 1 s when zero
	Tries  int           // repeats before giving up; 6 when zero
	Dally  time.Duration // time to stay for a repeated last block, RFC 1350 section 6
}

// Result is what came of one request.
type Result struct {
	Data       []byte            // the payload as sent: netascii is not decoded
	OACK       map[string]string // lower-case names; nil when there was none
	From       netip.AddrPort    // the server's port for this transfer
	Blocks     int               // taken in order
	Unexpected int               // blocks that came twice or out of order
}

// Error is an ERROR packet from the server.
type Error struct {
	Code uint16
	Text string
}

// Error gives code and text.
func (e *Error) Error() string { return fmt.Sprintf("TFTP error %d: %s", e.Code, e.Text) }

// maxPresize bounds the memory a server's tsize makes us take beforehand.
const maxPresize = 256 << 20

// ErrNoAnswer means that all repeats went unanswered.
var ErrNoAnswer = errors.New("no answer from the TFTP server")

// Get fetches name from server over conn, which it closes. conn must be bound
// to a port of the client's, free of other traffic. On an error the result
// holds what there was until then.
func Get(ctx context.Context, conn segment.UDP, server netip.AddrPort, name string, opt Options) (Result, error) {
	c := &client{conn: conn, server: server, opt: opt, block: 512, window: 1}
	c.opt.Mode = or(opt.Mode, "octet")
	c.opt.Resend = or(opt.Resend, time.Second)
	c.opt.Tries = or(opt.Tries, 6)
	c.say(c.request(name), server)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { c.watch(ctx, done) })
	err := c.converse()
	close(done)
	conn.Close()
	watch.Wait()
	if err == nil || c.finished {
		return c.result, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	} else if c.tries > c.opt.Tries {
		err = ErrNoAnswer
	}
	return c.result, err
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

type client struct {
	conn   segment.UDP
	server netip.AddrPort
	opt    Options
	block  int
	window int
	result Result

	next     uint16 // the block expected
	unacked  int    // blocks in order since the last ACK
	gapTold  bool   // the present gap was acknowledged
	finished bool   // the last block is there

	mu     sync.Mutex
	last   []byte // repeated on the timer
	ackBuf [4]byte
	to     netip.AddrPort
	since  time.Time
	tries  int
}

// request builds the RRQ.
func (c *client) request(name string) []byte {
	b := append([]byte{0, 1}, name...)
	b = append(append(append(b, 0), c.opt.Mode...), 0)
	for _, o := range c.asked() {
		b = append(append(append(append(b, o[0]...), 0), o[1]...), 0)
	}
	return b
}

func (c *client) asked() (list [][2]string) {
	add := func(name string, v int) { list = append(list, [2]string{name, fmt.Sprint(v)}) }
	if c.opt.TSize {
		add("tsize", 0)
	}
	if c.opt.Block != 0 {
		add("blksize", c.opt.Block)
	}
	if c.opt.Timeout != 0 {
		add("timeout", c.opt.Timeout)
	}
	if c.opt.Window != 0 {
		add("windowsize", c.opt.Window)
	}
	return append(list, c.opt.Extra...)
}

// say sends a packet that is repeated until there is progress.
func (c *client) say(b []byte, to netip.AddrPort) {
	c.mu.Lock()
	c.last, c.to, c.since, c.tries = b, to, time.Now(), 0
	c.mu.Unlock()
	_ = c.conn.Write(b, to, nil) // a datagram that does not leave is a lost one
}

// watch repeats the last packet, and ends the conversation by closing conn.
func (c *client) watch(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(c.opt.Resend / 4)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			c.conn.Close()
			return
		case <-tick.C:
		}
		c.mu.Lock()
		late := time.Since(c.since)
		switch {
		case c.last == nil && late >= c.opt.Dally:
			c.conn.Close()
		case c.last != nil && late >= c.opt.Resend:
			if c.tries++; c.tries > c.opt.Tries {
				c.conn.Close()
			}
			c.since = time.Now()
			_ = c.conn.Write(c.last, c.to, nil)
		}
		c.mu.Unlock()
	}
}

// converse reads until the transfer is over.
func (c *client) converse() error {
	buf := make([]byte, 65536)
	for {
		p, err := c.conn.Read(buf)
		if err != nil {
			return err
		}
		if len(p.Data) < 4 || p.From.Addr().Unmap() != c.server.Addr().Unmap() {
			continue
		}
		if c.result.From.IsValid() && p.From != c.result.From {
			_ = c.conn.Write([]byte("\x00\x05\x00\x05Unknown transfer ID\x00"), p.From, nil)
			continue
		}
		over, err := c.take(p)
		if err != nil || over {
			return err
		}
	}
}

// take acts on one packet of the server.
func (c *client) take(p segment.Packet) (over bool, err error) {
	op, number := binary.BigEndian.Uint16(p.Data), binary.BigEndian.Uint16(p.Data[2:])
	first := !c.result.From.IsValid()
	switch {
	case op == 5:
		return true, &Error{number, strings.TrimRight(string(p.Data[4:]), "\x00")}
	case op == 6 && (first || c.result.Blocks == 0):
		c.result.From = p.From
		if err := c.agree(p.Data[2:]); err != nil || c.opt.Probe {
			_ = c.conn.Write([]byte("\x00\x05\x00\x08User aborted\x00"), p.From, nil)
			return true, err
		}
		c.next = 1
		c.ack(0)
	case op == 3:
		if first {
			c.result.From, c.next = p.From, 1
		}
		return c.data(number, p.Data[4:]), nil
	}
	return false, nil
}

// agree reads an OACK; anything not asked for, or more than asked, is refused.
func (c *client) agree(b []byte) error {
	asked := map[string]string{}
	for _, o := range c.asked() {
		asked[strings.ToLower(o[0])] = o[1]
	}
	words := strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
	c.result.OACK = map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		name := strings.ToLower(words[i])
		if _, ok := asked[name]; !ok {
			return fmt.Errorf("option %q was not asked for", name)
		}
		c.result.OACK[name] = words[i+1]
	}
	for name, field := range map[string]*int{"blksize": &c.block, "windowsize": &c.window} {
		v, ok := c.result.OACK[name]
		if !ok {
			continue
		}
		var limit int
		if _, err := fmt.Sscan(v, field); err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
		if _, err := fmt.Sscan(asked[name], &limit); err == nil && *field > limit {
			return fmt.Errorf("option %s: got %d, asked for %d", name, *field, limit)
		}
	}
	if size, err := strconv.Atoi(c.result.OACK["tsize"]); err == nil {
		c.result.Data = make([]byte, 0, max(0, min(size, maxPresize)))
	}
	return nil
}

// data takes one block: in order it counts, out of order it is acknowledged
// once a gap (RFC 7440 section 4), and the last one in order again and again.
func (c *client) data(number uint16, payload []byte) (over bool) {
	if number != c.next || c.finished {
		c.result.Unexpected++
		ahead := int16(number-c.next) > 0
		if number == c.next-1 || ahead && !c.gapTold {
			c.gapTold = c.gapTold || ahead
			_ = c.conn.Write(ackOf(c.next-1), c.result.From, nil)
			c.unacked = 0
		}
		return false
	}
	c.result.Data = append(c.result.Data, payload...)
	c.result.Blocks++
	c.next++
	c.gapTold = false
	c.unacked++
	c.finished = len(payload) < c.block
	if c.finished || c.unacked == c.window {
		c.ack(number)
	} else {
		c.await(number)
	}
	if !c.finished {
		return false
	}
	c.mu.Lock()
	c.last = nil // nothing more to repeat; watch closes when the dally is over
	c.mu.Unlock()
	return c.opt.Dally == 0
}

func (c *client) ack(number uint16) {
	c.unacked = 0
	c.await(number)
	_ = c.conn.Write(c.last, c.to, nil)
}

// await makes the ACK of that block what the timer repeats.
func (c *client) await(number uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ackBuf = [4]byte{0, 4, byte(number >> 8), byte(number)}
	c.last, c.to, c.since, c.tries = c.ackBuf[:], c.result.From, time.Now(), 0
}

func ackOf(number uint16) []byte {
	return []byte{0, 4, byte(number >> 8), byte(number)}
}
