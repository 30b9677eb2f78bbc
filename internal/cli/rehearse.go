package cli

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/app"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/fault"
	"seedbed/internal/rehearse"
)

// rehearsal are the flags of the command.
type rehearsal struct {
	firmware, loader, accel, dir string
	user, passwordFile           string
	memory, disk                 int
	mirrors                      []string
	stall, timeout               time.Duration
}

func (e *env) cmdRehearse() *cobra.Command {
	var r rehearsal
	c := &cobra.Command{
		Use:   "rehearse PROFILE",
		Short: "Install a virtual machine by the real servers, before a real one is touched",
		Long: "Boots a blank virtual machine with real firmware on a network in memory, where the very servers\n" +
			"of seedbed serve answer it, installs it by the profile, boots it again from the network, and logs\n" +
			"in over SSH. Needs QEMU; needs neither root nor a network interface.\n\n" +
			"Exit code 0: installed and a login proven. 3: it stopped; where, and the last screen, are shown.",
		Example: "  seedbed rehearse debian -c seedbed.yaml\n  seedbed rehearse debian --firmware uefi --report out/\n" +
			"  seedbed rehearse debian --play-mirror http://192.168.0.2/debian=debian-13",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return e.rehearse(c, args[0], r) },
	}
	f := c.Flags()
	f.StringVar(&r.firmware, "firmware", "bios", "bios, uefi or uefi-http")
	f.StringVar(&r.loader, "loader", "", "auto, ipxe, pxelinux or grub (default: the settings')")
	f.StringVar(&r.accel, "accel", "auto", "auto, kvm or tcg")
	f.StringVar(&r.dir, "report", "", "keep console, logs, screen and timeline in `DIR` (default: in the state directory)")
	f.IntVar(&r.memory, "memory", 1024, "memory in `MiB`")
	f.IntVar(&r.disk, "disk", 10, "disk size in `GiB`; only what is written takes room")
	f.StringArrayVar(&r.mirrors, "play-mirror", nil, "`URL=IMAGE`: a second web server with an image's tree at that address, in place of a mirror elsewhere")
	f.StringVar(&r.user, "ssh-user", "root", "who logs in, where an answer file of your own makes the accounts")
	f.StringVar(&r.passwordFile, "ssh-password-file", "", "a `FILE` with that account's password, where the file knows no key of the rehearsal")
	f.DurationVar(&r.stall, "stall", 5*time.Minute, "how long it may be silent")
	f.DurationVar(&r.timeout, "timeout", 90*time.Minute, "how long it may take in all")
	return c
}

func (e *env) rehearse(c *cobra.Command, name string, r rehearsal) error {
	fw := rehearse.Firmware(r.firmware)
	if fw != rehearse.BIOS && fw != rehearse.UEFI && fw != rehearse.UEFIHTTP {
		return usage{fmt.Errorf("--firmware is bios, uefi or uefi-http, not %q", r.firmware)}
	}
	cfg, err := e.settings()
	if err != nil {
		return err
	}
	if _, ok := cfg.Boot.Profiles[name]; !ok {
		return fault.New(fault.NotFound, "profiles: "+strings.Join(cfg.Boot.Order, ", "), "no profile is named %q in %s", name, cfg.Path)
	}
	a, done, err := e.look(cfg)
	if err != nil {
		return err
	}
	defer done()
	if err := app.CheckImages(cfg.Only(name), image.NewCatalogue(a.Images())); err != nil {
		return err
	}
	o := rehearse.Options{Config: cfg, Profile: name, Firmware: fw, Loader: r.loader, Images: a.Images(), Trees: a.Trees(), Memory: r.memory,
		DiskSize: int64(r.disk) << 30, Accel: r.accel, Stall: r.stall, Timeout: r.timeout, Log: slog.New(slog.DiscardHandler), Dir: r.dir, Say: e.stepSayer()}
	if e.verbose {
		o.Log = e.logger()
	}
	o.Login.User = r.user
	if r.passwordFile != "" {
		b, err := os.ReadFile(r.passwordFile)
		if err != nil {
			return fault.Wrap(err, fault.NotFound, "", "reading the password")
		}
		o.Login.Password = strings.TrimRight(string(b), "\r\n")
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(e.state, "rehearsals", time.Now().Format("20060102-150405")+"-"+name+"-"+r.firmware)
	}
	for _, m := range r.mirrors {
		url, img, ok := strings.Cut(m, "=")
		if !ok {
			return usage{fmt.Errorf("--play-mirror is URL=IMAGE, not %q", m)}
		}
		t, err := mirrorTree(a, img)
		if err != nil {
			return err
		}
		o.Mirrors = append(o.Mirrors, rehearse.Mirror{URL: url, Tree: t})
	}
	res, err := rehearse.Run(c.Context(), o)
	if err != nil {
		return err
	}
	return e.rehearsed(res)
}

