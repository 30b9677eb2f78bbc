package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"seedbed/internal/app"
	"seedbed/internal/disk/tree"
	"seedbed/internal/fault"
)

func (e *env) cmdServe() *cobra.Command {
	var o serving
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve until stopped",
		Long: "Answers DHCP, TFTP and HTTP on the interfaces of the settings and on no others, until stopped.\n" +
			"SIGHUP reads the settings again; bad ones are said, and the old go on.\n" +
			"With dhcp: server, another DHCP server that answers within 2 s of the start is refused, but for --force.",
		Example: "  seedbed serve -c seedbed.yaml\n  seedbed serve --state /srv/seedbed",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return e.serve(c.Context(), o) },
	}
	c.Flags().BoolVar(&o.force, "force", false, "serve DHCP beside another server, and at once")
	c.Flags().BoolVar(&o.rebuild, "rebuild", false, "records of leases are missing, as after a backup of the whole directory: believe clients, probe first, refuse nobody for a lease time")
	c.Flags().BoolVar(&o.probe, "probe", true, "ask the profiles' sources of packages whether they are there, in the background, and log those that are not")
	return c
}

// serving are the flags of the command.
type serving struct{ force, rebuild, probe bool }

func (e *env) serve(ctx context.Context, o serving) error {
	c, err := e.settings()
	if err != nil {
		return err
	}
	lines := newLogWriter(e.err)
	defer lines.Close()
	log := e.loggerTo(lines)
	a, err := app.Open(app.Options{Config: c, State: e.state, Log: log, Force: o.force, Rebuild: o.rebuild})
	if err != nil {
		return err
	}
	defer a.Close()
	if err := tree.Sweep(filepath.Join(e.state, "images")); err != nil {
		log.Warn("what a stopped import left could not be removed", "err", err)
	}
	if err := a.Check(); err != nil {
		return err
	}
	for _, w := range c.Warnings {
		log.Warn(w.Msg, "at", w.Position.String())
	}
	for _, f := range e.imageFindings(c) {
		log.Error(f.Msg, "at", f.Position.String(), "hint", f.Hint) // such a profile would fail at its machine's boot
	}
	for _, f := range lintFindings(c, a) {
		log.Warn(f.Msg, "at", f.Position.String(), "hint", f.Hint)
	}
	segs, err := a.OpenSegments()
	if err != nil {
		return err
	}
	var probes sync.WaitGroup
	asking, stop := context.WithCancel(ctx)
	defer func() { stop(); probes.Wait() }()
	probe := func() {
		if o.probe {
			probes.Go(func() { e.sayProbed(asking, a, log) })
		}
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	go func() {
		for range hup {
			if e.reload(a, log.Error) {
				log.Info("settings read again")
				probe()
			}
		}
	}()
	return a.Serve(ctx, segs, func() {
		for _, s := range segs {
			i := s.Info()
			log.Info("serving", "iface", i.Name, "address", i.Addr.String(), "dhcp", c.DHCP, "http", c.HTTPPort, "tftp", c.TFTPPort)
		}
		notify("READY=1")
		probe()
	})
}

// sayProbed logs which sources of packages this host cannot reach.
func (e *env) sayProbed(ctx context.Context, a *app.App, log *slog.Logger) {
	for _, f := range probeFindings(ctx, a.Config(), a) {
		if ctx.Err() == nil {
			log.Warn(f.Msg, "at", f.Position.String(), "hint", f.Hint)
		}
	}
}

// reload takes new settings and gives true, or says every fault of bad ones.
func (e *env) reload(a *app.App, say func(string, ...any)) bool {
	err := a.ReloadFile()
	var list fault.List
	switch {
	case err == nil:
		return true
	case errors.As(err, &list):
		for _, f := range list {
			say("the settings are bad: the old ones stay in use", "at", f.Position.String(), "err", f.Msg, "hint", f.Hint)
		}
	default:
		say("the settings are bad: the old ones stay in use", "err", err)
	}
	return false
}

// notify tells systemd that the service is up (sd_notify(3)), if it asked.
func notify(msg string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if strings.HasPrefix(path, "@") {
		path = "\x00" + path[1:]
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer syscall.Close(fd)
	syscall.Sendto(fd, []byte(msg), 0, &syscall.SockaddrUnix{Name: path})
}

func (e *env) cmdCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Are the settings good? Every fault, with line and column",
		Example: "  seedbed check -c seedbed.yaml", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return e.check() },
	}
}

// check reads settings and catalogue, and tells all that is wrong: exit code
// 1 for faults, 3 for warnings alone.
func (e *env) check() error {
	c, err := e.settings()
	var all fault.List
	if err != nil {
		if !errors.As(err, &all) {
			return err
		}
	} else {
		all = append(all, c.Warnings...)
		all = append(all, interfaceFindings(c)...)
		all = append(all, e.imageFindings(c)...)
		a, done, err := e.look(c)
		if err != nil {
			return err
		}
		all = append(all, lintFindings(c, a)...)
		done()
	}
	bad := len(all.Errors()) > 0
	if e.json {
		if all == nil {
			all = fault.List{}
		}
		if err := e.printJSON(map[string]any{"findings": all, "good": !bad}); err != nil {
			return err
		}
	} else {
		e.list(all)
		if len(all) == 0 {
			fmt.Fprintf(e.out, "%s is good: %d subnets, %d profiles, %d machines\n", filepath.Base(c.Path), len(c.Subnets), len(c.Boot.Profiles), len(c.Machines))
		}
	}
	switch {
	case bad:
		return silent{}
	case len(all) > 0:
		return findings{}
	}
	return nil
}

// silent fails without a further word: all was said.
type silent struct{}

func (silent) Error() string { return "the settings have faults" }
