package app

import (
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/tftp"
)

// bookLeases is the book as core/boot looks at it, and what was overheard
// where another server keeps the book.
type bookLeases struct{ a *App }

func (b bookLeases) ByAddress(addr netip.Addr) (lease.Lease, bool) {
	if l, ok := b.a.hearsay.ByAddress(addr); ok {
		return l, true
	}
	return b.a.book.ByAddress(addr)
}

func (b bookLeases) ByMAC(mac machine.MAC) (lease.Lease, bool) {
	if l, ok := b.a.hearsay.ByMAC(mac); ok {
		return l, true
	}
	return b.a.book.ByMAC(mac)
}

// rootFiles is the user's own TFTP root: regular files inside it, no more.
type rootFiles struct{ root *os.Root }

func (r rootFiles) Open(name string) (fs.File, error) {
	// Opening a FIFO would else wait for its writer, and a look before it
	// could be at another file.
	f, err := r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, fs.ErrNotExist // a directory is not listed
	}
	return f, nil
}

// fileServer hands the shelf to TFTP, and the transfers' records to report.
type fileServer struct {
	a    *App
	seg  segment.Segment
	open sync.Map // netip.AddrPort -> install.Event: what a client is being sent
}

func (f *fileServer) Open(r tftp.Request) (tftp.File, error) {
	asked := boot.Asked{At: now(), Path: r.Name, Client: r.Client.Addr(),
		Place: f.a.place(f.seg.Info().Name, f.seg.Info().Addr.Addr(), r.Client.Addr())}
	c, err := f.a.shelf.Load().Open(asked)
	if lower := strings.ToLower(r.Name); err != nil && lower != r.Name && f.a.cfg.Load().TFTPLower {
		asked.Path = lower
		c, err = f.a.shelf.Load().Open(asked)
	}
	if err != nil {
		return tftp.File{}, err
	}
	switch {
	case c.Dir != nil:
		return tftp.File{}, fs.ErrNotExist
	case c.Secret:
		c.Body.Close()
		return tftp.File{}, fault.New(fault.Invalid, "", "answer files are served by HTTP only")
	}
	f.open.Store(r.Client, c.Event)
	if c.Keep != nil && c.Event.Attempt != 0 {
		f.a.keep(c.Event.Attempt, c.Name, c.Keep)
	}
	return tftp.File{Body: c.Body, Size: c.Size}, nil
}

// mac is the hardware address of who holds an address, where that is known.
func (f *fileServer) mac(client netip.Addr) net.HardwareAddr {
	l, ok := bookLeases{f.a}.ByAddress(client)
	if !ok || l.MAC.IsZero() {
		return nil
	}
	mac, _ := net.ParseMAC(l.MAC.String())
	return mac
}

func (f *fileServer) done(t tftp.Transfer) {
	v, ok := f.open.LoadAndDelete(t.Client)
	if !ok || t.Probe {
		return
	}
	e := v.(install.Event)
	e.Bytes = t.Bytes
	if t.Err != nil {
		e.Failed = true
		e.Text += " (cut off: " + t.Err.Error() + ")"
	}
	f.a.report(e)
}

// tellEvery is how often a long transfer by TFTP tells that it goes on.
const tellEvery = 5 * time.Second

// tell says which transfers go on; one that does not is ended by the server
// within its retries. The bytes are told at the end.
func (f *fileServer) tell() {
	at := now()
	f.open.Range(func(_, v any) bool {
		if e := v.(install.Event); at.Sub(e.At) >= tellEvery {
			e.At, e.Partial = at, true
			f.a.report(e)
		}
		return true
	})
}
