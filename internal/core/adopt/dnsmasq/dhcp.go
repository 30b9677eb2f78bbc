package dnsmasq

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// rang reads: [tag,]start[,end or mode][,netmask[,broadcast]][,lease time].
func (r *reader) rang(l line) {
	list, parts := tags(split(l.value))
	what := l.String()
	if len(parts) == 0 || !settings.Address(parts[0]).IsValid() {
		r.d.Lose(l.at, what, "it is not a range of IPv4 addresses")
		return
	}
	first := settings.Address(parts[0])
	last, mask, term, static := first, "", time.Hour, false
	var broadcast netip.Addr
	for i, p := range parts[1:] {
		a := settings.Address(p)
		t, isTerm := length(p)
		switch {
		case p == "proxy":
			r.d.Proxy = true
			r.d.Keep(l.at, what)
			return
		case p == "static":
			static = true
		case a.IsValid() && i == 0:
			last = a
		case a.IsValid() && mask == "":
			mask = p
		case a.IsValid():
			broadcast = a
		case isTerm:
			term = t
		case p != "":
			r.d.Lose(l.at, what+" ("+p+")", "this part is not known")
		}
	}
	n, ok := settings.Network(first.String(), mask)
	if mask == "" {
		n = guess(first, last)
		r.d.Change(l.at, what, "dnsmasq takes the mask of the interface, which the file does not say: %s is assumed", n)
	} else if !ok {
		r.d.Lose(l.at, what, "%s is not a mask", mask)
		return
	} else {
		r.d.Keep(l.at, what)
	}
	s := r.subnet(l, n, list)
	s.LeaseTime, s.MaxLease = max(s.LeaseTime, term), max(s.MaxLease, term)
	if broadcast.IsValid() {
		s.Broadcast = broadcast
	}
	if !static {
		s.Pools, s.PoolsAt = append(s.Pools, lease.Range{First: first, Last: last}), append(s.PoolsAt, l.at)
	}
}

// subnet is the one of that network, made where there is none.
func (r *reader) subnet(l line, n netip.Prefix, list []string) *settings.Subnet {
	for i := range r.subnets {
		if s := &r.subnets[i]; s.Network == n {
			s.tags = append(s.tags, list...)
			return s.Subnet
		}
	}
	s := &settings.Subnet{Subnet: lease.Subnet{Network: n}, At: l.at}
	r.subnets = append(r.subnets, ranged{s, list})
	return s
}

// guess is the /24 around a range, or the smallest network that holds it.
func guess(a, b netip.Addr) netip.Prefix {
	for bits := 24; bits > 1; bits-- {
		if n := netip.PrefixFrom(a, bits).Masked(); n.Contains(b) {
			return n
		}
	}
	return netip.PrefixFrom(a, 1).Masked()
}

// length reads 12h, 45m, 3600, 2d, 1w or infinite; the shortest is two minutes.
func length(s string) (time.Duration, bool) {
	if s == "infinite" {
		return lease.Infinite, true
	}
	unit := time.Second
	if n := len(s); n > 1 {
		if u, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[s[n-1]|0x20]; ok {
			unit, s = u, s[:n-1]
		}
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, false
	}
	t := time.Duration(n)
	if t >= lease.Infinite/unit {
		return lease.Infinite, true
	}
	return max(t*unit, 2*time.Minute), true
}

// host reads: MAC[,MAC][,id:…][,set:…][,address][,name][,lease time][,ignore].
func (r *reader) host(l line) {
	m := &settings.Machine{At: l.at}
	what := l.String()
	lost := ""
	for _, p := range split(l.value) {
		mac, err := machine.ParseMAC(strings.TrimPrefix(strings.TrimPrefix(p, "01-"), "1-"))
		_, isTerm := length(p)
		id, isID := strings.CutPrefix(p, "id:")
		switch {
		case p == "":
		case err == nil && strings.Contains(p, ":"):
			m.MACs = append(m.MACs, mac)
		case isID && id != "*":
			m.ClientID = clientID(id)
		case settings.Address(p).IsValid():
			m.Address = settings.Address(p)
		case p == "ignore":
			lost = "Seedbed does not ignore one machine: leave it out, and set unknown-machines: ignore"
		case isTerm:
			lost = "its lease time: the subnet says that"
		case strings.ContainsAny(p, ":[*"):
			lost = fmt.Sprintf("%s: Seedbed has nothing like it", p)
		case m.Name == "":
			m.Name, _, _ = strings.Cut(p, ".")
		default:
			lost = fmt.Sprintf("%s: a machine has one name", p)
		}
	}
	switch {
	case len(m.MACs) == 0 && m.ClientID == "":
		r.d.Lose(l.at, what, "Seedbed knows a machine by its MAC address or client-id, not by the name it says")
		return
	case lost != "":
		r.d.Lose(l.at, what, "%s", lost)
		if strings.HasPrefix(lost, "Seedbed") {
			return
		}
	default:
		r.d.Keep(l.at, what)
	}
	r.d.Machines = append(r.d.Machines, m)
}

func clientID(id string) string {
	if !strings.Contains(id, ":") {
		return id
	}
	b, err := settings.Encode(settings.Bytes, []settings.Value{{Text: id}})
	if err != nil {
		return id
	}
	return string(b)
}

// boot reads: [tag,]file[,server's name[,address]].
func (r *reader) boot(l line) {
	list, parts := tags(split(l.value))
	what := l.String()
	subnets := r.with(list)
	byFirmware := slices.ContainsFunc(list, func(t string) bool { return slices.Contains(r.archs, strings.TrimPrefix(t, "!")) })
	switch {
	case byFirmware || r.d.Proxy && len(parts) > 0 && len(r.subnets) == 0:
		r.d.Change(l.at, what, "Seedbed picks the loader by firmware itself")
		return
	case len(parts) == 0 || len(subnets) == 0:
		r.d.Lose(l.at, what, "no subnet takes it")
		return
	}
	for _, s := range subnets {
		r.d.Boot(s.Subnet, l.at, what, parts[0])
		if len(parts) > 2 && settings.Address(parts[2]).IsValid() {
			s.NextServer = settings.Address(parts[2])
			r.d.Keep(l.at, what+" (the server's address)")
		}
	}
}
