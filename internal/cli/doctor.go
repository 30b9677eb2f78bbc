package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/cli/checkup"
	"seedbed/internal/config"
	"seedbed/internal/core/symptom"
	"seedbed/internal/fault"
	"seedbed/internal/wire/api"
)

// doctorFlags are those of doctor alone.
type doctorFlags struct {
	pcap       string
	interfaces []string
	live       bool
	span       time.Duration
}

func (e *env) cmdDoctor() *cobra.Command {
	var fl doctorFlags
	c := &cobra.Command{
		Use: "doctor", Short: "What is missing on this host or wrong on this wire, and the remedy",
		Long: "Looks for boot loaders, QEMU and its firmware, rights, room on the disk, the clock and the settings' faults;\n" +
			"at each interface of the settings for link, address and ports, with who holds them, and for other DHCP\n" +
			"servers: it broadcasts a DHCPDISCOVER there and takes no offer. -i looks at other interfaces.\n" +
			"With dhcp: off, prints what to put into the settings of the DHCP server there is.\n" +
			"With --live, hears machines boot and says why one does not go on, when it happens, until Ctrl-C or --for.\n" +
			"With --pcap, says the same of a recording.\n" +
			"Exit code 3 when something is found.",
		Example: "  seedbed doctor -c seedbed.yaml\n  seedbed doctor -i eth1\n  seedbed doctor --live -i eth1 --for 2m\n" +
			"  tcpdump -i eth1 -w boot.pcap; seedbed doctor --pcap boot.pcap", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case fl.pcap != "" && (fl.live || len(fl.interfaces) > 0):
				return usage{errors.New("--pcap looks at a file, --live and -i at an interface")}
			case fl.span < 0 || fl.span > 0 && !fl.live:
				return usage{errors.New("--for is how long --live hears, as 2m")}
			case fl.pcap != "":
				return e.doctorCapture(fl.pcap)
			case fl.live:
				return e.doctorLive(c.Context(), fl)
			}
			return e.doctor(c.Context(), fl.interfaces, c.Flag("config").Changed)
		},
	}
	c.Flags().StringVar(&fl.pcap, "pcap", "", "look at this recording of a boot (pcap or pcapng `FILE`) and at nothing else")
	c.Flags().StringSliceVarP(&fl.interfaces, "interface", "i", nil, "look at the wire of this `INTERFACE`, not at those of the settings")
	c.Flags().BoolVar(&fl.live, "live", false, "hear machines boot")
	c.Flags().DurationVar(&fl.span, "for", 0, "end --live after this `TIME`; default: Ctrl-C ends it")
	return c
}

func (e *env) doctorCapture(name string) error {
	var r checkup.Report
	if err := r.Recording(name); err != nil {
		return err
	}
	return e.sayReport(r, nil, "no boot in the capture stopped for a reason that is known")
}

// doctor looks at the host, and at the interfaces given or those of the
// settings. Settings that nobody named may be missing where interfaces are given.
func (e *env) doctor(ctx context.Context, names []string, named bool) error {
	var r checkup.Report
	images, _ := e.images() // what is wrong with the catalogue is found with the settings
	r.Programs(images)
	r.Host(e.state)
	c, err := e.settings()
	var list fault.List
	var others []otherServer
	switch {
	case errors.As(err, &list):
		r.Settings(list)
	case err != nil && len(names) > 0 && !named && fault.KindOf(err) == fault.NotFound:
		r.Note("there are no settings: " + e.config)
	case err != nil:
		r.Fault("settings", err)
	default:
		r.Settings(c.Warnings)
		r.Settings(e.imageFindings(c))
		r.Mirrors(ctx, c)
		others = e.otherServers(c, images)
	}
	e.wires(ctx, &r, c, names)
	if c != nil && len(names) == 0 {
		e.doors(&r, c)
	}
	return e.sayReport(r, others, "nothing is missing")
}

