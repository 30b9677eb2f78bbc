package dnsmasq

import (
	"slices"
	"strings"
)

const noDNS = "Seedbed serves no DNS: keep a DNS server"

// dns are the lines of dnsmasq's DNS part.
var dns = strings.Fields(`server address local no-resolv no-hosts no-poll cache-size domain-needed bogus-priv expand-hosts cname
	mx-host mx-target srv-host txt-record ptr-record host-record naptr-record caa-record dns-rr addn-hosts hostsdir resolv-file
	strict-order all-servers filterwin2k filter-AAAA filter-A localise-queries localmx selfmx neg-ttl local-ttl max-ttl min-cache-ttl
	max-cache-ttl auth-ttl auth-server auth-zone auth-soa auth-peer dnssec trust-anchor dnssec-check-unsigned stop-dns-rebind
	rebind-localhost-ok rebind-domain-ok rev-server synth-domain interface-name dns-forward-max dns-loop-detect edns-packet-max
	bogus-nxdomain ignore-address alias ipset nftset query-port min-port max-port proxy-dnssec conntrack add-mac add-subnet
	dynamic-host no-negcache use-stale-cache log-queries`)

// fine are lines that Seedbed needs no setting for.
var fine = []string{"enable-tftp", "bind-interfaces", "bind-dynamic", "tftp-no-fail", "dhcp-no-override", "listen-address", "tftp-secure"}

// changed are lines in whose place Seedbed has its own way.
var changed = map[string]string{
	"pxe-service": "Seedbed picks the loader by firmware itself, and its menu has the entries", "pxe-prompt": "menu.timeout says how long the menu waits",
	"user": "Seedbed is one service", "group": "Seedbed is one service", "pid-file": "Seedbed is one service",
	"log-dhcp": "Seedbed logs each step", "log-facility": "Seedbed logs to standard error", "log-async": "Seedbed logs each step",
	"quiet-dhcp": "Seedbed logs each step", "dhcp-leasefile": "leases lie in Seedbed's own database", "no-ping": "conflict-probe: false does that",
	"tftp-max": "tftp.max-per-client limits one client", "tftp-no-blocksize": "Seedbed follows each client's own options",
	"tftp-mtu": "Seedbed follows each client's own options", "tftp-lowercase": "tftp.lowercase: true does that",
	"except-interface": "only interfaces: are answered on", "no-dhcp-interface": "only interfaces: are answered on",
	"dhcp-rapid-commit": "rapid-commit: true of a subnet does that", "dhcp-sequential-ip": "Seedbed has its own order of addresses",
	"tftp-single-port": "Seedbed answers each transfer from a port of its own",
}

func (r *reader) other(l line) {
	what := l.String()
	key := l.key
	switch {
	case slices.Contains(fine, key):
		r.d.Keep(l.at, what)
	case slices.Contains(dns, key):
		r.d.Lose(l.at, what, noDNS)
	case changed[key] != "":
		r.d.Change(l.at, what, "%s", changed[key])
	case key == "tftp-unique-root":
		r.d.Lose(l.at, what, "tftp.root is one for all; files by MAC address are in pxelinux.cfg/01-…")
	case strings.HasPrefix(key, "ra-") || key == "enable-ra" || key == "dhcp-duid":
		r.d.Lose(l.at, what, "Seedbed serves IPv4 alone")
	case strings.HasPrefix(key, "dhcp-script") || key == "dhcp-luascript":
		r.d.Lose(l.at, what, "Seedbed runs no commands at leases: /metrics and --json tell of them")
	default:
		r.d.Lose(l.at, what, "Seedbed has nothing like it")
	}
}
