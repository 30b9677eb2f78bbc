package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/disk/store"
	"seedbed/internal/fault"
	"seedbed/internal/wire/api"
)

// known is what machines, leases and installs list: from the running server,
// or from the records when none runs.
type known struct {
	machines api.MachineList
	leases   []lease.Lease
	installs []install.Attempt
	rebuild  time.Time // until when records of leases are rebuilt; zero: they are not
}

func (e *env) known(ctx context.Context) (known, error) {
	if cl, err := api.Dial(e.state); err == nil {
		defer cl.Close()
		m, err := cl.Machines(ctx)
		if err != nil {
			return known{}, err
		}
		l, err := cl.Leases(ctx)
		if err != nil {
			return known{}, err
		}
		i, err := cl.Installs(ctx)
		return known{m, l.Leases, i.Installs, l.RebuildUntil}, err
	}
	if _, err := os.Stat(filepath.Join(e.state, "seedbed.db")); err != nil {
		return known{}, fault.New(fault.NotFound, "seedbed serve makes them; --state DIR names another place", "there are no records in %s", e.state)
	}
	st, err := store.OpenReadOnly(e.state)
	if err != nil {
		return known{}, err
	}
	defer st.Close()
	machines, err := st.Machines()
	if err != nil {
		return known{}, err
	}
	leases, err := st.Leases()
	if err != nil {
		return known{}, err
	}
	attempts, err := st.Attempts()
	if err != nil {
		return known{}, err
	}
	ledger := install.NewLedger(attempts, nil)
	leases = api.SortLeases(leases)
	return known{api.Join(machines, leases, ledger.Current), leases, attempts, time.Time{}}, nil
}

func (e *env) cmdMachines() *cobra.Command {
	return &cobra.Command{Use: "machines", Short: "List the machines and where each stands", Example: "  seedbed machines\n  seedbed machines --json",
		Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			k, err := e.known(c.Context())
			if err != nil {
				return err
			}
			if e.json {
				return e.printJSON(k.machines)
			}
			t := e.table("MACHINE", "MAC", "ADDRESS", "PROFILE", "FIRMWARE", "STATE", "LAST STEP", "LAST SEEN")
			for _, m := range k.machines.Machines {
				var addrs []string
				for _, a := range m.Leased {
					addrs = append(addrs, a.String())
				}
				state, last := "", ""
				if m.Attempt != nil {
					state, last = string(m.Attempt.State), string(m.Attempt.LastStep)
					if m.Attempt.Question != "" {
						last = asking(m.Attempt, m.Standing, time.Now())
					}
					if m.Attempt.LastAt.After(m.LastSeen) { // its installer is heard too
						m.LastSeen = m.Attempt.LastAt
					}
				}
				t.row(m.Name, m.MAC().String(), strings.Join(addrs, " "), m.Profile, string(m.Firmware), state, last, ago(m.LastSeen))
			}
			return t.flush()
		}}
}

func (e *env) cmdLeases() *cobra.Command {
	var format string
	var rebuilt bool
	c := &cobra.Command{Use: "leases", Short: "List the leases", Example: "  seedbed leases\n  seedbed leases --format dhcpd.leases", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "table" && format != "dhcpd.leases" {
				return usage{fmt.Errorf("--format is table or dhcpd.leases, not %q", format)}
			}
			if rebuilt {
				return e.endRebuild(c.Context())
			}
			k, err := e.known(c.Context())
			if err != nil {
				return err
			}
			if !k.rebuild.IsZero() && !e.json {
				fmt.Fprintf(e.err, "note: records are missing and are being rebuilt until %s; seedbed leases --rebuilt ends that\n", k.rebuild.Local().Format(time.DateTime))
			}
			switch {
			case e.json:
				return e.printJSON(api.LeaseList{Leases: k.leases, RebuildUntil: k.rebuild})
			case format == "dhcpd.leases":
				return api.FormatDHCPD(e.out, k.leases)
			}
			t := e.table("ADDRESS", "MAC", "HOST", "MACHINE", "STATE", "EXPIRES")
			for _, l := range k.leases {
				t.row(l.Address.String(), l.MAC.String(), l.HostName, l.Machine, string(l.StateAt(time.Now())), l.Expires.Local().Format(time.DateTime))
			}
			return t.flush()
		}}
	c.Flags().StringVar(&format, "format", "table", "table or dhcpd.leases")
	c.Flags().BoolVar(&rebuilt, "rebuilt", false, "no record is missing any more: leave the rebuild state")
	return c
}

