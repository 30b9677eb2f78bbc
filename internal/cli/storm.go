package cli

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/fault"
	"seedbed/internal/storm"
)

func (e *env) cmdStorm() *cobra.Command {
	var o stormFlags
	c := &cobra.Command{
		Use:   "storm",
		Short: "Play many machines that boot at once, to see what a server bears",
		Long: "Plays N machines that boot from the network and ask for an address at the same moment, each with a MAC of\n" +
			"its own (02:…), in raw frames on one interface, and says how many got one and how long it took.\n" +
			"Exit code 1 when some got none, or when two got the same.\n\n" +
			"Every DHCP server on that wire answers, and its pool fills: use it on a wire of your own only, never\n" +
			"on one with other people's machines. It must be run at the other end of the server's wire: frames it\n" +
			"sends are not heard by programs on the same interface.",
		Example: "  seedbed storm --interface eth1 -n 2000 --i-own-this-network\n" +
			"  seedbed storm --interface eth1 -n 2000 --loss 10 --timers ipxe --i-own-this-network --json",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("seed") {
				o.Seed = rand.Uint64N(1 << 32)
			}
			if err := o.settle(); err != nil {
				return err
			}
			card, err := storm.Open(o.iface)
			if err != nil {
				return err
			}
			defer card.Close()
			r, err := storm.Run(c.Context(), card, o.Options)
			if err != nil {
				return fault.Wrap(err, fault.Unavailable, "is the interface up?", "playing a storm on %s", o.iface)
			}
			return e.stormed(r)
		},
	}
	f := c.Flags()
	f.StringVar(&o.iface, "interface", "", "the `IF` to play on, and no other")
	f.IntVarP(&o.Machines, "machines", "n", 100, "how many machines")
	f.Float64Var(&o.Rate, "rate", 0, "machines powered on a second; 0: all at once")
	f.StringVar(&o.loss, "loss", "0", "`PERCENT` of the DHCP messages that are lost, each way")
	f.Uint64Var(&o.Seed, "seed", 0, "repeats a storm: the machines' MACs and what is lost; chosen at random and printed")
	f.DurationVar(&o.Timeout, "timeout", time.Minute, "when to give up on those without an address")
	f.StringVar(&o.timers, "timers", "pxe", "how they ask again: as pxe (PXE 2.1), edk2 (UEFI) or ipxe, or as their own firmware does")
	f.StringVar(&o.chain, "chain", "dhcp", "what each machine does: dhcp (an address), or all (load what it is told to as well)")
	f.StringVar(&o.firmware, "firmware", "uefi", "what the machines have: bios, uefi, uefi-http or ipxe")
	f.Int64Var(&o.Fetch, "fetch-limit", 1<<20, "`BYTES` of each kernel and initrd that are loaded")
	f.BoolVar(&o.own, "i-own-this-network", false, "nobody else's machines are on this wire")
	f.BoolVar(&o.own, "yes", false, "the same, for scripts")
	return c
}

// stormFlags are what storm is told, as it is written.
type stormFlags struct {
	storm.Options
	iface, timers, loss, chain, firmware string
	own                                  bool
}

// settle fills in the options, or says which flag is wrong.
func (o *stormFlags) settle() error {
	percent, err := strconv.ParseFloat(strings.TrimSuffix(o.loss, "%"), 64)
	if err != nil {
		return usage{fmt.Errorf("--loss %q is no number of percent", o.loss)}
	}
	switch {
	case o.iface == "":
		return usage{fmt.Errorf("storm needs --interface")}
	case o.Machines < 1 || o.Machines > 1<<20:
		return usage{fmt.Errorf("-n is from 1 to %d", 1<<20)}
	case !(percent >= 0 && percent < 100) || o.Rate < 0:
		return usage{fmt.Errorf("--loss is from 0 to 99 percent, --rate is not negative")}
	case o.timers != "firmware" && manners[o.timers] == nil:
		return usage{fmt.Errorf("--timers is firmware, pxe, edk2 or ipxe")}
	case o.chain != "dhcp" && o.chain != "all":
		return usage{fmt.Errorf("--chain is dhcp or all")}
	case !slices.Contains([]storm.Firmware{storm.BIOS, storm.UEFI, storm.UEFIHTTP, storm.IPXEROM}, storm.Firmware(o.firmware)):
		return usage{fmt.Errorf("--firmware is bios, uefi, uefi-http or ipxe")}
	case o.Fetch < 1:
		return usage{fmt.Errorf("--fetch-limit is at least 1 byte")}
	case !o.own:
		return fault.New(fault.Invalid, "on a wire of your own, without other people's machines, say --i-own-this-network",
			"a storm on %s takes %d addresses from every DHCP server there", o.iface, o.Machines)
	}
	o.Loss, o.Chain, o.Firmware = percent/100, o.chain == "all", storm.Firmware(o.firmware)
	if m := manners[o.timers]; m != nil {
		o.Manners = *m
	}
	return nil
}

