package cli

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/app"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/fault"
	"seedbed/internal/rehearse"
	"seedbed/internal/rehearse/report"
	"seedbed/internal/rehearse/vm"
)

// rehearsal are the flags of the command.
type rehearsal struct {
	firmware, loader, accel, dir string
	user, passwordFile           string
	memory, disk, dns, loss      string
	disks, cards                 int
	mirrors                      []string
	noInternet, matrix           bool
	patience, stall, timeout     time.Duration
}

func (e *env) cmdRehearse() *cobra.Command {
	var r rehearsal
	c := &cobra.Command{
		Use:   "rehearse PROFILE",
		Short: "Install a virtual machine by the real servers, before a real one is touched",
		Long: "Boots a blank virtual machine with real firmware on a network in memory, where the very servers\n" +
			"of seedbed serve answer it, installs it by the profile, boots it again from the network, logs in\n" +
			"over SSH and runs the profile's verify commands. Needs QEMU; needs neither root nor a network interface.\n\n" +
			"Exit code 0: installed, a login proven, all verified. 3: it stopped; the question or failure, what\n" +
			"mends it, and the last screen are shown.",
		Example: "  seedbed rehearse debian -c seedbed.yaml\n  seedbed rehearse debian --firmware uefi --report out/\n" +
			"  seedbed rehearse debian --disks 2 --nics 2 --memory 2G --dns=off --loss 5%\n" +
			"  seedbed rehearse --matrix --firmware bios,uefi --report out/\n" +
			"  seedbed rehearse debian --play-mirror http://192.168.0.2/debian=debian-13",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if r.matrix {
				return e.rehearseMatrix(c, args, r)
			}
			if len(args) != 1 {
				return usage{fmt.Errorf("rehearse: one PROFILE is needed, or --matrix")}
			}
			return e.rehearse(c, args[0], r)
		},
	}
	f := c.Flags()
	f.StringVar(&r.firmware, "firmware", "bios", "bios, uefi, uefi-http, secureboot or arm64; with --matrix several, parted by commas")
	f.StringVar(&r.loader, "loader", "", "auto, ipxe, pxelinux or grub (default: the settings')")
	f.StringVar(&r.accel, "accel", "auto", "auto, kvm or tcg")
	f.StringVar(&r.dir, "report", "", "keep the report, console, logs and screens in `DIR` (default: in the state directory)")
	f.StringVar(&r.memory, "memory", "1024", "memory, as 2G or 1536M; a bare number is `MiB`")
	f.IntVar(&r.disks, "disks", 1, "how many disks")
	f.StringVar(&r.disk, "disk", "10", "`SIZE` of each disk, as 20G; a bare number is GiB; only what is written takes room")
	f.IntVar(&r.cards, "nics", 1, "how many network cards, all on the same wire; the first one boots")
	f.StringVar(&r.dns, "dns", "on", "off: no DHCP answer names a DNS server, whatever the settings promise")
	f.StringVar(&r.loss, "loss", "0", "how much of all `FRAMES` is lost each way, as 5%")
	f.BoolVar(&r.noInternet, "no-internet", false, "the gateway forwards nothing and no name server answers")
	f.StringArrayVar(&r.mirrors, "play-mirror", nil, "`URL=IMAGE`: a second web server with an image's tree at that address, in place of a mirror elsewhere")
	f.StringVar(&r.user, "ssh-user", "root", "who logs in, where an answer file of your own makes the accounts")
	f.StringVar(&r.passwordFile, "ssh-password-file", "", "a `FILE` with that account's password, where the file knows no key of the rehearsal")
	f.BoolVar(&r.matrix, "matrix", false, "rehearse each PROFILE (default: all of them) with each firmware, one after another")
	f.DurationVar(&r.patience, "patience", 20*time.Second, "how long a question must stand before the rehearsal ends there")
	f.DurationVar(&r.stall, "stall", 5*time.Minute, "how long it may be silent")
	f.DurationVar(&r.timeout, "timeout", 90*time.Minute, "how long it may take in all")
	return c
}

func (e *env) rehearse(c *cobra.Command, name string, r rehearsal) error {
	fw, err := vm.Known(r.firmware)
	if err != nil {
		if strings.Contains(r.firmware, ",") {
			return usage{fmt.Errorf("--firmware %s: several need --matrix", r.firmware)}
		}
		return usage{fmt.Errorf("--firmware: %w (%s)", err, fault.HintOf(err))}
	}
	o, done, err := e.prepared(r)
	if err != nil {
		return err
	}
	defer done()
	if o.Dir == "" {
		o.Dir = e.rehearsals() + "-" + name + "-" + string(fw)
	}
	res, err := e.rehearseOne(c, o, name, fw)
	if err != nil {
		if r.dir == "" {
			os.Remove(o.Dir) // when nothing is in it
		}
		return err
	}
	return e.rehearsed(res)
}

// rehearsals is where a rehearsal's report goes by default, without its end.
func (e *env) rehearsals() string {
	return filepath.Join(e.state, "rehearsals", time.Now().Format("20060102-150405"))
}

func noProfile(o rehearse.Options, name string) error {
	return fault.New(fault.NotFound, "profiles: "+strings.Join(o.Config.Boot.Order, ", "), "no profile is named %q in %s", name, o.Config.Path)
}

