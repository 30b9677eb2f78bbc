package cli

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"seedbed/internal/disk/loader"
	"seedbed/internal/fault"
	"seedbed/internal/wire/segment"
)

func (e *env) cmdDoctor() *cobra.Command {
	var pcap string
	c := &cobra.Command{
		Use: "doctor", Short: "What is missing on this host or wrong on this wire, and the remedy",
		Long: "Looks for boot loaders, QEMU, room on the disk, the clock, the settings' faults, and whether the\n" +
			"interfaces and ports can be had; who holds a port is said.\n" +
			"With dhcp: off, prints what to put into the settings of the DHCP server there is.\n" +
			"With --pcap, says instead what a recorded boot tells.\n" +
			"Exit code 3 when something is found.",
		Example: "  seedbed doctor -c seedbed.yaml\n  tcpdump -i eth1 -w boot.pcap; seedbed doctor --pcap boot.pcap", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if pcap != "" {
				return e.doctorCapture(pcap)
			}
			return e.doctor()
		},
	}
	c.Flags().StringVar(&pcap, "pcap", "", "look at this recording of a boot (pcap or pcapng) and at nothing else")
	return c
}

func (e *env) doctorCapture(name string) error {
	all, err := captureFindings(name)
	if err != nil {
		return err
	}
	if len(all) == 0 && !e.json {
		fmt.Fprintln(e.out, "no boot in the capture stopped for a reason that is known")
		return nil
	}
	if err := e.sayFindings(all, nil); err != nil {
		return err
	}
	if len(all) > 0 {
		return findings{}
	}
	return nil
}

func (e *env) doctor() error {
	all := append(e.missingPrograms(), e.hostFindings()...)
	add := func(msg, hint string) { all = append(all, warning(msg, hint)) }
	c, err := e.settings()
	var list fault.List
	var others []otherServer
	switch {
	case errors.As(err, &list):
		all = append(all, list...)
	case err != nil:
		add(err.Error(), fault.HintOf(err))
	default:
		all = append(all, c.Warnings...)
		all = append(all, e.imageFindings(c)...)
		for _, name := range c.Interfaces {
			tryDoors(name, append(dhcpPorts[c.DHCP], c.TFTPPort, c.SyslogPort), c.HTTPPort, add)
		}
		images, _ := e.images() // what is wrong with them was found above
		others = e.otherServers(c, images)
	}
	if err := e.sayFindings(all, others); err != nil {
		return err
	}
	if len(all) > 0 {
		return findings{}
	}
	return nil
}

func warning(msg, hint string) fault.Finding {
	return fault.Finding{Severity: "warning", Msg: msg, Hint: hint}
}

// missingPrograms are the boot loaders and the QEMU that this host lacks.
func (e *env) missingPrograms() fault.List {
	var all fault.List
	for _, m := range loader.Find().Missing() {
		if rare(m.Name) {
			fmt.Fprintf(e.err, "note: %s is not on this host (package %s): %s\n", m.Name, m.Package, m.What)
			continue
		}
		all = append(all, warning("boot loader "+m.Name+" is not on this host: "+m.What, "install the package "+m.Package))
	}
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		all = append(all, warning("QEMU is not on this host: nothing can be rehearsed", "install the package qemu-system-x86"))
	}
	return all
}

// sayFindings prints what was found, and what another DHCP server is to be told.
func (e *env) sayFindings(all fault.List, others []otherServer) error {
	if e.json {
		if all == nil {
			all = fault.List{}
		}
		doc := map[string]any{"findings": all}
		if others != nil {
			doc["other-servers"] = others
		}
		return e.printJSON(doc)
	}
	for _, f := range all {
		where := ""
		if f.File != "" {
			where = f.Position.String() + ": "
		}
		fmt.Fprintf(e.out, "%s%s: %s\n", where, f.Severity, f.Msg)
		if f.Hint != "" {
			fmt.Fprintf(e.out, "\thint: %s\n", f.Hint)
		}
	}
	if len(all) == 0 {
		fmt.Fprintln(e.out, "nothing is missing")
	}
	e.sayOthers(others)
	return nil
}

// dhcpPorts are what the DHCP modes answer on.
var dhcpPorts = map[string][]uint16{"server": {67}, "proxy": {67, 4011}}

// rare says that a loader is for machines that most sites do not have, so
// that its absence is no finding.
func rare(name string) bool {
	return strings.Contains(name, "arm64") || strings.Contains(name, "aa64") || strings.Contains(name, "i386") || strings.Contains(name, "ia32")
}

// tryDoors opens each port for a moment: who holds it already is said.
func tryDoors(iface string, udp []uint16, tcp uint16, add func(msg, hint string)) {
	k, err := segment.OpenKernel(iface, nil)
	if err != nil {
		add(err.Error(), fault.HintOf(err))
		return
	}
	defer k.Close()
	for _, p := range udp {
		if u, err := k.ListenUDP(p); err != nil {
			add(err.Error(), fault.HintOf(err))
		} else {
			u.Close()
		}
	}
	if l, err := k.ListenTCP(tcp); err != nil {
		add(err.Error(), fault.HintOf(err))
	} else {
		l.Close()
	}
}
