package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/tftp/tftptest"
)

// phase is one thing that a machine loads.
type phase struct {
	name  string // loader, script, kernel, initrd
	took  time.Duration
	bytes int64
}

// patience is how long a firmware waits for one file.
const patience = time.Minute

// crew loads for all machines, each from its own address.
type crew struct {
	*segment.Crew
	port atomic.Uint32 // of the last TFTP transfer
}

func newCrew(w Wire) (*crew, error) {
	c, err := segment.NewCrew(w.Send)
	if err != nil {
		return nil, err
	}
	return &crew{Crew: c}, nil
}

// boot loads what the machine was told to, until something fails.
func (w *crew) boot(ctx context.Context, c *client, limit int64) {
	err := w.Join(c.mac, c.address)
	switch {
	case err != nil:
	case c.file == "":
		err = errors.New("no boot file was named")
	case strings.HasPrefix(c.file, "http://") && c.kind == IPXEROM:
		err = w.script(ctx, c, limit)
	case strings.HasPrefix(c.file, "http://"):
		err = w.timed(c, "loader", func() (int64, error) { return w.httpBoot(ctx, c) })
	case c.kind == UEFIHTTP:
		err = errors.New("the boot file is no URL")
	default:
		err = w.timed(c, "loader", func() (int64, error) { return w.tftpBoot(ctx, c) })
	}
	if err != nil {
		c.failure = err.Error()
	}
}

// timed notes how long a phase took, if it went well.
func (w *crew) timed(c *client, name string, load func() (int64, error)) error {
	begin := time.Now()
	n, err := load()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.phases = append(c.phases, phase{name, time.Since(begin), n})
	return nil
}

// tftpBoot is what a PXE ROM does. EDK2 asks for the size first and leaves by
// ERROR 8 (PxeBcMtftp.c).
func (w *crew) tftpBoot(ctx context.Context, c *client) (int64, error) {
	rom := tftptest.Options{Block: 1468, Window: 4}
	if c.kind == BIOS {
		rom = tftptest.Options{Block: 1456, TSize: true}
	} else if _, err := w.tftp(ctx, c, tftptest.Options{Block: 1468, Window: 4, TSize: true, Probe: true}); err != nil {
		return 0, err
	}
	return w.tftp(ctx, c, rom)
}

func (w *crew) tftp(ctx context.Context, c *client, o tftptest.Options) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var conn segment.UDP
	var err error
	for range 100 { // a port may still be in use by a slow one
		if conn, err = w.ListenUDP(c.address, uint16(1024+w.port.Add(1)%60000)); err == nil {
			break
		}
	}
	if err != nil {
		return 0, err
	}
	r, err := tftptest.Get(ctx, conn, netip.AddrPortFrom(c.next, 69), c.file, o)
	return int64(len(r.Data)), err
}

// httpBoot is EDK2's HTTP Boot: HEAD for the size, then GET (HttpBootImpl.c).
func (w *crew) httpBoot(ctx context.Context, c *client) (int64, error) {
	if _, _, err := w.web(ctx, c, "HEAD", c.file, 0); err != nil {
		return 0, err
	}
	n, _, err := w.web(ctx, c, "GET", c.file, 0)
	return n, err
}

// script loads an iPXE script, and the first kernel that it names with its
// initrds, as if somebody had picked it in a menu.
func (w *crew) script(ctx context.Context, c *client, limit int64) error {
	var text string
	if err := w.timed(c, "script", func() (n int64, err error) { n, text, err = w.web(ctx, c, "GET", c.file, 0); return }); err != nil {
		return err
	}
	kernel, initrds := named(text)
	if kernel == "" {
		return nil // the local disk
	}
	for i, name := range append([]string{kernel}, initrds...) {
		what := "initrd"
		if i == 0 {
			what = "kernel"
		}
		if err := w.timed(c, what, func() (int64, error) { n, _, err := w.web(ctx, c, "GET", name, limit); return n, err }); err != nil {
			return err
		}
	}
	return nil
}

// named gives the URLs of the first kernel of an iPXE script, "" for none, and
// of its initrds.
func named(script string) (kernel string, initrds []string) {
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) > 0 && words[0] == "boot" && kernel != "" {
			break
		}
		if len(words) < 2 {
			continue
		}
		target := words[1]
		if target == "--name" && len(words) > 3 {
			target = words[3]
		}
		switch {
		case words[0] == "kernel" && kernel == "":
			kernel = target
		case words[0] == "initrd" && kernel != "":
			initrds = append(initrds, target)
		}
	}
	return kernel, initrds
}

// textMax is more than a script has.
const textMax = 1 << 20

// web makes one HTTP request, for the first bytes of a file only where there
// is a limit. It gives how many bytes came, and the first of them.
func (w *crew) web(ctx context.Context, c *client, method, target string, limit int64) (int64, string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return 0, "", errors.New("a URL that cannot be read")
	}
	agent := "UefiHttpBoot/1.0"
	if c.kind == IPXEROM {
		agent = "iPXE/1.21.1"
	}
	req.Header.Set("User-Agent", agent)
	want := http.StatusOK
	if limit > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=0-%d", limit-1))
		want = http.StatusPartialContent
	}
	dial := func(ctx context.Context, _, to string) (net.Conn, error) {
		ap, err := netip.ParseAddrPort(to)
		if err != nil {
			return nil, errors.New("a server by name, and there is no DNS here")
		}
		return w.DialTCP(ctx, c.address, ap)
	}
	tr := &http.Transport{DisableCompression: true, DisableKeepAlives: true, DialContext: dial}
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		return 0, "", plain(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != want && resp.StatusCode != http.StatusOK {
		return 0, "", fmt.Errorf("HTTP status %d", resp.StatusCode)
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, textMax))
	n := int64(len(head))
	if err == nil && (limit == 0 || n < limit) {
		var rest int64
		body := io.Reader(resp.Body)
		if limit > 0 {
			body = io.LimitReader(body, limit-n)
		}
		rest, err = io.Copy(io.Discard, body)
		n += rest
	}
	if err == nil && method == "GET" && resp.ContentLength >= 0 && n < resp.ContentLength && (limit == 0 || n < limit) {
		err = io.ErrUnexpectedEOF
	}
	return n, string(head), plain(err)
}

// plain leaves out what is different with each machine, so that failures can
// be counted by their reason.
func plain(err error) error {
	var u *url.Error
	var timeout net.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("no answer in time")
	case errors.Is(err, context.Canceled):
		return errors.New("the storm was over")
	case errors.As(err, &u):
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// serverName is option 66 where it is an address, else the DHCP server.
func serverName(option []byte, server netip.Addr) netip.Addr {
	if a, err := netip.ParseAddr(strings.TrimRight(string(option), "\x00")); err == nil && packet.Known(a).IsValid() {
		return a
	}
	return server
}