// rehearseOne runs one profile with one firmware.
func (e *env) rehearseOne(c *cobra.Command, o rehearse.Options, name string, fw vm.Firmware) (report.Result, error) {
	p, ok := o.Config.Boot.Profiles[name]
	if !ok {
		return report.Result{}, noProfile(o, name)
	}
	if err := app.CheckImages(o.Config.Only(name), image.NewCatalogue(o.Images)); err != nil {
		return report.Result{}, err
	}
	for _, img := range o.Images {
		if img.Name == p.Image && img.CPU != "" && img.CPU != fw.CPU() {
			return report.Result{}, fault.New(fault.Invalid, "choose a --firmware of that processor, or import the image for "+fw.CPU(),
				"profile %s installs %s, which is for %s; --firmware %s is a machine with %s", name, img.Name, img.CPU, fw, fw.CPU())
		}
	}
	o.Profile, o.Firmware = name, fw
	return rehearse.Run(c.Context(), o)
}

// prepared reads settings and flags into what is common to all rehearsals of
// this call; done closes what was opened.
func (e *env) prepared(r rehearsal) (o rehearse.Options, done func(), err error) {
	o = rehearse.Options{Loader: r.loader, Accel: r.accel, Disks: r.disks, Cards: r.cards, Patience: r.patience, Stall: r.stall, Timeout: r.timeout,
		Log: slog.New(slog.DiscardHandler), Dir: r.dir, Say: e.stepSayer()}
	if err := r.hardware(&o); err != nil {
		return o, nil, usage{err}
	}
	if o.Config, err = e.settings(); err != nil {
		return o, nil, err
	}
	a, done, err := e.look(o.Config)
	if err != nil {
		return o, nil, err
	}
	o.Images, o.Trees = a.Images(), a.Trees()
	if e.verbose {
		o.Log = e.logger()
	}
	err = r.others(a, &o)
	if err != nil {
		done()
	}
	return o, done, err
}

// hardware reads the flags that say what the machine and its wire are like.
func (r rehearsal) hardware(o *rehearse.Options) error {
	memory, err := parseSize(r.memory, 1<<20)
	if err != nil || memory < 64<<20 {
		return fmt.Errorf("--memory is a size as 2G or 1536M, 64M at least, not %q", r.memory)
	}
	o.Memory = int(memory >> 20)
	if o.DiskSize, err = parseSize(r.disk, 1<<30); err != nil || o.DiskSize < 1<<20 {
		return fmt.Errorf("--disk is a size as 20G or 512M, not %q", r.disk)
	}
	if r.disks < 1 || r.disks > 16 || r.cards < 1 || r.cards > 8 {
		return fmt.Errorf("--disks is 1 to 16 and --nics 1 to 8")
	}
	switch r.dns {
	case "on":
	case "off":
		o.Faults.NoDNS = true
	default:
		return fmt.Errorf("--dns is on or off, not %q", r.dns)
	}
	if !slices.Contains([]string{"auto", "kvm", "tcg"}, r.accel) {
		return fmt.Errorf("--accel is auto, kvm or tcg, not %q", r.accel)
	}
	if !slices.Contains([]string{"", "auto", "ipxe", "pxelinux", "grub"}, r.loader) {
		return fmt.Errorf("--loader is auto, ipxe, pxelinux or grub, not %q", r.loader)
	}
	if r.patience <= 0 || r.stall <= 0 || r.timeout <= 0 {
		return fmt.Errorf("--patience, --stall and --timeout are times as 20s or 5m, longer than none")
	}
	number, percent := strings.CutSuffix(r.loss, "%")
	loss, err := strconv.ParseFloat(number, 64)
	if percent {
		loss /= 100
	}
	if err != nil || !(loss >= 0 && loss <= 0.9) {
		return fmt.Errorf("--loss is a part of all frames as 5%%, 90%% at most, not %q", r.loss)
	}
	o.Faults.Loss, o.Faults.NoInternet = loss, r.noInternet
	if r.noInternet && len(r.mirrors) > 0 {
		return fmt.Errorf("--play-mirror stands for a mirror on the internet, and --no-internet takes that away")
	}
	return nil
}

// parseSize reads 512M, 2G or 1T, powers of 1024; a number without a letter
// counts in the given unit.
func parseSize(s string, unit int64) (int64, error) {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(s)), "B"), "I")
	if n := len(number); n > 0 {
		if i := strings.IndexByte("KMGT", number[n-1]); i >= 0 {
			unit, number = 1<<(10*(i+1)), number[:n-1]
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0 && n*float64(unit) < 1<<50) {
		return 0, fmt.Errorf("%q is no size", s)
	}
	return int64(n * float64(unit)), nil
}

// others reads what is behind the remaining flags: a password, mirrors.
func (r rehearsal) others(a *app.App, o *rehearse.Options) error {
	o.Login.User = r.user
	if r.passwordFile != "" {
		b, err := os.ReadFile(r.passwordFile)
		if err != nil {
			return fault.Wrap(err, fault.NotFound, "", "reading the password")
		}
		o.Login.Password = strings.TrimRight(string(b), "\r\n")
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
	return nil
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
func (e *env) rehearsed(r report.Result) error {
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

func (e *env) timeline(r report.Result) {
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
	for _, v := range r.Verified {
		word := "good"
		if !v.OK {
			word = v.Said()
		}
		fmt.Fprintf(e.out, "%8s  verify: %s: %s\n", clock(v.Took), v.Command, word)
	}
	fmt.Fprintln(e.out)
	if !r.Good() {
		for _, l := range r.Console {
			fmt.Fprintf(e.out, "  | %s\n", l)
		}
	}
	fmt.Fprintf(e.out, "report: %s\n", filepath.Join(r.Dir, "report.html"))
	if r.Login != "" {
		fmt.Fprintf(e.out, "login proven: %s\n", r.Login)
	}
	fmt.Fprintln(e.out, r.Ending())
}
