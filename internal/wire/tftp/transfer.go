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

// call is one request being answered.
type call struct {
	Request
	desk      *desk
	seat      *seat
	request   request
	malformed bool
}

// answer does all for one request: it opens a port, answers and reports.
func (c *call) answer(ctx context.Context) {
	conn, err := c.desk.port.DialUDP(c.Local, c.Client)
	if err != nil {
		c.desk.log.Warn("tftp: opening a port for a transfer", "client", c.Client.String(), "err", err)
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	l := &link{Conn: conn, client: c.Client}

	if c.malformed || c.request.op == opWRQ || (c.Mode != "octet" && c.Mode != "netascii") {
		c.turnAway(l)
		return
	}
	t := Transfer{Start: time.Now()}
	t.Err = c.transfer(ctx, l, &t)
	t.Request, t.Duration = c.Request, time.Since(t.Start)
	var peer *PeerError
	if errors.As(t.Err, &peer) && t.Blocks == 0 && t.Acked && c.asked("tsize") {
		t.Probe, t.Err = true, nil
	}
	c.log(&t)
	if c.desk.s.Report != nil {
		c.desk.s.Report(t)
	}
}

// turnAway answers what is no read request we know.
func (c *call) turnAway(l *link) {
	switch {
	case c.malformed:
		c.desk.s.counters.malformed.Add(1)
		l.refuse(codeIllegal, "Malformed request")
	case c.request.op == opWRQ:
		l.refuse(codeAccess, "This server is read-only")
	default:
		l.refuse(codeIllegal, "Unknown transfer mode")
	}
	c.desk.log.Debug("tftp request turned away", "client", c.Client.String(),
		"op", c.request.op, "name", quote(c.request.name), "mode", quote(c.Mode))
}

// transfer opens the file and sends it. What goes wrong on our side is told to
// the client once.
func (c *call) transfer(ctx context.Context, l *link, t *Transfer) (err error) {
	defer func() {
		var peer *PeerError
		if err == nil || errors.As(err, &peer) || errors.Is(err, errSilent) || errors.Is(err, errGone) {
			return
		}
		l.refuse(tongue(err))
	}()
	defer c.desk.rescue(&err)
	if c.Name, err = cleanName(c.request.name); err != nil {
		c.Name = c.request.name
		return fault.Wrap(err, fault.Invalid, "", "Access violation")
	}
	if c.Name == "" {
		return fs.ErrNotExist
	}
	f, err := c.desk.s.Files.Open(c.Request)
	if err != nil {
		return err
	}
	defer f.Body.Close()
	t.Size = f.Size

	opt, acked := negotiate(c.request.options, c.terms(f))
	t.Options = opt
	s := newSender(l, c.source(f, opt), opt, buildOACK(acked), func() { c.seat.proven.Store(true) })
	defer func() {
		t.Bytes, t.Blocks = s.delivered()
		t.Resends = s.resends
	}()
	return s.run(ctx)
}

// terms are what we allow this client. The size in netascii is not the file's
// and would have to be counted, so it is not told.
func (c *call) terms(f File) terms {
	size := f.Size
	if c.Mode == "netascii" {
		size = -1
	}
	return terms{
		block:  blockFor(c.desk.port.Info().MTU, c.Client.Addr()),
		window: or(c.desk.s.MaxWindow, DefaultMaxWindow),
		size:   size,
	}
}

func (c *call) source(f File, opt Options) source {
	a := newAhead(f, opt)
	if c.Mode == "netascii" {
		return newNetascii(a, opt.Window)
	}
	return &octets{a}
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
