package dhcpd

import (
	"strings"
)

// allow reads allow, deny and ignore.
func (r *reader) allow(s statement, in *scope) {
	at, what := s.at(), s.String()
	var rest []string
	for _, w := range s.words[1:] {
		rest = append(rest, strings.ToLower(w.text))
	}
	yes := s.word(0) == "allow"
	switch thing := strings.Join(rest, " "); {
	case thing == "booting" && yes, thing == "bootp" && yes, thing == "client-updates", thing == "unknown-clients" && yes,
		thing == "known-clients" && yes, thing == "known clients" && yes, thing == "unknown clients" && yes, thing == "duplicates" && yes:
		r.d.Keep(at, what)
	case thing == "booting":
		r.d.Ignore = true
		r.d.Change(at, what, "unknown-machines: ignore: the firmware of machines that are not listed gets no answer")
	case thing == "bootp":
		r.d.Change(at, what, "BOOTP is answered where an address is reserved")
	case (thing == "unknown-clients" || thing == "unknown clients") && !yes:
		r.d.Ignore = true
		r.d.Lose(at, what, "systems of machines that are not listed get an address all the same; their firmware gets no answer (unknown-machines: ignore). "+
			"Without pools: only reservations would be given")
	case thing == "declines":
		r.d.Lose(at, what, "a refused address is left alone for a while, always")
	default:
		r.d.Lose(at, what, "Seedbed does not sort machines into classes")
	}
}

// condition reads class, if and their like: those that only choose a boot file
// are what Seedbed decides itself.
func (r *reader) condition(s statement, in *scope) {
	if r.boots(s) {
		r.d.Change(s.at(), s.String(), "Seedbed picks the loader by firmware itself")
		return
	}
	r.d.Lose(s.at(), s.String(), "Seedbed evaluates no conditions")
	inner := in.inside("conditional")
	for _, b := range s.block {
		switch b.word(0) {
		case "if", "elsif", "else":
			r.condition(b, inner)
		case "option":
			r.option(b, inner)
		default:
			r.d.Lose(b.at(), b.String(), "it holds on a condition")
		}
	}
}

// boots says that a block holds only what chooses a boot file.
func (r *reader) boots(s statement) bool {
	files := 0
	var look func(all []statement) bool
	look = func(all []statement) bool {
		for _, b := range all {
			switch w := b.word(0); {
			case w == "filename" || w == "option" && b.word(1) == "bootfile-name":
				files++
			case w == "next-server", w == "match", w == "log", w == "spawn",
				w == "option" && (b.word(1) == "vendor-class-identifier" || b.word(1) == "tftp-server-name"):
			case w == "if" || w == "elsif" || w == "else":
				if !look(b.block) {
					return false
				}
			default:
				return false
			}
		}
		return true
	}
	if !look(s.block) {
		return false
	}
	return files > 0 || r.asksFirmware(s.words) || len(s.block) == 0 && s.word(0) == "else"
}

// asksFirmware says that a condition is about the firmware that asks.
func (r *reader) asksFirmware(words []token) bool {
	for _, w := range words {
		t := strings.ToLower(w.text)
		if r.archs[t] || strings.HasPrefix(t, "pxeclient") || strings.HasPrefix(t, "httpclient") || t == "ipxe" || t == "gpxe" || t == "user-class" {
			return true
		}
	}
	return false
}

// fine are statements that need nothing: Seedbed is so, or has no such thing
// to switch off.
var fine = map[string]string{"ddns-update-style": "none", "ddns-updates": "off", "use-host-decl-names": "on", "update-static-leases": "",
	"one-lease-per-client": "", "ping-check": "true", "log-facility": "", "pid-file-name": "", "lease-file-name": "",
	"get-lease-hostnames": "false", "update-conflict-detection": "", "ping-timeout": "", "dhcp-cache-threshold": "", "server-identifier": "", "local-port": "67"}

// why says of other statements what there is in their place.
var why = map[string]string{
	"min-lease-time": "Seedbed has no shortest lease", "server-name": "Seedbed sends no name of the server; its address is next-server",
	"key": "Seedbed updates no DNS", "zone": "Seedbed updates no DNS", "failover": "one Seedbed serves a wire",
	"omapi-port": "Seedbed has no OMAPI: seedbed leases and seedbed machines show what it knows", "omapi-key": "Seedbed has no OMAPI",
	"on": "Seedbed runs no commands at leases: /metrics and --json tell of them", "subnet6": "Seedbed serves IPv4 alone",
	"range6": "Seedbed serves IPv4 alone", "prefix6": "Seedbed serves IPv4 alone", "fixed-address6": "Seedbed serves IPv4 alone",
	"hardware": "it stands outside a host", "fixed-address": "it stands outside a host", "vendor-option-space": "Seedbed knows no option spaces",
	"set": "Seedbed evaluates no expressions", "log": "Seedbed evaluates no expressions", "execute": "Seedbed runs no commands",
	"bootp-lease-length": "BOOTP is answered where an address is reserved, and that is for ever", "infinite": "an infinite lease is given where max-lease-time says infinite",
	"always-broadcast": "Seedbed broadcasts where the client asks for it (RFC 2131)", "local-address": "Seedbed answers on interfaces:",
	"always-reply-rfc1048": "Seedbed has nothing like this",
}

func (r *reader) other(s statement) {
	at, what, word := s.at(), s.String(), s.word(0)
	want, ok := fine[word]
	switch {
	case ok && (want == "" || s.word(1) == want):
		r.d.Keep(at, what)
	case word == "ping-check":
		r.d.Change(at, what, "conflict-probe: false in the settings does that; Seedbed looks, and no machine waits for it")
	case strings.HasPrefix(word, "ddns-") || word == "do-forward-updates":
		r.d.Lose(at, what, "Seedbed updates no DNS")
	case why[word] != "":
		r.d.Lose(at, what, "%s", why[word])
	default:
		r.d.Lose(at, what, "this statement is not known")
	}
}
