package rehearse

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/segment"
)

// Options are what to rehearse and how.
type Options struct {
	Config   *config.Config
	Profile  string
	Firmware Firmware
	Loader   string // overrides the settings'; "" keeps them
	Images   []image.Image
	Trees    image.Trees // to copy the kernel for the accelerator's trial
	Mirrors  []Mirror    // servers that play a mirror elsewhere
	Memory   int         // MiB
	DiskSize int64       // bytes
	Accel    string      // "", auto, kvm, tcg
	Login    Login
	Dir      string // where console, log, screen and events are kept; made
	Stall    time.Duration
	Timeout  time.Duration
	Log      *slog.Logger
	Say      func(at time.Duration, step install.Step, text string) // progress, a line each
}

// Stage is one hop of the boot path as it happened: when it was first seen,
// counted from power-on, and what was said.
type Stage struct {
	At   time.Duration `json:"at"`
	Step install.Step  `json:"step"`
	Text string        `json:"text"`
	Boot int           `json:"boot"` // 1: the install; 2: the boot after it
}

// Result is how a rehearsal ended.
type Result struct {
	Profile   string        `json:"profile"`
	Firmware  Firmware      `json:"firmware"`
	Accel     string        `json:"accelerator"`
	Installed bool          `json:"installed"`
	Login     string        `json:"login,omitempty"` // what the installed system said over SSH
	Questions int           `json:"questions"`
	Question  string        `json:"question,omitempty"` // where it stopped
	Why       string        `json:"why,omitempty"`      // it did not reach a login
	Took      time.Duration `json:"took"`
	Requests  int           `json:"requests"`
	Bytes     int64         `json:"bytes"`
	Stages    []Stage       `json:"stages"`
	Dir       string        `json:"dir"`
	Console   []string      `json:"console,omitempty"` // its last lines, when it stopped
}

// Good says that the machine went from power-on to a login by itself.
func (r Result) Good() bool { return r.Installed && r.Login != "" && r.Question == "" && r.Why == "" }

// run is one rehearsal while it lasts.
type run struct {
	Options
	work    string // temporary: disk, UEFI variables, state
	mem     *segment.Memory
	app     *app.App
	box     machine.Machine
	key     key
	events  chan install.Event
	start   time.Time
	boot    int
	result  Result
	console *console
	open    question
}

// Run rehearses one profile. The error is of the rehearsal itself; a machine
// that stopped or failed is a Result that is not Good. Everything started is
// ended, and everything temporary removed, when Run returns.
func Run(ctx context.Context, o Options) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("it took longer than %s", o.Timeout))
	defer cancel()
	work, err := os.MkdirTemp("", "seedbed-rehearsal-")
	if err != nil {
		return Result{}, fault.Wrap(err, fault.Unavailable, "set TMPDIR to a directory with room for a disk", "making a place for the rehearsal")
	}
	defer os.RemoveAll(work)
	r := &run{Options: o, work: work, events: make(chan install.Event, 4096)}
	r.result = Result{Profile: o.Profile, Firmware: o.Firmware, Dir: o.Dir}
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
	stop, err := r.serve(ctx)
	if err != nil {
		return r.result, err
	}
	defer stop()
	err = r.both(ctx, hw)
	r.result.Took = time.Since(r.start)
	return r.result, err
}

// hardware gathers the virtual machine's parts and says how it will run.
func (r *run) hardware(ctx context.Context) (hardware, error) {
	h := hardware{Firmware: r.Firmware, Accel: r.Accel, Memory: r.Memory, CPUs: 2, Disk: filepath.Join(r.work, "disk.raw"),
		MAC: "52:54:00:5e:ed:01", UUID: "5eedbed0-0000-4000-8000-525400" + "5eed01"}
	f, err := os.Create(h.Disk)
	if err != nil {
		return h, err
	}
	err = f.Truncate(r.DiskSize)
	f.Close()
	if err != nil {
		return h, fault.Wrap(err, fault.Unavailable, "set TMPDIR to a file system with room", "making the virtual disk")
	}
	if r.Firmware != BIOS {
		fl, err := findFlash()
		if err != nil {
			return h, err
		}
		vars, err := os.ReadFile(fl.vars)
		if err != nil {
			return h, err
		}
		h.Code, h.Vars = fl.code, filepath.Join(r.work, "vars.fd")
		if err := os.WriteFile(h.Vars, vars, 0o600); err != nil {
			return h, err
		}
	}
	if _, err := findQEMU(); err != nil {
		return h, err
	}
	if h.Accel == "" || h.Accel == "auto" {
		var why string
		h.Accel, why = r.accelerator(ctx)
		r.Say(0, "", why)
	}
	r.result.Accel = h.Accel
	return h, nil
}

