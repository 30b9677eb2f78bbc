package checkup

import (
	"context"
	"net/netip"
	"sync"

	"seedbed/internal/config"
	"seedbed/internal/core/symptom"
	"seedbed/internal/fault"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/inspect"
	"seedbed/internal/wire/segment"
)

// Planned is what the settings want of their interfaces.
func Planned(c *config.Config) symptom.Plan {
	p := symptom.Plan{DHCP: c.DHCP}
	for _, s := range c.Subnets {
		p.Subnets = append(p.Subnets, s.Network)
	}
	return p
}

// Inspect looks at the wires of interfaces, all at the same time: it takes
// four seconds at most. plans gives what is wanted of each.
func (r *Report) Inspect(ctx context.Context, names []string, plans func(name string) symptom.Plan) {
	type result struct {
		wire symptom.Wire
		err  error
	}
	all := make([]result, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { all[i].wire, all[i].err = inspect.Look(ctx, name) })
	}
	wait.Wait()
	for i, name := range names {
		w := all[i].wire
		r.Wires = append(r.Wires, w)
		found, notes := symptom.OnWire(w, plans(name))
		for _, s := range found {
			r.Symptom(s)
		}
		r.Notes = append(r.Notes, notes...)
		if err := all[i].err; err != nil && w.Present {
			r.Fault("wire", err)
		}
	}
}

// Doors opens each port of the settings on an interface for a moment: who
// holds it already is said. The interface has an address.
func (r *Report) Doors(iface string, c *config.Config) {
	k, err := segment.OpenKernel(iface, func(a netip.Addr) bool {
		for _, s := range c.Subnets {
			if s.Network.Contains(a) {
				return true
			}
		}
		return false
	})
	if err != nil {
		if kind := fault.KindOf(err); kind != fault.NotFound && kind != fault.Invalid { // these were said of the wire
			r.Fault("port", err)
		}
		return
	}
	defer k.Close()
	for _, p := range append(dhcpPorts[c.DHCP], c.TFTPPort, c.SyslogPort) {
		if u, err := k.ListenUDP(p); err != nil {
			r.Fault("port", err)
		} else {
			u.Close()
		}
	}
	if l, err := k.ListenTCP(c.HTTPPort); err != nil {
		r.Fault("port", err)
	} else {
		l.Close()
	}
	if c.DHCP == "off" {
		return
	}
	if u, err := k.ListenUDP(packet.ClientPort); err != nil {
		r.Note(err.Error() + ": while serving, other DHCP servers cannot be heard there")
	} else {
		u.Close()
	}
}

// dhcpPorts are what the DHCP modes answer on.
var dhcpPorts = map[string][]uint16{"server": {67}, "proxy": {67, 4011}}
