package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/rehearse/cable"
	"seedbed/internal/rehearse/report"
	"seedbed/internal/rehearse/vm"
)

// open is the question that the installer asks now.
type open struct {
	key   string
	since time.Time
}

// guest is the virtual machine while it runs.
type guest interface {
	Done() <-chan struct{}
	Broken() <-chan struct{} // the emulator stopped it
	Screen(png string) error
	Stop(patience time.Duration)
}

// mostServed is how many requests are listed; all of them are counted.
const mostServed = 20000

// both is the install and the boot after it.
func (r *run) both(ctx context.Context, hw vm.Hardware) error {
	r.start = r.pulse.Now()
	log, err := os.Create(filepath.Join(r.Dir, "console.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	r.boot = 1
	installed, err := r.install(ctx, hw, log)
	if err != nil || !installed {
		return err
	}
	r.boot = 2
	return r.prove(ctx, hw, log)
}

// power starts the machine on the segment.
func (r *run) power(ctx context.Context, hw vm.Hardware, log io.Writer) (guest, func(), error) {
	var ends []func()
	off := func() {
		for _, end := range ends {
			end()
		}
	}
	var cards []*os.File
	unplug := func() {
		for _, f := range cards {
			f.Close() // QEMU has its own copy
		}
	}
	for range hw.MACs {
		file, detach, err := r.mem.AttachQEMU()
		if err == nil {
			ends = append(ends, detach)
			if r.Faults.Any() {
				file, err = cable.New(file, r.Faults)
			}
		}
		if err != nil {
			unplug()
			off()
			return nil, nil, err
		}
		cards = append(cards, file)
	}
	r.console = vm.NewConsole(r.pulse, log)
	r.heard, r.powered, r.fresh = false, r.pulse.Since(r.start), len(r.result.Stages)
	v, err := vm.Start(ctx, hw, cards, r.console)
	unplug()
	if err != nil {
		off()
		return nil, nil, err
	}
	r.note("", fmt.Sprintf("power on (%s, %s, %d MiB, disks: %d, network cards: %d)", hw.Firmware, hw.Accel, hw.Memory, len(hw.Disks), len(hw.MACs)))
	return v, func() { v.Kill(); off() }, nil
}

// errAgain says that the machine is to be started anew (restart.go).
var errAgain = errors.New("a false start")

// install boots the machine until its installer has ended, stopped or failed.
func (r *run) install(ctx context.Context, hw vm.Hardware, log io.Writer) (installed bool, err error) {
	for {
		if installed, err = r.installOnce(ctx, hw, log); err != errAgain {
			return installed, err
		}
	}
}

func (r *run) installOnce(ctx context.Context, hw vm.Hardware, log io.Writer) (bool, error) {
	v, off, err := r.power(ctx, hw, log)
	if err != nil {
		return false, err
	}
	defer off()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := r.pulse.Now()
	for {
		select {
		case e := <-r.events:
			last = r.pulse.Now()
			r.take(e)
			if e.Failed && e.Step == install.Reported {
				return false, r.failed(v, e.Text)
			}
		case <-v.Done():
			r.drain()
			if !r.result.Installed {
				return false, r.stopped(v, "the machine went down before its installer had finished")
			}
			r.note("", "the installer restarts the machine")
			return true, nil
		case <-v.Broken():
			return false, r.stopped(v, "the emulator stopped the machine with an internal error")
		case <-tick.C:
			r.look(v)
			if line := panicked(r.console.Lines(200)); line != "" {
				return false, r.panicked(v, line)
			}
			if key, since := r.asks(); key != "" {
				return false, r.asked(v, key, since)
			}
			if r.silent(last) > r.Stall {
				return false, r.stopped(v, fmt.Sprintf("silent for %s: nothing asked for, nothing logged, nothing printed", r.Stall))
			}
		case <-ctx.Done():
			return false, r.stopped(v, context.Cause(ctx).Error())
		}
	}
}

// asks gives the open question once it has stood for long enough: from the
// installer's log, else from its dialogue on the serial line, which is all
// there is before it has a network.
func (r *run) asks() (key string, since time.Time) {
	if r.open.key != "" {
		if r.pulse.Since(r.open.since) > r.Patience {
			return r.open.key, r.open.since
		}
		return "", since
	}
	quiet := r.console.Quiet()
	if quiet < r.Patience {
		return "", since
	}
	return prompt(r.console.Lines(40)), r.pulse.Now().Add(-quiet)
}

// look keeps a picture a little after something was seen to happen, when the
// screen shows it.
func (r *run) look(v guest) {
	r.rested()
	if r.due.caption != "" && r.pulse.Since(r.due.since) > 2*time.Second {
		r.snap(v, fmt.Sprintf("screen-%02d.png", len(r.result.Screens)+1), r.due.caption)
		r.due = due{}
	}
}

// due is a picture to be taken.
type due struct {
	caption string
	since   time.Time
}

// take follows one event of the boot path.
func (r *run) take(e install.Event) {
	r.heard = r.heard || heardOf(e)
	if e.Bytes > 0 || e.Path != "" {
		r.result.Requests++
		r.result.Bytes += e.Bytes
		if len(r.result.Served) < mostServed {
			r.result.Served = append(r.result.Served, report.Served{At: r.pulse.Since(r.start), Boot: r.boot, Path: e.Path, Bytes: e.Bytes, Failed: e.Failed, Text: e.Text})
		}
	}
	switch e.Step {
	case install.Installed:
		r.result.Installed = true
	case install.Reported:
		switch {
		case e.Answered:
			r.open = open{}
		case e.Question != "" && r.open.key != e.Question:
			r.open = open{e.Question, r.pulse.Now()}
		case strings.HasPrefix(e.Text, "apt says "):
			r.aptSaid = strings.TrimPrefix(e.Text, "apt says ")
		}
	case install.Fetched:
		if r.boot == 1 && r.hasStage(install.Answered, "") && r.hasStage(install.Fetched, "packages") {
			return
		}
		if strings.HasPrefix(e.Path, "images/") {
			e.Text = "packages of the medium, from " + e.Text + " on"
		}
	case install.Loaded:
		if ext := path.Ext(e.Text); ext == ".mod" || ext == ".lst" { // GRUB asks for twenty and more
			if r.hasStage(install.Loaded, "GRUB's modules") {
				return
			}
			e.Text = "GRUB's modules and lists, from " + e.Text + " on"
		}
	}
	if !r.hasStage(e.Step, e.Text) {
		r.note(e.Step, e.Text)
		switch e.Step {
		case install.Scripted, install.Answered, install.Installed, install.Loaded:
			r.due = due{string(e.Step) + ": " + e.Text, r.pulse.Now()}
		}
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

// stopped records where the machine stands: screen, console, and why.
func (r *run) stopped(v guest, why string) error {
	r.result.Why = why
	r.result.Console = r.console.Lines(24)
	select {
	case <-v.Done():
	default:
		r.snap(v, lastScreen, "where it stopped")
	}
	return nil
}

// asked records the question that it stopped at.
func (r *run) asked(v guest, key string, since time.Time) error {
	a := report.Explain(key, r.result.Findings)
	a.After, a.Named = since.Sub(r.start), r.pulse.Since(r.start)
	r.result.Asks, r.result.Question = &a, key
	r.result.Questions++
	return r.stopped(v, a.Why)
}

// failed records that the installer gave up a step, which debian-installer
// says in a question of its own.
func (r *run) failed(v guest, text string) error {
	if r.aptSaid != "" {
		text += ": apt says " + r.aptSaid
	}
	if !strings.HasPrefix(text, "menu item failed") {
		return r.stopped(v, text)
	}
	a := report.Explain(report.ItemFailure, r.result.Findings)
	a.After, a.Named, a.Saw = r.pulse.Since(r.start), r.pulse.Since(r.start), text
	r.result.Asks, r.result.Question = &a, report.ItemFailure
	r.result.Questions++
	return r.stopped(v, text)
}

// panicked starts the machine anew where that is right, else it has stopped.
func (r *run) panicked(v guest, line string) error {
	r.drain()
	if r.again(line) {
		return errAgain
	}
	return r.stopped(v, "its kernel gave up: "+line)
}

// prove boots the machine again, as it would in its room: from the network
// first, which must send it to its disk; then somebody must get in.
func (r *run) prove(ctx context.Context, hw vm.Hardware, log io.Writer) error {
	for {
		if err := r.proveOnce(ctx, hw, log); err != errAgain {
			return err
		}
	}
}

func (r *run) proveOnce(ctx context.Context, hw vm.Hardware, log io.Writer) error {
	v, off, err := r.power(ctx, hw, log)
	if err != nil {
		return err
	}
	defer off()
	type answer struct {
		said string
		err  error
		ran  []report.Verified
	}
	got := make(chan answer, 1)
	try := func(addr netip.Addr) {
		said, ran, err := r.enter(ctx, netip.AddrPortFrom(addr, 22))
		got <- answer{said, err, ran}
	}
	next := time.NewTicker(3 * time.Second)
	defer next.Stop()
	busy, lastErr, began := false, error(nil), r.pulse.Now()
	for {
		select {
		case e := <-r.events:
			r.take(e)
		case a := <-got:
			busy = false
			if a.err == nil {
				return r.entered(v, a.said, a.ran)
			}
			lastErr = a.err
		case <-next.C:
			r.look(v)
			if line := panicked(r.console.Lines(200)); line != "" {
				return r.panicked(v, line)
			}
			if r.pulse.Since(began) > r.Stall+5*time.Minute {
				return r.stopped(v, fmt.Sprintf("installed, but no login over SSH: %v", lastErr))
			}
			if addr := r.app.AddressOf(r.box.MAC()); addr.IsValid() && !busy && r.hasStage(install.Scripted, "") {
				busy = true
				go try(addr)
			}
		case <-v.Done():
			return r.stopped(v, "the installed machine went down again")
		case <-v.Broken():
			return r.stopped(v, "the emulator stopped the machine with an internal error")
		case <-ctx.Done():
			return r.stopped(v, context.Cause(ctx).Error())
		}
	}
}

// entered records a login and what the profile's commands said there.
func (r *run) entered(v guest, said string, ran []report.Verified) error {
	r.result.Login, r.result.Verified = said, ran
	r.note("", "login over SSH: "+said)
	for _, c := range ran {
		word := "verified"
		if !c.OK {
			word = "verify failed"
			r.result.Why = fmt.Sprintf("verify: %s: %s", c.Command, c.Said())
		}
		r.note("", word+": "+c.Command)
	}
	r.snap(v, "screen-login.png", "after the login")
	if r.result.Why != "" {
		r.result.Console = r.console.Lines(24)
	}
	v.Stop(20 * time.Second)
	return nil
}