// accelerator tries KVM with the very kernel that will be installed from.
func (r *run) accelerator(ctx context.Context) (string, string) {
	none := "the machine is emulated, which is several times slower"
	prof := r.Config.Boot.Profiles[r.Profile]
	for _, img := range r.Images {
		f, ok := img.Find(image.Kernel)
		if img.Name != prof.Image || !ok {
			continue
		}
		fsys, err := r.Trees.Tree(img, f.Side)
		if err != nil {
			return "tcg", none
		}
		in, err := fsys.Open(f.Path)
		if err != nil {
			return "tcg", none
		}
		defer in.Close()
		kernel := filepath.Join(r.work, "kernel")
		out, err := os.Create(kernel)
		if err != nil {
			return "tcg", none
		}
		_, err = io.Copy(out, in)
		if out.Close(); err != nil {
			return "tcg", none
		}
		return accelerator(ctx, kernel)
	}
	return "tcg", none
}

// serve starts the real servers on a segment in memory.
func (r *run) serve(ctx context.Context) (stop func(), err error) {
	cfg, server := r.settings()
	if r.mem, err = segment.NewMemory(server); err != nil {
		return nil, err
	}
	if err := r.neighbours(ctx, cfg, server); err != nil {
		r.mem.Close()
		return nil, err
	}
	r.noRouter(ctx)
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
	reh := &boot.Rehearsal{KernelArgs: installerArgs, SSHKeys: []string{r.key.authorized}}
	r.app, err = app.Open(app.Options{Config: cfg, State: filepath.Join(r.work, "state"), Log: r.Log, Rehearsal: reh, Images: r.Images,
		OnEvent: func(e install.Event) {
			select {
			case r.events <- e:
			default: // nobody reads any more
			}
		},
		OnLog: func(_, line string) { fmt.Fprintf(logFile, "%s %s\n", time.Now().Format("15:04:05"), line) }})
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

// installerArgs let the installer be watched: its dialogue on the serial line
// as plain text, debconf's exchange in its log. The rest makes an emulated
// machine several times faster and changes no answer.
var installerArgs = []string{"console=tty0", "console=ttyS0,115200", "DEBIAN_FRONTEND=text", "TERM=dumb", "DEBCONF_DEBUG=developer",
	"DEBCONF_DROP_TRANSLATIONS=1", "ipv6.disable=1", "norandmaps", "mitigations=off", "init_on_alloc=0", "nokaslr"}

// settings are the user's, with the one machine of the rehearsal, and the
// server's own address on the first subnet.
func (r *run) settings() (*config.Config, netip.Prefix) {
	cfg := *r.Config
	cfg.DHCP, cfg.HTTPPort, cfg.TFTPPort, cfg.SyslogPort = "server", 80, 69, 514
	if len(cfg.Subnets) == 0 {
		cfg.Subnets = fallbackSubnets()
	}
	cfg.Subnets = append(cfg.Subnets[:0:0], cfg.Subnets[0])
	sub := &cfg.Subnets[0]
	mac, _ := machine.ParseMAC("52:54:00:5e:ed:01")
	r.box = machine.Machine{Name: "rehearsal", MACs: []machine.MAC{mac}, Profile: r.Profile, Declared: true}
	for _, m := range cfg.Machines {
		if m.Profile == r.Profile && len(m.Params) > 0 {
			r.box.Params = m.Params // templates of the profile may need them
			break
		}
	}
	free := freeAddresses(*sub, cfg.Reservations)
	server := sub.NextServer
	if !server.IsValid() || !sub.Network.Contains(server) {
		server = free()
	}
	sub.NextServer = netip.Addr{}
	cfg.Reservations = nil
	if len(sub.Pools) == 0 {
		r.box.Address = free()
		cfg.Reservations = append(cfg.Reservations, reservation(r.box))
	}
	cfg.Machines = []machine.Machine{r.box}
	if r.Loader != "" {
		cfg.Boot.Loader = r.Loader
		p := cfg.Boot.Profiles[r.Profile]
		p.Loader = r.Loader
		profiles := map[string]profileT{}
		for k, v := range cfg.Boot.Profiles {
			profiles[k] = v
		}
		profiles[r.Profile] = p
		cfg.Boot.Profiles = profiles
		sub.BootFile = ""
	}
	if cfg.Boot.Timeout == 0 || cfg.Boot.Timeout > 5*time.Second {
		cfg.Boot.Timeout = 5 * time.Second
	}
	return &cfg, netip.PrefixFrom(server, sub.Network.Bits())
}

// note keeps a stage of the timeline and says it, the first time only.
func (r *run) note(step install.Step, text string) {
	at := time.Since(r.start)
	r.result.Stages = append(r.result.Stages, Stage{At: at, Step: step, Text: text, Boot: r.boot})
	r.Say(at, step, text)
}

// hasStage says whether a step was seen in this boot with such a text.
func (r *run) hasStage(step install.Step, text string) bool {
	for _, s := range r.result.Stages {
		if s.Boot == r.boot && s.Step == step && (text == "" || strings.Contains(s.Text, text)) {
			return true
		}
	}
	return false
}
