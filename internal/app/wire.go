package app

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"seedbed/internal/fault"
	"seedbed/internal/wire/segment"
)

const (
	lookAgain = 10 * time.Second // at an interface whose changes are not told
	tryAgain  = time.Second      // what failed on an interface that is back
)

// OpenSegments opens the interfaces that the settings name. One that is not
// there or has no address is waited for while serving, if another is there.
func (a *App) OpenSegments() ([]segment.Segment, error) {
	var segs []segment.Segment
	var missing error
	for _, name := range a.cfg.Load().Interfaces {
		k, err := segment.OpenKernel(name, a.ours)
		switch {
		case err == nil:
			segs = append(segs, k)
		case fault.KindOf(err) != fault.NotFound && fault.KindOf(err) != fault.Invalid:
			return nil, err
		default:
			missing = errors.Join(missing, err)
			a.absent = append(a.absent, name)
		}
	}
	if len(segs) == 0 {
		return nil, missing
	}
	if missing != nil {
		a.log.Error("an interface is waited for", "err", missing)
	}
	return segs, nil
}

// ours says whether an address is on a subnet of the settings: of several on
// an interface that one is used.
func (a *App) ours(addr netip.Addr) bool { return a.book.SubnetFor(addr) != nil }

// serveWire serves one segment until ctx ends, or one of its doors fails: then
// it gives that error. settled is called once DHCP is answered.
func (a *App) serveWire(ctx context.Context, seg segment.Segment, d *dhcpDoors, settled func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	door := func(serve func() error) {
		wg.Go(func() {
			if err := serve(); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	d.serve(ctx, seg, door, settled)
	if err := a.doors(ctx, seg, door); err != nil {
		cancel(err)
	}
	<-ctx.Done()
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// follow serves an interface through its life: it may go and come back, and
// have another address then. k is nil where it has still to come. A door that
// cannot be opened at the start is an error.
func (a *App) follow(ctx context.Context, name string, k *segment.Kernel, d *dhcpDoors, settled func()) error {
	changes, err := segment.Changes(ctx)
	if err != nil {
		a.log.Warn("changes of interfaces are noticed late", "err", err)
	}
	first := k != nil
	for ctx.Err() == nil {
		if k == nil {
			if k = a.await(ctx, name, changes); k == nil {
				return nil
			}
		}
		why, err := a.serveUntilStale(ctx, k, changes, d, settled)
		k.Close()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil:
			a.log.Error("an interface is not served", "iface", name, "err", err, "hint", fault.HintOf(err))
			pause(ctx, tryAgain)
		default:
			a.log.Warn("an interface has changed: "+why, "iface", name)
		}
		k, first = nil, false
	}
	return nil
}

// serveUntilStale serves until the interface is not what it was (then it says
// why), or a door failed.
func (a *App) serveUntilStale(ctx context.Context, k *segment.Kernel, changes <-chan struct{}, d *dhcpDoors, settled func()) (why string, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.serveWire(ctx, k, d, settled) }()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if why := k.Stale(); why != "" {
				return why, nil // that is why it failed
			}
			return "", err
		case <-changes:
		case <-tick.C:
		}
		if why := k.Stale(); why != "" {
			stop()
			<-ended
			return why, nil
		}
	}
}

// await waits until the interface is there and has an address.
func (a *App) await(ctx context.Context, name string, changes <-chan struct{}) *segment.Kernel {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		k, err := segment.OpenKernel(name, a.ours)
		if err == nil {
			a.log.Info("an interface is served", "iface", name, "address", k.Info().Addr.String())
			return k
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changes:
		case <-tick.C:
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
