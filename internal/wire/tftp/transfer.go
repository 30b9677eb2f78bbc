package tftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/fault"
)

// Files decides what bytes a name stands for.
type Files interface {
	// Open may take its time and is called from many goroutines. A NotFound
	// fault or fs.ErrNotExist is "File not found" to the client, an Invalid
	// one or fs.ErrPermission "Access violation", anything else an undefined
	// error. A fault's Msg is shown on the machine's screen unless it has a
	// slash in it, which might be a path of the server.
	Open(Request) (File, error)
}

// Request is a read request.
type Request struct {
	// Name is what was asked for, as slash-separated elements: backslashes
	// are slashes, a trailing 0xFF is gone, and so are leading, doubled and
	// trailing slashes. It has no ".." element and is never empty. Apart from
	// that it holds any bytes a client may send, 512 at most.
	Name   string
	Client netip.AddrPort
	Local  netip.Addr       // the address of ours that was asked
	Mode   string           // "octet" or "netascii"
	MAC    net.HardwareAddr // the client's, nil when the segment does not know
}

// File is an opened file. Size is exact and does not change; Body is read at
// any offset below it, and closed once.
type File struct {
	Body interface {
		io.ReaderAt
		io.Closer
	}
	Size int64
}

// Transfer is the record of one read request, complete when it is over.
type Transfer struct {
	Request
	Options
	Size     int64 // the file's, 0 when it was not opened
	Bytes    int64 // payload the client acknowledged
	Blocks   int64 // blocks it acknowledged
	Resends  int64 // blocks sent again
	Start    time.Time
	Duration time.Duration
	// Probe says that the client asked for the size, had it in the OACK and
	// left: EDK2 does so with ERROR 8, other ROMs with ERROR 0. Err is nil.
	Probe bool
	// Err is nil when every byte was acknowledged. A *PeerError is the
	// client's own wish.
	Err error
}

// call is one request being answered. A goroutine of its own opens the file;
// from then on its pier owns it.
type call struct {
	Request
	desk      *desk
	seat      *seat
	request   request
	malformed bool

	record Transfer
	file   File
	sender *sender
	pier   *pier
	sunk   error // nothing can be sent any more; its pier's to see to
}

// answer opens the file and brings the call to a pier, or turns it away.
func (c *call) answer(ctx context.Context) {
	if c.malformed || c.request.op == opWRQ || (c.Mode != "octet" && c.Mode != "netascii") {
		c.turnAway()
		c.desk.leave(c.seat)
		return
	}
	c.record.Start = time.Now()
	err := c.open()
	if err == nil {
		err = c.desk.board(ctx, c)
	}
	if err != nil {
		c.refuse(tongue(err))
		c.finish(err)
	}
}

// turnAway answers what is no read request we know.
func (c *call) turnAway() {
	switch {
	case c.malformed:
		c.desk.s.counters.malformed.Add(1)
		c.refuse(codeIllegal, "Malformed request")
	case c.request.op == opWRQ:
		c.refuse(codeAccess, "This server is read-only")
	default:
		c.refuse(codeIllegal, "Unknown transfer mode")
	}
	c.desk.log.Debug("tftp request turned away", "client", c.Client.String(),
		"op", c.request.op, "name", quote(c.request.name), "mode", quote(c.Mode))
}

// refuse sends an ERROR packet from a port of its own, once; it is never
// repeated (RFC 1350 section 7): the client's own timer covers its loss.
func (c *call) refuse(code uint16, text string) {
	conn, err := c.desk.port.DialUDP(c.Local, c.Client)
	if err != nil {
		c.desk.log.Warn("tftp: opening a port for an answer", "client", c.Client.String(), "err", err)
		return
	}
	defer conn.Close()
	_, _ = conn.Write(buildError(code, text))
}

// open opens the file, settles the terms and reads the first blocks: all that
// may wait for a disk before there is an answer.
func (c *call) open() (err error) {
	defer c.desk.rescue(&err)
	if c.Name, err = cleanName(c.request.name); err != nil {
		c.Name = c.request.name
		return fault.Wrap(err, fault.Invalid, "", "Access violation")
	}
	if c.Name == "" {
		return fs.ErrNotExist
	}
	if c.file, err = c.desk.s.Files.Open(c.Request); err != nil {
		return err
	}
	size := c.file.Size
	c.record.Size = size
	text := c.Mode == "netascii"
	opt, acked := negotiate(c.request.options, c.terms(size, text))
	c.record.Options = opt
	blocks := newBlocks(readerOf(c.file), size, opt, text)
	if packets, _ := blocks.run(1, 1); packets == nil {
		if err := blocks.fetch(); err != nil {
			return &readError{err}
		}
		blocks.fetched()
	}
	c.sender = &sender{
		blocks: blocks, opt: opt, oack: buildOACK(acked),
		proven: func() { c.seat.proven.Store(true) },
		out:    func(packets []byte, segment int) { c.pier.send(c, c.Client, packets, segment) },
		flush:  func() { c.pier.flush() },
		hungry: func() { c.pier.hungry = append(c.pier.hungry, c) },
		fetch:  func() { c.desk.busy.Go(c.fetch) },
	}
	return nil
}

