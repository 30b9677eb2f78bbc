package rehearse

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"seedbed/internal/core/install"
)

// question is what the installer asks now, as far as its log or its serial
// line says.
type question struct {
	name  string
	since time.Time
}

// patience is how long a question must stand before it counts: answered ones
// stand for a moment too, and an emulated machine is slow.
const patience = 25 * time.Second

// both is the install and the boot after it.
func (r *run) both(ctx context.Context, hw hardware) error {
	r.start = time.Now()
	log, err := os.Create(filepath.Join(r.Dir, "console.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	defer r.keepEvents()
	r.boot = 1
	installed, err := r.install(ctx, hw, log)
	if err != nil || !installed {
		return err
	}
	r.boot = 2
	return r.prove(ctx, hw, log)
}

// power starts the machine on the segment.
func (r *run) power(ctx context.Context, hw hardware, log io.Writer) (*vm, func(), error) {
	file, detach, err := r.mem.AttachQEMU()
	if err != nil {
		return nil, nil, err
	}
	r.console = &console{log: log, last: time.Now()}
	v, err := start(ctx, hw, file, r.console)
	file.Close()
	if err != nil {
		detach()
		return nil, nil, err
	}
	r.note("", fmt.Sprintf("power on (%s, %s, %d MiB)", hw.Firmware, hw.Accel, hw.Memory))
	return v, func() { v.kill(); detach() }, nil
}

// install boots the machine until its installer has ended, stopped or failed.
func (r *run) install(ctx context.Context, hw hardware, log io.Writer) (bool, error) {
	v, off, err := r.power(ctx, hw, log)
	if err != nil {
		return false, err
	}
	defer off()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case e := <-r.events:
			last = time.Now()
			r.take(e)
			if e.Failed && e.Step == install.Reported {
				return false, r.stopped(v, "", e.Text)
			}
		case <-v.done:
			r.drain()
			if !r.result.Installed {
				return false, r.stopped(v, "", "the machine went down before its installer had finished")
			}
			r.note("", "the installer restarts the machine")
			return true, nil
		case <-v.qmp.broken:
			return false, r.stopped(v, "", "the emulator stopped the machine with an internal error")
		case <-tick.C:
			if q := r.asks(); q != "" {
				return false, r.stopped(v, q, "")
			}
			if c := r.console.quiet(); time.Since(last) > r.Stall && c > r.Stall {
				return false, r.stopped(v, "", fmt.Sprintf("silent for %s: nothing asked for, nothing logged, nothing printed", r.Stall))
			}
		case <-ctx.Done():
			return false, r.stopped(v, "", context.Cause(ctx).Error())
		}
	}
}

// asks gives the open question once it has stood for long enough: from the
// installer's log, else from its dialogue on the serial line, which is all
// there is before it has a network.
func (r *run) asks() string {
	if r.open.name != "" {
		if time.Since(r.open.since) > patience {
			return r.open.name
		}
		return ""
	}
	if r.console.quiet() < patience {
		return ""
	}
	return prompt(r.console.Lines(40))
}

// prompt finds the question in the text dialogue of debian-installer, which
// ends in "Prompt: …>" after a title and choices.
func prompt(lines []string) string {
	if len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "Prompt: ") {
		return ""
	}
	for i := len(lines) - 2; i > 0; i-- {
		if strings.HasPrefix(lines[i], "----") || strings.HasPrefix(lines[i], "!!") {
			title := strings.Trim(lines[i-1], "! ")
			if strings.HasPrefix(lines[i], "!!") {
				title = strings.Trim(lines[i], "! ")
			}
			return fmt.Sprintf("%q", title)
		}
	}
	return fmt.Sprintf("%q", lines[max(0, len(lines)-2)])
}

// take follows one event of the boot path.
func (r *run) take(e install.Event) {
	if e.Bytes > 0 {
		r.result.Requests++
		r.result.Bytes += e.Bytes
	}
	switch e.Step {
	case install.Installed:
		r.result.Installed = true
	case install.Reported:
		switch {
		case e.Answered:
			r.open = question{}
		case e.Question != "" && r.open.name != e.Question:
			r.open = question{e.Question, time.Now()}
		}
	case install.Fetched:
		if r.boot == 1 && r.hasStage(install.Answered, "") && r.hasStage(install.Fetched, "packages") {
			return
		}
		if strings.HasPrefix(e.Path, "images/") {
			e.Text = "packages of the medium, from " + e.Text + " on"
		}
	}
	if !r.hasStage(e.Step, e.Text) {
		r.note(e.Step, e.Text)
	}
}

func (r *run) drain() {
	for {
		select {
		case e := <-r.events:
			r.take(e)
		case <-time.After(300 * time.Millisecond):
			return
		}
	}
}

// stopped records where the machine stands: question, screen, console.
func (r *run) stopped(v *vm, q, why string) error {
	r.result.Question, r.result.Why = q, why
	if q != "" {
		r.result.Questions++
		r.result.Why = "it asks, and nobody is there to answer"
	}
	r.result.Console = r.console.Lines(24)
	select {
	case <-v.done:
	default:
		if err := v.qmp.screen(filepath.Join(r.Dir, "screen.png")); err != nil {
			r.Log.Debug("no picture of the screen", "err", err)
		}
	}
	return nil
}

// prove boots the machine again, as it would in its room: from the network
// first, which must send it to its disk; then somebody must get in.
func (r *run) prove(ctx context.Context, hw hardware, log io.Writer) error {
	v, off, err := r.power(ctx, hw, log)
	if err != nil {
		return err
	}
	defer off()
	type answer struct {
		said string
		err  error
	}
	got := make(chan answer, 1)
	try := func(addr netip.Addr) {
		said, err := login(ctx, r.mem, netip.AddrPortFrom(addr, 22), r.Login, r.key)
		got <- answer{said, err}
	}
	limit := time.NewTimer(r.Stall + 5*time.Minute)
	defer limit.Stop()
	next := time.NewTicker(3 * time.Second)
	defer next.Stop()
	busy, lastErr := false, error(nil)
	for {
		select {
		case e := <-r.events:
			r.take(e)
		case a := <-got:
			busy = false
			if a.err == nil {
				r.result.Login = a.said
				r.note("", "login over SSH: "+a.said)
				v.stop(20 * time.Second)
				return nil
			}
			lastErr = a.err
		case <-next.C:
			if addr := r.app.AddressOf(r.box.MAC()); addr.IsValid() && !busy && r.hasStage(install.Scripted, "") {
				busy = true
				go try(addr)
			}
		case <-v.done:
			return r.stopped(v, "", "the installed machine went down again")
		case <-v.qmp.broken:
			return r.stopped(v, "", "the emulator stopped the machine with an internal error")
		case <-limit.C:
			return r.stopped(v, "", fmt.Sprintf("installed, but no login over SSH: %v", lastErr))
		case <-ctx.Done():
			return r.stopped(v, "", context.Cause(ctx).Error())
		}
	}
}

// keepEvents writes the timeline beside console and log.
func (r *run) keepEvents() {
	b, err := json.MarshalIndent(r.result, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(r.Dir, "rehearsal.json"), append(b, '\n'), 0o644)
	}
	if err != nil {
		r.Log.Error("the rehearsal's record could not be written", "err", err)
	}
}
