package dhcpd

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

// entry is a parameter or option of a scope.
type entry struct {
	statement
	def  definition // of an option
	data []byte
	used bool
}

// scope is a block whose parameters hold for what is inside it.
type scope struct {
	up      *scope
	kind    string // "", subnet, shared-network, group, pool
	options map[uint8]*entry
	params  map[string]*entry
	net     *settings.Subnet
	sources int // of addresses, in a subnet: ranges of its own, and pools
}

func (s *scope) inside(kind string) *scope {
	return &scope{up: s, kind: kind, options: map[uint8]*entry{}, params: map[string]*entry{}, net: s.net}
}

// reader is at work on one file.
type reader struct {
	d       *settings.Draft
	defined map[string]definition
	archs   map[string]bool // names that the file has for option 93
	entries []*entry
	subnets []*settings.Subnet
	scopes  map[*settings.Subnet]*scope
	claims  bool // authoritative is said somewhere
}

// Read adds what a file says to a draft. The error is a fault.List with the
// place where the grammar does not hold.
func Read(d *settings.Draft, file, text string) error {
	tokens, err := lex(file, text)
	if err != nil {
		return err
	}
	p := &parser{tokens: tokens}
	all, err := p.block(nil, 0)
	if err != nil {
		return err
	}
	r := &reader{d: d, defined: standard(), archs: map[string]bool{"pxe-system-type": true}, scopes: map[*settings.Subnet]*scope{}}
	top := (&scope{}).inside("")
	r.define(all)
	r.walk(all, top)
	for _, s := range r.subnets { // scopes are whole only now
		r.fill(s, r.scopes[s])
	}
	d.Subnets = append(d.Subnets, r.subnets...)
	for _, e := range r.entries {
		if !e.used {
			d.Change(e.at(), e.String(), "no subnet takes it from here")
		}
	}
	if d.Authoritative == nil || r.claims {
		d.Authoritative = &r.claims
	}
	if !r.claims {
		d.Keep(fault.Position{File: file}, "authoritative is not said: addresses that are wrong for the wire are not refused")
	}
	return nil
}

// define learns the options that the file defines, wherever it does.
func (r *reader) define(all []statement) {
	for _, s := range all {
		r.define(s.block)
		if s.word(0) != "option" || s.word(2) != "code" || len(s.words) < 6 || !s.words[4].is("=") {
			continue
		}
		var kind []string
		for _, w := range s.words[5:] {
			kind = append(kind, w.text)
		}
		code, err := strconv.ParseUint(s.words[3].text, 10, 8)
		form, ok := formOf(kind)
		if err != nil || !ok || strings.Contains(s.word(1), ".") {
			continue // walk says what becomes of it
		}
		if code == 93 {
			r.archs[s.word(1)] = true
		}
		r.defined[s.word(1)] = definition{uint8(code), form}
	}
}

func (r *reader) walk(all []statement, in *scope) {
	for _, s := range all {
		switch s.word(0) {
		case "subnet":
			r.subnet(s, in)
		case "shared-network":
			r.shared(s, in)
		case "group":
			r.d.Keep(s.at(), s.String())
			r.walk(s.block, in.inside("group"))
		case "pool":
			r.pool(s, in)
		case "range":
			r.ranges(s, in)
		case "host":
			r.host(s)
		case "option":
			r.option(s, in)
		case "default-lease-time", "max-lease-time", "next-server", "filename":
			r.replace(in.params[s.word(0)])
			e := &entry{statement: s}
			in.params[s.word(0)] = e
			r.entries = append(r.entries, e)
		case "authoritative":
			r.claims = true
			r.d.Keep(s.at(), s.String())
		case "not": // not authoritative
			r.d.Keep(s.at(), s.String())
		case "allow", "deny", "ignore":
			r.allow(s, in)
		case "include":
			if len(s.words) == 2 {
				r.d.Included(s.at(), s.String(), s.words[1].text)
				continue
			}
			r.d.Lose(s.at(), s.String(), "it names no file")
		case "class", "subclass", "if", "elsif", "else", "switch":
			r.condition(s, in)
		default:
			r.other(s)
		}
	}
}

// replace notes an entry that a later one of the same scope stands over.
func (r *reader) replace(e *entry) {
	if e != nil && !e.used {
		e.used = true
		r.d.Change(e.at(), e.String(), "a later line says it again")
	}
}

func (r *reader) subnet(s statement, in *scope) {
	n, ok := netip.Prefix{}, false
	if len(s.words) == 4 && s.word(2) == "netmask" {
		n, ok = settings.Network(s.words[1].text, s.words[3].text)
	}
	if !ok {
		r.d.Lose(s.at(), s.String(), "it is not a network as: subnet 192.168.0.0 netmask 255.255.255.0")
		return
	}
	sub := in.inside("subnet")
	sub.net = &settings.Subnet{Subnet: lease.Subnet{Network: n}, At: s.at()}
	r.scopes[sub.net] = sub
	r.subnets = append(r.subnets, sub.net)
	r.d.Keep(s.at(), s.String())
	sub.sources = ranges(s.block)
	for _, b := range s.block {
		if b.word(0) == "pool" {
			sub.sources++
		}
	}
	r.walk(s.block, sub)
}