// fetch reads from the disk while the pier serves others.
func (c *call) fetch() {
	var err error
	func() {
		defer c.desk.rescue(&err)
		err = c.sender.blocks.fetch()
	}()
	c.pier.tell(arrival{call: c, fetched: true, err: err})
}

// terms are what we allow this client. The size in netascii is not the file's
// and would have to be counted, so it is not told.
func (c *call) terms(size int64, text bool) terms {
	if text {
		size = -1
	}
	return terms{
		block:  blockFor(c.desk.port.Info().MTU, c.Client.Addr()),
		window: or(c.desk.s.MaxWindow, DefaultMaxWindow),
		size:   size,
	}
}

// finish reports a call that is over, and gives its seat back. It may wait:
// no pier calls it itself.
func (c *call) finish(err error) {
	defer c.desk.leave(c.seat)
	defer c.desk.rescue(nil)
	if c.file.Body != nil {
		defer c.file.Body.Close()
	}
	t := &c.record
	t.Err, t.Request, t.Duration = err, c.Request, time.Since(t.Start)
	if s := c.sender; s != nil {
		t.Bytes, t.Blocks = s.delivered()
		t.Resends = s.resends
	}
	var peer *PeerError
	if errors.As(err, &peer) && t.Blocks == 0 && t.Acked && c.asked("tsize") {
		t.Probe, t.Err = true, nil
	}
	if find := c.desk.s.MAC; find != nil && t.MAC == nil {
		t.MAC = find(c.Client.Addr())
	}
	c.log(t)
	if c.desk.s.Report != nil {
		c.desk.s.Report(*t)
	}
}

func (c *call) asked(name string) bool {
	for _, o := range c.request.options {
		if strings.EqualFold(o.name, name) {
			return true
		}
	}
	return false
}

// log writes one line a transfer. Boot loaders ask for a dozen names that are
// not there, and for sizes alone: that is not worth more than Debug.
func (c *call) log(t *Transfer) {
	level, msg := slog.LevelInfo, "tftp transfer"
	switch {
	case t.Probe:
		level, msg = slog.LevelDebug, "tftp size asked"
	case isNotFound(t.Err):
		level, msg = slog.LevelDebug, "tftp file not found"
	case t.Err != nil:
		level, msg = slog.LevelWarn, "tftp transfer ended early"
	}
	if !c.desk.log.Enabled(context.Background(), level) {
		return
	}
	args := []any{"step", "loaded", "client", t.Client.String(), "name", quote(t.Name)}
	if t.MAC != nil {
		args = append(args, "mac", t.MAC.String())
	}
	if t.Size > 0 || t.Err == nil {
		rate := float64(t.Bytes) / math.Max(t.Duration.Seconds(), 1e-6)
		args = append(args, "bytes", t.Bytes, "size", t.Size, "blocks", t.Blocks, "resends", t.Resends,
			"blksize", t.Block, "windowsize", t.Window, "rate", int64(rate))
	}
	if t.Err != nil {
		args = append(args, "err", t.Err)
	}
	c.desk.log.Log(context.Background(), level, msg, args...)
}

// quote makes a client's string fit for a log.
func quote(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	return fmt.Sprintf("%q", s)
}

func isNotFound(err error) bool {
	return err != nil && (errors.Is(err, fs.ErrNotExist) || fault.KindOf(err) == fault.NotFound)
}

// ours says that an error is the server's, and is to be told to the client.
func ours(err error) bool {
	var peer *PeerError
	return err != nil && !errors.As(err, &peer) && !errors.Is(err, errSilent) && !errors.Is(err, errGone)
}

// tongue puts an error of ours into TFTP's words.
func tongue(err error) (code uint16, text string) {
	kind := fault.KindOf(err)
	var read *readError
	switch {
	case errors.As(err, &read):
		return codeUndefined, "The file could not be read"
	case isNotFound(err):
		code, text = codeNotFound, "File not found"
	case kind == fault.Invalid || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrInvalid):
		code, text = codeAccess, "Access violation"
	case kind == fault.Unavailable || errors.Is(err, errStopped):
		code, text = codeUndefined, "Not available now"
	default:
		code, text = codeUndefined, "Server error"
	}
	var f *fault.Fault
	if errors.As(err, &f) && f.Msg != "" && !strings.ContainsAny(f.Msg, `/\`) {
		text = f.Msg
	}
	return code, text
}
