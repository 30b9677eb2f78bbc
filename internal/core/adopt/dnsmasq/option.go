package dnsmasq

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"seedbed/internal/core/adopt/settings"
)

// codes are dnsmasq's names of the options (dnsmasq --help dhcp).
var codes = map[string]uint8{"netmask": 1, "time-offset": 2, "router": 3, "dns-server": 6, "log-server": 7, "lpr-server": 9,
	"hostname": 12, "boot-file-size": 13, "domain-name": 15, "swap-server": 16, "root-path": 17, "extension-path": 18,
	"ip-forward-enable": 19, "non-local-source-routing": 20, "policy-filter": 21, "max-datagram-reassembly": 22, "default-ttl": 23,
	"mtu": 26, "all-subnets-local": 27, "broadcast": 28, "router-discovery": 31, "router-solicitation": 32, "static-route": 33,
	"trailer-encapsulation": 34, "arp-timeout": 35, "ethernet-encap": 36, "tcp-ttl": 37, "tcp-keepalive": 38, "nis-domain": 40,
	"nis-server": 41, "ntp-server": 42, "vendor-encap": 43, "netbios-ns": 44, "netbios-dd": 45, "netbios-nodetype": 46,
	"netbios-scope": 47, "x-windows-fs": 48, "x-windows-dm": 49, "nis+-domain": 64, "nis+-server": 65, "tftp-server": 66,
	"bootfile-name": 67, "mobile-ip-home": 68, "smtp-server": 69, "pop3-server": 70, "nntp-server": 71, "irc-server": 74,
	"user-class": 77, "posix-timezone": 100, "tzdb-timezone": 101, "domain-search": 119, "sip-server": 120,
	"classless-static-route": 121, "tftp-server-address": 150}

// option reads: [tag,]number or option:name[,value …].
func (r *reader) option(l line) {
	list, parts := tags(split(l.value))
	what := l.String()
	if len(parts) == 0 || strings.HasPrefix(parts[0], "option6:") || strings.ContainsAny(parts[0], "[]") {
		r.d.Lose(l.at, what, "it is not an option of IPv4")
		return
	}
	name, byName := strings.CutPrefix(parts[0], "option:")
	code, ok := codes[name]
	if !byName {
		n, err := strconv.ParseUint(parts[0], 10, 8)
		code, ok = uint8(n), err == nil
	}
	subnets := r.with(list)
	switch {
	case !ok || strings.HasPrefix(parts[0], "vendor:") || strings.HasPrefix(parts[0], "encap:"):
		r.d.Lose(l.at, what, "Seedbed knows no option by this name: give it by its number, in options: of the subnet")
		return
	case len(subnets) == 0 && r.d.Proxy:
		r.d.Change(l.at, what, "the other server says this")
		return
	case len(subnets) == 0:
		r.d.Lose(l.at, what, "no range has this tag, and Seedbed gives options to a subnet")
		return
	}
	for _, s := range subnets {
		if r.gave[s.Network] == nil {
			r.gave[s.Network] = map[uint8]bool{}
		}
		r.gave[s.Network][code] = true
	}
	if len(parts) == 1 || len(parts) == 2 && parts[1] == "" { // without a value: not sent
		r.d.Keep(l.at, what)
		return
	}
	data, err := bytes(code, parts[1:])
	if err != nil {
		r.d.Lose(l.at, what, "%v", err)
		return
	}
	for _, s := range subnets {
		r.d.Give(s.Subnet, l.at, what, code, data)
	}
}

// bytes are an option's values on the wire.
func bytes(code uint8, parts []string) ([]byte, error) {
	form := settings.FormOf(code)
	switch {
	case code == 121 || code == 249:
		return routes(parts)
	case form == settings.Text:
		return settings.Encode(form, []settings.Value{{Text: strings.Join(parts, ","), Quoted: true}})
	}
	var values []settings.Value
	for _, p := range parts {
		if p == "0.0.0.0" {
			return nil, fmt.Errorf("0.0.0.0 is dnsmasq's own address: write that of the server that is meant")
		}
		values = append(values, settings.Value{Text: p, Quoted: form == settings.Bytes && !strings.Contains(p, ":")})
	}
	return settings.Encode(form, values)
}

// routes reads pairs of a network and its router.
func routes(parts []string) ([]byte, error) {
	var out []byte
	for i := 0; i+1 < len(parts); i += 2 {
		n, err := netip.ParsePrefix(parts[i])
		via := settings.Address(parts[i+1])
		if err != nil || !n.Addr().Is4() || !via.IsValid() {
			return nil, fmt.Errorf("a network and its router are expected, as 10.0.0.0/8,192.168.0.1")
		}
		out = append(append(out, byte(n.Bits())), n.Masked().Addr().AsSlice()[:(n.Bits()+7)/8]...)
		out = append(out, via.AsSlice()...)
	}
	if len(parts)%2 != 0 || len(out) == 0 {
		return nil, fmt.Errorf("a network and its router are expected, as 10.0.0.0/8,192.168.0.1")
	}
	return out, nil
}

// defaults says what dnsmasq hands out where nothing is said: itself.
func (r *reader) defaults() {
	for _, s := range r.subnets {
		var own netip.Addr
		for _, a := range r.own {
			if s.Network.Contains(a) {
				own = a
			}
		}
		if !r.gave[s.Network][3] {
			if own.IsValid() {
				s.Gateway = own
				r.d.Change(s.At, "the router of "+s.Network.String(), "dnsmasq offers itself, %s: is it still the router?", own)
			} else {
				r.d.Lose(s.At, "the router of "+s.Network.String(), "dnsmasq offers its own address, which the file does not say: add gateway:")
			}
		}
		if !r.gave[s.Network][6] && !r.noDNS {
			r.d.Lose(s.At, "the DNS of "+s.Network.String(), "dnsmasq offers itself, and Seedbed serves no DNS: add dns: with a server's address")
		}
	}
}