// endRebuild tells the running server that its records are complete.
func (e *env) endRebuild(ctx context.Context) error {
	cl, err := api.Dial(e.state)
	if err != nil {
		return err
	}
	defer cl.Close()
	return cl.EndRebuild(ctx)
}

func (e *env) printInstalls(k known) error {
	all, standing := k.installs, map[int64]*api.Standing{}
	for _, m := range k.machines.Machines {
		if m.Attempt != nil {
			standing[m.Attempt.ID] = m.Standing
		}
	}
	if e.json {
		if all == nil {
			all = []install.Attempt{}
		}
		return e.printJSON(api.InstallList{Installs: all})
	}
	t := e.table("ID", "MACHINE", "PROFILE", "STATE", "ARMED", "TOOK", "SERVED", "LAST")
	for _, a := range all {
		took := ""
		if !a.Ended.IsZero() && !a.Started.IsZero() {
			took = a.Ended.Sub(a.Started).Round(time.Second).String()
		}
		last := a.LastText
		if a.Why != "" {
			last = a.Why
		}
		if a.Question != "" {
			last = asking(&a, standing[a.ID], time.Now())
		}
		t.row(strconv.FormatInt(a.ID, 10), a.Machine, a.Profile, string(a.State), a.Armed.Local().Format(time.DateTime), took,
			fmt.Sprintf("%s, %.1f MB", number(a.Files, "file"), float64(a.Bytes)/1e6), last)
	}
	return t.flush()
}

func (e *env) cmdInstall() *cobra.Command {
	return &cobra.Command{Use: "install MACHINE", Short: "Arm a new attempt: the machine is installed at its next network boot",
		Long:    "Arms a new attempt for a machine, by name or MAC address. Its disk is erased when it next boots from the network.",
		Example: "  seedbed install node1\n  seedbed install 00:0c:29:83:d1:d1", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cl, err := api.Dial(e.state)
			if err != nil {
				return err
			}
			defer cl.Close()
			a, err := cl.Install(c.Context(), args[0])
			if err != nil {
				return err
			}
			if e.json {
				return e.printJSON(a)
			}
			fmt.Fprintf(e.out, "%s is armed: profile %s, attempt %d\n", a.Machine, a.Profile, a.ID)
			e.sayEnded(c.Context(), cl, a)
			return nil
		}}
}

// sayEnded says which attempt a new one has put an end to.
func (e *env) sayEnded(ctx context.Context, cl *api.Client, a install.Attempt) {
	all, err := cl.Installs(ctx)
	if err != nil {
		return // the machine is armed; this is only by the way
	}
	for _, old := range all.Installs {
		if old.Machine == a.Machine && old.ID < a.ID && old.Ended.Equal(a.Armed) {
			fmt.Fprintf(e.err, "note: attempt %d was under way and has ended\n", old.ID)
		}
	}
}

// number is a count with its noun, of which an s makes the plural.
func number(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// served counts what a machine was sent.
func served(a install.Attempt) string {
	return fmt.Sprintf("%s (of them %s), %.1f MB", number(a.Files, "file"), number(a.Packages, "package"), float64(a.Bytes)/1e6)
}

// asking is the open question of an attempt; at may be nil.
func asking(a *install.Attempt, at *api.Standing, now time.Time) string {
	if at == nil || at.Asks == nil { // no server runs: what the catalogue says
		q := book.Explained(a.Question)
		at = &api.Standing{Asks: &q}
	}
	return doing(a, *at, now)
}

// ago is a time as people say it.
func ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := time.Since(t)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return t.Local().Format(time.DateOnly)
}