func (r *reader) shared(s statement, in *scope) {
	count := 0
	for _, b := range s.block {
		if b.word(0) == "subnet" {
			count++
		}
	}
	if count > 1 {
		r.d.Lose(s.at(), s.String(), "its %d subnets are kept, but not that they share a wire: of one interface the first address that lies in a subnet chooses the subnet", count)
	} else {
		r.d.Keep(s.at(), s.String())
	}
	shared := in.inside("shared-network")
	r.walk(s.block, shared)
}

// pool is walked as a part of its subnet where it is the only source of
// addresses, so that what it says holds for the subnet; else its own
// parameters are lost.
func (r *reader) pool(s statement, in *scope) {
	r.d.Keep(s.at(), s.String())
	before := len(r.entries)
	inner := in.inside("pool")
	r.walk(s.block, inner)
	if in.kind == "subnet" && in.sources == 1 {
		for code, e := range inner.options {
			r.replace(in.options[code])
			in.options[code] = e
		}
		for name, e := range inner.params {
			r.replace(in.params[name])
			in.params[name] = e
		}
		return
	}
	for _, e := range r.entries[before:] {
		if !e.used {
			e.used = true
			r.d.Lose(e.at(), e.String(), "it is of one pool: in Seedbed a subnet's pools are given alike")
		}
	}
}

func ranges(block []statement) (n int) {
	for _, s := range block {
		if s.word(0) == "range" {
			n++
		}
	}
	return n
}

func (r *reader) ranges(s statement, in *scope) {
	words := s.words[1:]
	if len(words) > 0 && words[0].text == "dynamic-bootp" {
		words = words[1:]
		r.d.Change(s.at(), s.String(), "BOOTP gets reserved addresses only")
	}
	var a []netip.Addr
	for _, w := range words {
		a = append(a, settings.Address(w.text))
	}
	if len(a) == 1 {
		a = append(a, a[0])
	}
	switch {
	case len(a) != 2 || !a[0].IsValid() || !a[1].IsValid():
		r.d.Lose(s.at(), s.String(), "it is not a range of addresses")
	case r.holder(in, a[0]) == nil:
		r.d.Lose(s.at(), s.String(), "it stands outside a subnet")
	default:
		n := r.holder(in, a[0])
		n.Pools = append(n.Pools, lease.Range{First: a[0], Last: a[1]})
		n.PoolsAt = append(n.PoolsAt, s.at())
		r.d.Keep(s.at(), s.String())
	}
}

// holder is the subnet around a range, or, in a pool of a shared network, the
// one that holds its address.
func (r *reader) holder(in *scope, a netip.Addr) *settings.Subnet {
	if in.net != nil {
		return in.net
	}
	for _, n := range r.subnets {
		if n.Network.Contains(a) {
			return n
		}
	}
	return nil
}

// find is the innermost scope's parameter.
func (s *scope) find(name string) *entry {
	for ; s != nil; s = s.up {
		if e := s.params[name]; e != nil {
			return e
		}
	}
	return nil
}

// The lengths of a lease that dhcpd has where none is said (dhcpd.conf(5)).
const (
	usual   = 12 * time.Hour
	longest = 24 * time.Hour
)

// fill gives a subnet what holds in its scope.
func (r *reader) fill(n *settings.Subnet, in *scope) {
	n.LeaseTime, n.MaxLease = r.term(in.find("default-lease-time"), usual), r.term(in.find("max-lease-time"), longest)
	for code := 1; code < 255; code++ {
		for s := in; s != nil; s = s.up {
			if e := s.options[uint8(code)]; e != nil {
				e.used = true
				r.d.Give(n, e.at(), e.String(), uint8(code), e.data)
				break
			}
		}
	}
	if e := in.find("filename"); e != nil && len(e.words) == 2 {
		e.used = true
		r.d.Boot(n, e.at(), e.String(), strings.ToValidUTF8(e.words[1].text, "?"))
	}
	e := in.find("next-server")
	if e == nil {
		return
	}
	e.used = true
	if a := settings.Address(e.words[len(e.words)-1].text); a.IsValid() && len(e.words) == 2 {
		n.NextServer = a
		r.d.Keep(e.at(), e.String())
		return
	}
	r.d.Lose(e.at(), e.String(), "an IPv4 address is expected: Seedbed asks no DNS for it. Without one it is this server's own")
}

func (r *reader) term(e *entry, otherwise time.Duration) time.Duration {
	if e == nil {
		return otherwise
	}
	e.used = true
	s, err := strconv.ParseInt(e.words[len(e.words)-1].text, 10, 64)
	switch {
	case err != nil || len(e.words) != 2 || s == 0 || s < -1:
		r.d.Lose(e.at(), e.String(), "it is not a number of seconds: %s stands in its place", otherwise)
		return otherwise
	case s == -1 || s >= 1<<32-1:
		r.d.Keep(e.at(), e.String())
		return lease.Infinite
	}
	r.d.Keep(e.at(), e.String())
	return time.Duration(s) * time.Second
}