func mirrorTree(a *app.App, name string) (fs.FS, error) {
	for _, img := range a.Images() {
		if img.Name != name {
			continue
		}
		t, err := a.Trees().Tree(img, image.Medium)
		if err == nil && img.MirrorDir != "" && img.MirrorDir != "." {
			t, err = fs.Sub(t, img.MirrorDir)
		}
		return t, err
	}
	return nil, fault.New(fault.NotFound, "seedbed images lists them", "no image is named %q", name)
}

// stepSayer prints each hop of the boot path as it happens. What the
// installer reports comes by the hundred: on a terminal one line follows it,
// elsewhere it is a line every ten seconds.
func (e *env) stepSayer() func(time.Duration, install.Step, string) {
	var last time.Duration
	var open bool
	return func(at time.Duration, step install.Step, text string) {
		line := fmt.Sprintf("%7s  %-10s %s", clock(at), step, text)
		if step == install.Reported && e.terminal() {
			fmt.Fprintf(e.err, "\r\x1b[K%.110s", line)
			open = true
			return
		}
		if step == install.Reported && at-last < 10*time.Second {
			return
		}
		if open {
			fmt.Fprint(e.err, "\r\x1b[K")
			open = false
		}
		last = at
		fmt.Fprintln(e.err, line)
	}
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%04.1f", int(d.Minutes()), d.Seconds()-60*float64(int(d.Minutes())))
}

// rehearsed prints how it ended; exit code 3 when it did not end in a login.
func (e *env) rehearsed(r rehearse.Result) error {
	if e.json {
		if err := e.printJSON(r); err != nil {
			return err
		}
	} else {
		e.timeline(r)
	}
	if !r.Good() {
		return findings{}
	}
	return nil
}

func (e *env) timeline(r rehearse.Result) {
	fmt.Fprintf(e.out, "\n%s, %s, %s: %d requests, %.1f MB served\n", r.Profile, r.Firmware, r.Accel, r.Requests, float64(r.Bytes)/1e6)
	t := e.table("AT", "BOOT", "STEP", "")
	for _, s := range r.Stages {
		if s.Step == install.Reported {
			continue // hundreds; rehearsal.json has them
		}
		t.row(clock(s.At), fmt.Sprint(s.Boot), string(s.Step), s.Text)
	}
	t.flush()
	fmt.Fprintln(e.out)
	for _, sp := range r.Spans() {
		fmt.Fprintf(e.out, "%8s  %s\n", clock(sp.Took), sp.Name)
	}
	took := fmt.Sprintf("%d min %d s", int(r.Took.Minutes()), int(r.Took.Seconds())%60)
	fmt.Fprintln(e.out)
	if r.Good() {
		fmt.Fprintf(e.out, "installed, %d questions, login proven (%s), %s\n", r.Questions, r.Login, took)
		return
	}
	for _, l := range r.Console {
		fmt.Fprintf(e.out, "  | %s\n", l)
	}
	switch {
	case r.Question != "":
		fmt.Fprintf(e.out, "stopped after %s: it asks %s\n", took, r.Question)
	case r.Installed:
		fmt.Fprintf(e.out, "installed after %s, but: %s\n", took, r.Why)
	default:
		fmt.Fprintf(e.out, "not installed after %s: %s\n", took, r.Why)
	}
	fmt.Fprintf(e.out, "console, logs and screen: %s\n", r.Dir)
}