// manners are those of --timers.
var manners = map[string]*storm.Manners{"pxe": &storm.PXE, "edk2": &storm.EDK2, "ipxe": &storm.IPXE}

func (e *env) stormed(r storm.Result) error {
	if e.json {
		if err := e.printJSON(r); err != nil {
			return err
		}
	} else {
		t := e.table("MACHINES", "ACKNOWLEDGED", "ADDRESSES", "SECONDS", "MEDIAN", "P90", "P99", "MAX", "RETRANSMITS", "RESTARTS", "NAKS", "LOST", "SEED")
		t.row(fmt.Sprint(r.Machines), fmt.Sprint(r.Acknowledged), fmt.Sprint(r.Addresses), fmt.Sprintf("%.2f", r.Seconds),
			ms(r.Median), ms(r.P90), ms(r.P99), ms(r.Max), fmt.Sprint(r.Retransmits), fmt.Sprint(r.Restarts), fmt.Sprint(r.Naks), fmt.Sprint(r.Lost), fmt.Sprint(r.Seed))
		if err := t.flush(); err != nil {
			return err
		}
		if err := e.loaded(r); err != nil {
			return err
		}
	}
	e.late(r)
	if r.Good() {
		return nil
	}
	for i, a := range r.Shared {
		if i < 10 {
			fmt.Fprintf(e.err, "given to more than one machine: %s\n", a)
		}
	}
	stuck := 0
	for _, why := range slices.Sorted(maps.Keys(r.Failures)) {
		fmt.Fprintf(e.err, "%d machines: %s\n", r.Failures[why], why)
		stuck += r.Failures[why]
	}
	return fault.New(fault.Unavailable, "", "%d of %d machines have no address, %d addresses were given twice, %d machines could not load what they were told to",
		r.Machines-r.Acknowledged, r.Machines, len(r.Shared), stuck)
}

// late tells who took longer than a ROM waits, and why.
func (e *env) late(r storm.Result) {
	if e.json {
		return // it is all in there
	}
	for i, l := range r.Late {
		if i == 10 {
			fmt.Fprintf(e.err, "and %d more\n", len(r.Late)-i)
			return
		}
		when := "no address"
		if l.Seconds > 0 {
			when = fmt.Sprintf("%.1f s", l.Seconds)
		}
		alone := ""
		if l.Alone {
			alone = ", late by the former alone"
		}
		fmt.Fprintf(e.err, "late: %s, %s; lost were %d messages of its own and %d answers%s: %s\n", l.MAC, when, l.Own, l.Answers, alone, strings.Join(l.Story, ", "))
	}
}

// loaded tells what was loaded after the ACK.
func (e *env) loaded(r storm.Result) error {
	if len(r.Phases) == 0 {
		return nil
	}
	t := e.table("LOADED", "FILES", "BYTES", "MEDIAN", "P90", "P99", "MAX")
	for _, p := range r.Phases {
		t.row(p.Name, fmt.Sprint(p.Files), fmt.Sprint(p.Bytes), ms(p.Median), ms(p.P90), ms(p.P99), ms(p.Max))
	}
	return t.flush()
}

func ms(v float64) string { return fmt.Sprintf("%.1f ms", v) }
