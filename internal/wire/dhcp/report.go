package dhcp

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// facts are what was last reported of a machine.
type facts struct {
	firmware machine.Firmware
	arch     machine.Arch
	uuid     string
	macs     int
	xid      uint32
}

const justNow = 5 * time.Second

// line writes a log line in the words of ISC dhcpd, which people grep for.
func (p *port) line(x *exchange, format string, args ...any) {
	if p.Log.Enabled(context.Background(), slog.LevelInfo) {
		p.say(x, fmt.Sprintf(format, args...))
	}
}

// say is line for the messages that come by the thousand: it is handed the
// text, formats as little as it can, and spares the walk up the stack that a
// slog.Logger makes with each record.
func (p *port) say(x *exchange, text string) {
	h := p.Log.Handler()
	if !h.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, text, 0)
	r.AddAttrs(slog.String("mac", x.mac()), slog.String("xid", x.xid()), slog.String("iface", p.info.Name))
	_ = h.Handle(context.Background(), r)
}

// mac is the sender's MAC as text, made once.
func (x *exchange) mac() string {
	if x.macText == "" {
		x.macText = x.sight.MAC.String()
	}
	return x.macText
}

// xid is the transaction's number as text, made once.
func (x *exchange) xid() string {
	if x.xidText == "" {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], x.m.XID)
		x.xidText = hex.EncodeToString(n[:])
	}
	return x.xidText
}

// who is the client as dhcpd prints it: MAC (host name). The name is sanitised.
func (x *exchange) who() string {
	id := ""
	switch s := &x.sight; {
	case !s.MAC.IsZero():
		id = x.mac()
	case len(s.ClientID) > 0:
		id = fmt.Sprintf("client-id %x", s.ClientID[:min(len(s.ClientID), 64)])
	default:
		id = "a client without a name"
	}
	if x.sight.HostName != "" {
		id += " (" + x.sight.HostName + ")"
	}
	return id
}

func (p *port) via(x *exchange) string {
	if x.sight.Relay.IsValid() {
		return x.sight.Relay.String()
	}
	return p.info.Name
}

// mute notes that a message is not answered, and why.
func (p *port) mute(x *exchange, why string) {
	p.counts.Muted.Add(1)
	p.line(x, "no answer to %s from %s: %s", x.kind, x.who(), why)
}

// refuse is mute for a verdict of the Book.
func (p *port) refuse(x *exchange, v lease.Verdict) {
	if p.failed(x, v) {
		return
	}
	if !v.Exhausted {
		p.mute(x, v.Why)
		return
	}
	p.counts.Muted.Add(1)
	p.counts.Exhausted.Add(1)
	if p.hush("exhausted "+v.Subnet.Network.String(), x.sight.At) {
		return
	}
	text := fmt.Sprintf("no free leases in subnet %s: clients get no answer; widen its pools or shorten lease-time", v.Subnet.Network)
	p.Log.Warn(text, "iface", p.info.Name, "subnet", v.Subnet.Network, "mac", x.sight.MAC)
	p.notice(text)
}

func (s *Server) notice(text string) {
	if s.Notice != nil {
		s.Notice(text)
	}
}

// failed reports a lease that is not on disk, once a minute while the disk
// stays as it is.
func (p *port) failed(x *exchange, v lease.Verdict) bool {
	if v.Err == nil {
		return false
	}
	p.counts.Muted.Add(1)
	p.counts.Unwritten.Add(1)
	if p.hush("unwritten: "+v.Err.Error(), x.sight.At) {
		return true
	}
	p.Log.Error("a lease could not be written to disk; the client gets no answer and will ask again",
		"iface", p.info.Name, "mac", x.sight.MAC, "err", v.Err)
	return true
}

// report tells a step of the boot path.
func (p *port) report(x *exchange, attempt int64, step install.Step, failed bool, text string) {
	if p.Report != nil && x.box.Name != "" {
		p.Report(install.Event{At: x.sight.At, Machine: x.box.Name, Attempt: attempt, Step: step, Text: text, Failed: failed,
			Firmware: x.sight.Firmware})
	}
}

// reportSighting tells that a machine was heard, once a transaction, and what
// is new about it, once.
func (p *port) reportSighting(x *exchange) {
	s, m := &x.sight, &x.box
	now := facts{m.Firmware, m.Arch, m.UUID, len(m.MACs), x.m.XID}
	p.mu.Lock()
	old, met := p.seen[m.Name]
	if len(p.seen) >= 1<<16 {
		clear(p.seen) // a flood of invented machines costs repeated events, not memory
	}
	p.seen[m.Name] = now
	p.mu.Unlock()
	if met && old.xid == now.xid {
		return
	}
	p.report(x, 0, install.Sighted, false, fmt.Sprintf("%s from %s via %s: %s", x.kind, s.MAC, p.via(x), asker(s)))
	old.xid = now.xid
	if met && old == now {
		return
	}
	text := "known as " + m.Name
	switch {
	case !met && s.At.Sub(m.FirstSeen).Abs() < justNow:
		// Not the same moment: of two messages that waited, the second may be
		// served first.
		text = "new: " + m.Name
	case met:
		text = "more is known of " + m.Name
	}
	if m.UUID != "" {
		text += ", UUID " + m.UUID
	}
	p.report(x, 0, install.Identified, false, text)
}

// asker says what program speaks, its own words quoted.
func asker(s *machine.Sighting) string {
	var parts []string
	switch s.Firmware {
	case machine.NoFirmware:
		parts = append(parts, "an installer or a system")
	case machine.IPXE:
		parts = append(parts, "iPXE")
	case machine.BIOS:
		parts = append(parts, "BIOS network boot")
	case machine.UEFIHTTP:
		parts = append(parts, "UEFI HTTP boot")
	default:
		parts = append(parts, "UEFI network boot")
	}
	if s.HasArch {
		arch := fmt.Sprintf("architecture %d", s.Arch)
		if cpu := s.Arch.CPU(); cpu != "" {
			arch += " (" + cpu + ")"
		}
		parts = append(parts, arch)
	}
	if s.VendorClass != "" {
		parts = append(parts, fmt.Sprintf("%q", s.VendorClass[:min(len(s.VendorClass), 64)]))
	}
	return strings.Join(parts, ", ")
}

func (p *port) reportDecision(x *exchange, d boot.Decision) {
	text := string(d.Kind)
	if d.Why != "" {
		text += ": " + d.Why
	}
	p.report(x, d.Attempt, install.Decided, false, text)
}

func offerText(r *reply) string {
	if r.boot.File == "" {
		return fmt.Sprintf("%s, nothing to boot", r.address)
	}
	return fmt.Sprintf("%s, boot file %q from %s", r.address, r.boot.File, r.boot.Next)
}

func addressText(v lease.Verdict) string {
	text := fmt.Sprintf("%s for %s", v.Lease.Address, v.Term)
	if v.Name != "" {
		text += ", reserved"
	}
	return text
}