// wires looks at the interfaces. What is planned is known of the settings' only.
func (e *env) wires(ctx context.Context, r *checkup.Report, c *config.Config, names []string) {
	var own []string
	if c != nil {
		own = c.Interfaces
	}
	if len(names) == 0 {
		names = own
	}
	r.Inspect(ctx, names, func(name string) symptom.Plan {
		if slices.Contains(own, name) {
			return checkup.Planned(c)
		}
		return symptom.Plan{}
	})
}

// doors tries the ports, unless the server that runs from here has them.
func (e *env) doors(r *checkup.Report, c *config.Config) {
	if cl, err := api.Dial(e.state); err == nil {
		cl.Close()
		r.Note("seedbed serves from " + e.state + ": whether ports can be had was not tried")
		return
	}
	for _, name := range c.Interfaces {
		r.Doors(name, c)
	}
}

// doctorLive hears interfaces until ctx ends or the time is over.
func (e *env) doctorLive(ctx context.Context, fl doctorFlags) error {
	names := fl.interfaces
	if len(names) == 0 {
		c, err := e.settings()
		if err != nil {
			return fault.Wrap(err, fault.KindOf(err), "name the interface: seedbed doctor --live -i eth1", "--live without -i hears the interfaces of the settings")
		}
		names = c.Interfaces
	}
	if fl.span > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, fl.span)
		defer stop()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	found := false
	var wait sync.WaitGroup
	for _, name := range names {
		e.liveNote(&mu, name, "hearing machines boot; Ctrl-C ends it")
		wait.Go(func() {
			var r checkup.Report
			err := r.Listen(ctx, name, func(f checkup.Finding) {
				mu.Lock()
				defer mu.Unlock()
				found = true
				e.liveFinding(f)
			}, func(text string) { e.liveNote(&mu, name, text) })
			if err != nil {
				cancel(err)
			}
		})
	}
	wait.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if found {
		return findings{}
	}
	return nil
}

func (e *env) liveFinding(f checkup.Finding) {
	if e.json {
		_ = json.NewEncoder(e.out).Encode(struct { // a line each: it does not end
			Time time.Time `json:"time"`
			checkup.Finding
		}{time.Now().UTC(), f})
		return
	}
	fmt.Fprintf(e.out, "%s  %s: %s\n", time.Now().Format("15:04:05"), f.Severity, f.Msg)
	if f.Hint != "" {
		fmt.Fprintf(e.out, "\thint: %s\n", f.Hint)
	}
}

func (e *env) liveNote(mu *sync.Mutex, iface, text string) {
	mu.Lock()
	defer mu.Unlock()
	fmt.Fprintf(e.err, "%s  %s: %s\n", time.Now().Format("15:04:05"), iface, text)
}

// sayReport prints what was found, and what another DHCP server is to be told.
// good is said when nothing was found.
func (e *env) sayReport(r checkup.Report, others []otherServer, good string) error {
	if e.json {
		if err := e.reportJSON(r, others); err != nil {
			return err
		}
	} else {
		for _, n := range r.Notes {
			fmt.Fprintf(e.err, "note: %s\n", n)
		}
		for _, f := range r.Findings {
			where := ""
			if f.File != "" {
				where = f.Position.String() + ": "
			}
			fmt.Fprintf(e.out, "%s%s: %s\n", where, f.Severity, f.Msg)
			if f.Hint != "" {
				fmt.Fprintf(e.out, "\thint: %s\n", f.Hint)
			}
		}
		if len(r.Findings) == 0 {
			fmt.Fprintln(e.out, good)
		}
		e.sayOthers(others)
	}
	if len(r.Findings) > 0 {
		return findings{}
	}
	return nil
}

func (e *env) reportJSON(r checkup.Report, others []otherServer) error {
	if r.Findings == nil {
		r.Findings = []checkup.Finding{}
	}
	if r.Notes == nil {
		r.Notes = []string{}
	}
	return e.printJSON(struct {
		checkup.Report
		Others []otherServer `json:"other-servers,omitempty"`
	}{r, others})
}
