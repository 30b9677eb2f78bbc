package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/fault"
	"seedbed/internal/storm"
)

func (e *env) cmdStorm() *cobra.Command {
	var o storm.Options
	var iface, timers string
	var own bool
	c := &cobra.Command{
		Use:   "storm",
		Short: "Play many machines that boot at once, to see what a server bears",
		Long: "Plays N machines with UEFI firmware that ask for an address at the same moment, each with a MAC of\n" +
			"its own (02:…), in raw frames on one interface, and says how many got one and how long it took.\n" +
			"Exit code 1 when some got none, or when two got the same.\n\n" +
			"Every DHCP server on that wire answers, and its pool fills: use it on a wire of your own only, never\n" +
			"on one with other people's machines. It must be run at the other end of the server's wire: frames it\n" +
			"sends are not heard by programs on the same interface.",
		Example: "  seedbed storm --interface eth1 -n 2000 --i-own-this-network\n" +
			"  seedbed storm --interface eth1 -n 2000 --loss 10 --timers ipxe --i-own-this-network --json",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case iface == "":
				return usage{fmt.Errorf("storm needs --interface")}
			case o.Machines < 1 || o.Machines > 1<<20:
				return usage{fmt.Errorf("-n is from 1 to %d", 1<<20)}
			case o.Loss < 0 || o.Loss >= 100 || o.Rate < 0:
				return usage{fmt.Errorf("--loss is from 0 to 99 percent, --rate is not negative")}
			case timers != "pxe" && timers != "ipxe":
				return usage{fmt.Errorf("--timers is pxe or ipxe")}
			case !own:
				return fault.New(fault.Invalid, "on a wire of your own, without other people's machines, say --i-own-this-network",
					"a storm on %s takes %d addresses from every DHCP server there", iface, o.Machines)
			}
			o.Loss /= 100
			if timers == "ipxe" {
				o.Timers = storm.IPXE
			}
			o.Seed = uint64(time.Now().UnixNano())
			card, err := storm.Open(iface)
			if err != nil {
				return err
			}
			defer card.Close()
			r, err := storm.Run(c.Context(), card, o)
			if err != nil {
				return fault.Wrap(err, fault.Unavailable, "is the interface up?", "playing a storm on %s", iface)
			}
			return e.stormed(r)
		},
	}
	f := c.Flags()
	f.StringVar(&iface, "interface", "", "the `IF` to play on, and no other")
	f.IntVarP(&o.Machines, "machines", "n", 100, "how many machines")
	f.Float64Var(&o.Rate, "rate", 0, "machines powered on a second; 0: all at once")
	f.Float64Var(&o.Loss, "loss", 0, "`PERCENT` of the frames that are lost, each way")
	f.DurationVar(&o.Timeout, "timeout", time.Minute, "when to give up on those without an address")
	f.StringVar(&timers, "timers", "pxe", "how they retransmit: pxe (after 4, 8, 16, 32 s) or ipxe (1, 2, 4, 8 s)")
	f.BoolVar(&own, "i-own-this-network", false, "nobody else's machines are on this wire")
	f.BoolVar(&own, "yes", false, "the same, for scripts")
	return c
}

func (e *env) stormed(r storm.Result) error {
	if e.json {
		if err := e.printJSON(r); err != nil {
			return err
		}
	} else {
		t := e.table("MACHINES", "ACKNOWLEDGED", "ADDRESSES", "SECONDS", "MEDIAN", "P90", "P99", "MAX", "RETRANSMITS", "RESTARTS", "NAKS", "LOST")
		ms := func(v float64) string { return fmt.Sprintf("%.1f ms", v) }
		t.row(fmt.Sprint(r.Machines), fmt.Sprint(r.Acknowledged), fmt.Sprint(r.Addresses), fmt.Sprintf("%.2f", r.Seconds),
			ms(r.Median), ms(r.P90), ms(r.P99), ms(r.Max), fmt.Sprint(r.Retransmits), fmt.Sprint(r.Restarts), fmt.Sprint(r.Naks), fmt.Sprint(r.Lost))
		if err := t.flush(); err != nil {
			return err
		}
	}
	if r.Good() {
		return nil
	}
	for i, a := range r.Shared {
		if i < 10 {
			fmt.Fprintf(e.err, "given to more than one machine: %s\n", a)
		}
	}
	return fault.New(fault.Unavailable, "", "%d of %d machines have no address, %d addresses were given twice",
		r.Machines-r.Acknowledged, r.Machines, len(r.Shared))
}
