package app

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/wire/api"
	"seedbed/internal/wire/httpboot"
	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/syslog"
	"seedbed/internal/wire/tftp"
)

// reserve is memory that nobody touches, and so no memory: it counts as in use
// where the collector asks how much garbage may come together. A small server
// under load would else be searched thirty times a second.
const reserve = 8 << 20

// Serve answers on the segments until ctx ends. The first door that cannot be
// opened ends all, with its error; ready is called once DHCP too is answered,
// after it has listened for other servers.
func (a *App) Serve(ctx context.Context, segs []segment.Segment, ready func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer runtime.KeepAlive(make([]byte, reserve))
	var wg sync.WaitGroup
	door := func(serve func() error) {
		wg.Go(func() {
			if err := serve(); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	if err := a.startRebuild(); err != nil {
		cancel(err)
	}
	settled := a.serveWires(ctx, segs, door)
	if a.opt.Rehearsal == nil {
		l, err := api.Listen(a.opt.State)
		if err != nil {
			cancel(err)
		} else {
			srv := &http.Server{Handler: a.api(), ReadHeaderTimeout: 10 * time.Second}
			context.AfterFunc(ctx, func() { srv.Close() })
			door(func() error { return srv.Serve(l) })
		}
	}
	door(func() error {
		return a.every(ctx, 15*time.Second, func() { a.leaseNow(); a.checkRebuild() })
	})
	door(func() error { return a.sweeps(ctx) })
	open := make(chan struct{})
	go func() { settled.Wait(); close(open) }()
	select {
	case <-ctx.Done():
	case <-open:
		if ready != nil && ctx.Err() == nil {
			ready()
		}
	}
	<-ctx.Done()
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// serveWires serves each segment, and follows interfaces as they change.
// settled is done when none waits for rival DHCP servers any more.
func (a *App) serveWires(ctx context.Context, segs []segment.Segment, door func(func() error)) (settled *sync.WaitGroup) {
	settled = new(sync.WaitGroup)
	settled.Add(len(segs))
	d := a.newDHCP()
	d.run(ctx, door)
	for _, seg := range segs {
		done := sync.OnceFunc(settled.Done)
		door(func() error {
			if k, ok := seg.(*segment.Kernel); ok {
				return a.follow(ctx, k.Info().Name, k, d, done)
			}
			return a.serveWire(ctx, seg, d, done)
		})
	}
	for _, name := range a.absent {
		door(func() error { return a.follow(ctx, name, nil, d, func() {}) })
	}
	return settled
}

// doors opens the doors of one segment, but for DHCP's.
func (a *App) doors(ctx context.Context, seg segment.Segment, door func(func() error)) error {
	c, info := a.cfg.Load(), seg.Info()
	files := &fileServer{a: a, seg: seg}
	tf := &tftp.Server{Files: files, Log: a.log, Report: files.done, MAC: files.mac, UDPPort: c.TFTPPort, MaxPerAddr: c.TFTPPerClient}
	door(func() error { return tf.Serve(ctx, seg) })
	door(func() error { return a.every(ctx, tellEvery, files.tell) })
	log := &syslog.Server{Handle: a.hear, Log: a.log, UDPPort: c.SyslogPort}
	door(func() error { return log.Serve(ctx, seg) })
	l, err := seg.ListenTCP(c.HTTPPort)
	if err != nil {
		return err
	}
	web := &httpboot.Server{Files: shelf{a}, MaxConns: c.HTTPConns, MaxPerAddr: c.HTTPPerClient, Report: a.report, Keep: a.keep, Log: a.log, Now: now, Metrics: a.metrics,
		Place: func(client netip.Addr) boot.Place { return a.place(info.Name, info.Addr.Addr(), client) }}
	if a.packages != nil {
		web.Cache, web.Metrics = a.packages, a.packages.Metrics
	}
	door(func() error { return web.Serve(ctx, l) })
	return nil
}

// shelf is the shelf in use at the moment of each request.
type shelf struct{ a *App }

func (s shelf) Open(q boot.Asked) (boot.Content, error) { return s.a.shelf.Load().Open(q) }

// Callback keeps the lines of its log that an installer sends with a failure.
func (s shelf) Callback(q boot.Asked) (install.Event, error) {
	e, err := s.a.shelf.Load().Callback(q)
	if err == nil && e.Failed && e.Step == install.Reported {
		s.a.keepFailure(e.Machine, e.Attempt, install.FailureLog(q.Body))
	}
	return e, err
}

func (a *App) every(ctx context.Context, d time.Duration, do func()) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			do()
		}
	}
}
