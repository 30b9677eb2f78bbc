package dnsmasq

import (
	"net/netip"
	"slices"
	"strings"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/fault"
)

// line is one setting of the file.
type line struct {
	at         fault.Position
	key, value string
}

func (l line) String() string {
	if l.value == "" {
		return l.key
	}
	return l.key + "=" + l.value
}

// ranged is a subnet and the tags by which the file speaks of it.
type ranged struct {
	*settings.Subnet
	tags []string
}

// reader is at work on one file.
type reader struct {
	d       *settings.Draft
	subnets []ranged
	archs   []string     // tags that dhcp-match sets by firmware
	own     []netip.Addr // listen-address
	noDNS   bool         // port=0
	claims  bool         // dhcp-authoritative
	gave    map[netip.Prefix]map[uint8]bool
}

// Read adds what a file says to a draft. The error is a fault.List with the
// first line that is not one of dnsmasq's.
func Read(d *settings.Draft, file, text string) error {
	r := &reader{d: d, gave: map[netip.Prefix]map[uint8]bool{}}
	var all []line
	for i, s := range strings.Split(text, "\n") {
		s = strings.TrimSpace(uncomment(s))
		if s == "" {
			continue
		}
		key, value, _ := strings.Cut(s, "=")
		l := line{fault.Position{File: file, Line: i + 1, Column: 1}, strings.TrimSpace(key), strings.TrimSpace(value)}
		if l.key == "" || strings.ContainsAny(l.key, " \t\";{}") {
			return fault.List{{Position: l.at, Severity: "error", Msg: "this is no line of dnsmasq's", Hint: "as dhcp-range=192.168.0.10,192.168.0.99,12h"}}
		}
		all = append(all, l)
	}
	// Ranges first: options name them by tag, wherever they stand.
	for _, l := range all {
		r.early(l)
	}
	for _, l := range all {
		r.late(l)
	}
	r.defaults()
	for _, s := range r.subnets {
		d.Subnets = append(d.Subnets, s.Subnet)
	}
	if len(r.subnets) > 0 && d.Authoritative == nil {
		d.Authoritative = &r.claims
		if !r.claims {
			d.Keep(fault.Position{File: file}, "dhcp-authoritative is not said: addresses that are wrong for the wire are not refused")
		}
	}
	return nil
}

// uncomment takes off what follows a # at the start or after a blank, outside
// quotes.
func uncomment(s string) string {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '#' && !quoted && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return s[:i]
		}
	}
	return s
}

// split takes a value apart at commas outside quotes, and the quotes off.
func split(s string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(out, strings.TrimSpace(b.String()))
}

// tags takes the tags off the front of a value's parts.
func tags(parts []string) (list, rest []string) {
	for len(parts) > 0 {
		t, ok := strings.CutPrefix(parts[0], "tag:")
		if !ok {
			if t, ok = strings.CutPrefix(parts[0], "set:"); !ok {
				t, ok = strings.CutPrefix(parts[0], "net:")
			}
		}
		if !ok {
			break
		}
		list, parts = append(list, t), parts[1:]
	}
	return list, parts
}

// early reads what other lines depend on.
func (r *reader) early(l line) {
	switch l.key {
	case "dhcp-range":
		r.rang(l)
	case "dhcp-match", "dhcp-vendorclass", "dhcp-userclass":
		list, rest := tags(split(l.value))
		what := strings.ToLower(strings.Join(rest, ","))
		for _, word := range []string{"client-arch", "93", "175", "pxeclient", "httpclient", "ipxe"} {
			if strings.Contains(what, word) {
				r.archs = append(r.archs, list...)
			}
		}
	case "listen-address":
		for _, a := range split(l.value) {
			if x := settings.Address(a); x.IsValid() {
				r.own = append(r.own, x)
			}
		}
	case "port":
		r.noDNS = l.value == "0"
	}
}

// late reads the rest, in the order of the file.
func (r *reader) late(l line) {
	d, what := r.d, l.String()
	switch l.key {
	case "dhcp-range":
	case "interface":
		for _, name := range split(l.value) {
			d.Interface(l.at, what, name)
		}
	case "dhcp-host":
		r.host(l)
	case "dhcp-option", "dhcp-option-force":
		r.option(l)
	case "dhcp-boot":
		r.boot(l)
	case "domain":
		r.domain(l)
	case "tftp-root":
		d.Root(l.at, what, split(l.value)[0])
	case "dhcp-authoritative":
		r.claims = true
		d.Keep(l.at, what)
	case "conf-file", "conf-dir", "servers-file", "dhcp-hostsfile", "dhcp-optsfile", "dhcp-hostsdir", "dhcp-optsdir":
		d.Included(l.at, what, split(l.value)[0])
	case "dhcp-match", "dhcp-vendorclass", "dhcp-userclass":
		if list, _ := tags(split(l.value)); slices.ContainsFunc(list, func(t string) bool { return slices.Contains(r.archs, t) }) {
			d.Change(l.at, what, "Seedbed picks the loader by firmware itself")
			return
		}
		d.Lose(l.at, what, "Seedbed does not sort machines by what they say")
	case "dhcp-ignore":
		r.ignore(l)
	case "port":
		if r.noDNS {
			d.Keep(l.at, what)
			return
		}
		d.Lose(l.at, what, noDNS)
	default:
		r.other(l)
	}
}

func (r *reader) ignore(l line) {
	if strings.ReplaceAll(strings.Join(split(l.value), ""), "#", "!") == "tag:!known" {
		r.d.Ignore = true
		r.d.Lose(l.at, l.String(), "systems of machines that are not listed get an address all the same; their firmware gets no answer (unknown-machines: ignore)")
		return
	}
	r.d.Lose(l.at, l.String(), "Seedbed does not sort machines by what they say")
}

// with are the subnets that tags mean: all without a tag.
func (r *reader) with(list []string) (out []ranged) {
	for _, s := range r.subnets {
		if !slices.ContainsFunc(list, func(t string) bool { return !slices.Contains(s.tags, t) }) {
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) domain(l line) {
	parts := split(l.value)
	name := parts[0]
	found := false
	for _, s := range r.subnets {
		if len(parts) > 1 && !within(s.Network, parts[1]) {
			continue
		}
		found = true
		if s.Domain == "" || len(parts) > 1 {
			s.Domain = name
		}
	}
	switch {
	case found && name != "#":
		r.d.Keep(l.at, l.String())
	case r.d.Proxy:
		r.d.Change(l.at, l.String(), "the other server says this")
	default:
		r.d.Lose(l.at, l.String(), "no subnet takes it")
	}
}

// within says that a network, or a range's first address, lies in a network.
func within(n netip.Prefix, text string) bool {
	first, _, _ := strings.Cut(text, "/")
	a := settings.Address(first)
	return a.IsValid() && n.Contains(a)
}
