package rehearse

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/pulse"
	"seedbed/internal/rehearse/cable"
	"seedbed/internal/rehearse/report"
	"seedbed/internal/rehearse/vm"
	"seedbed/internal/wire/segment"
)

// Options are what to rehearse and how.
type Options struct {
	Config   *config.Config
	Profile  string
	Firmware vm.Firmware
	Loader   string // overrides the settings'; "" keeps them
	Images   []image.Image
	Trees    image.Trees // to copy the kernel for the accelerator's trial
	Mirrors  []Mirror    // servers that play a mirror elsewhere
	Memory   int         // MiB
	Disks    int         // 0 is 1
	DiskSize int64       // bytes, of each
	Cards    int         // network cards on the same segment; 0 is 1
	Faults   cable.Faults
	Patience time.Duration // how long a question must stand before it counts
	Accel    string        // "", auto, kvm, tcg
	Login    Login
	Dir      string // where the report is kept; made
	Stall    time.Duration
	Timeout  time.Duration
	Log      *slog.Logger
	Say      func(at time.Duration, step install.Step, text string) // progress, a line each
}

// run is one rehearsal while it lasts.
type run struct {
	Options
	work    string // temporary: disk, UEFI variables, state
	mem     *segment.Memory
	app     *app.App
	box     machine.Machine
	key     key
	events  chan install.Event
	kept    chan report.Document
	pulse   *pulse.Pulse
	start   time.Time // by the pulse, as all times here
	boot    int
	powered time.Duration             // since start: the last power-on
	fresh   int                       // of the stages, the first one since then
	logged  atomic.Pointer[time.Time] // the last line of its installer's log
	heard   bool                      // the system in it has asked for something since then
	result  report.Result
	console *vm.Console
	open    open
	due     due
	aptSaid string // its last complaint
}

// Run rehearses one profile. The error is of the rehearsal itself; a machine
// that stopped or failed is a Result that is not Good. Everything started is
// ended, and everything temporary removed, when Run returns.
func Run(ctx context.Context, o Options) (report.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work, err := os.MkdirTemp("", "seedbed-rehearsal-")
	if err != nil {
		return report.Result{}, fault.Wrap(err, fault.Unavailable, "set TMPDIR to a directory with room for a disk", "making a place for the rehearsal")
	}
	defer os.RemoveAll(work)
	r := &run{Options: o, work: work, events: make(chan install.Event, 4096), kept: make(chan report.Document, 64), pulse: pulse.Start(ctx)}
	go limit(ctx, r.pulse, o.Timeout, cancel)
	r.result = report.Result{Began: time.Now(), Machine: "rehearsal", Profile: o.Profile, Image: o.Config.Boot.Profiles[o.Profile].Image, Firmware: string(o.Firmware), Dir: o.Dir}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return r.result, fault.Wrap(err, fault.Unavailable, "", "making the report's directory")
	}
	if r.key, err = newKey(); err != nil {
		return r.result, err
	}
	hw, err := r.hardware(ctx)
	if err != nil {
		return r.result, err
	}
	cfg, server := r.settings(hw)
	if err := r.foresee(cfg, server.Addr(), hw); err != nil {
		return r.result, err
	}
	stop, err := r.serve(ctx, cfg, server)
	if err != nil {
		return r.result, err
	}
	err = r.both(ctx, hw)
	r.result.Took = r.pulse.Since(r.start)
	stop() // the logs are whole now
	r.collect()
	if err != nil {
		return r.result, err
	}
	return r.result, r.result.Keep(r.Dir)
}

// serve starts the real servers on a segment in memory.
func (r *run) serve(ctx context.Context, cfg *config.Config, server netip.Prefix) (stop func(), err error) {
	if r.mem, err = segment.NewMemory(server, r.pulse); err != nil {
		return nil, err
	}
	if err := r.neighbours(ctx, cfg, server); err != nil {
		r.mem.Close()
		return nil, err
	}
	cable.NoRouter(ctx, r.mem)
	logFile, err := os.Create(filepath.Join(r.Dir, "installer.log"))
	if err != nil {
		r.mem.Close()
		return nil, err
	}
	wireEnd, err := r.capture()
	if err != nil {
		r.mem.Close()
		return nil, err
	}
	r.app, err = app.Open(r.options(cfg, logFile))
	if err != nil {
		r.mem.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	ready := make(chan struct{})
	go func() { ended <- r.app.Serve(ctx, []segment.Segment{r.mem}, func() { close(ready) }) }()
	stop = func() {
		cancel()
		r.mem.Close()
		<-ended
		r.app.Close()
		wireEnd()
		logFile.Close()
	}
	select {
	case err := <-ended:
		cancel()
		r.mem.Close()
		r.app.Close()
		return nil, err
	case <-ready:
		return stop, nil
	}
}

// options are the server's: what happens there is handed to the run, and the
// installer's log to its file.
func (r *run) options(cfg *config.Config, logFile io.Writer) app.Options {
	reh := &boot.Rehearsal{KernelArgs: installerArgs, SSHKeys: []string{r.key.authorized}}
	return app.Options{Config: cfg, State: filepath.Join(r.work, "state"), Log: r.Log, Pulse: r.pulse, Rehearsal: reh, Foreseen: r.result.Findings, Images: r.Images,
		OnEvent: func(e install.Event) {
			select {
			case r.events <- e:
			default: // nobody reads any more
			}
		},
		OnKeep: func(name string, text []byte) {
			select {
			case r.kept <- report.Document{Name: name, Text: string(text)}:
			default:
			}
		},
		OnLog: func(_, line string) {
			at := r.pulse.Now()
			r.logged.Store(&at)
			fmt.Fprintf(logFile, "%s %s\n", time.Now().Format("15:04:05"), line)
		}}
}
