package upstream

import (
	"net/netip"
	"net/url"
	"strings"

	"seedbed/internal/fault"
)

// special are networks that are not the public internet's (IANA's registries
// of special-purpose addresses, RFC 6890), beside those that netip knows.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10", "::/96")

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// Public says whether an address is one of the public internet: not of this
// host, a link, a private network, a test or a group. An IPv4 address inside
// an IPv6 one (mapped, NAT64, 6to4) counts as itself.
func Public(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() ||
		a.IsInterfaceLocalMulticast() || a.IsLinkLocalMulticast() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	if a.Is6() {
		b := a.As16()
		switch {
		case netip.MustParsePrefix("64:ff9b::/96").Contains(a):
			return Public(netip.AddrFrom4([4]byte(b[12:16])))
		case netip.MustParsePrefix("2002::/16").Contains(a):
			return Public(netip.AddrFrom4([4]byte(b[2:6])))
		}
	}
	return true
}

// Connect says whether the cache may connect to an address that host led to.
// One that is not public is refused, unless its network is listed or an
// upstream is written with that very address.
func (p *Policy) Connect(host string, a netip.Addr) error {
	a = a.WithZone("").Unmap()
	if Public(a) {
		return nil
	}
	for _, n := range p.Private {
		if n.Contains(a) {
			return nil
		}
	}
	if lit, err := netip.ParseAddr(host); err == nil && lit.Unmap() == a {
		for _, r := range p.Repositories {
			if own, err := netip.ParseAddr(r.URL.Hostname()); err == nil && own.Unmap() == a {
				return nil
			}
		}
	}
	return fault.New(fault.Invalid, "if that is meant, list its network under cache.private in the settings", "%s is not an address of the public internet", a)
}

// Check finds what is wrong with an upstream's address: nil, or a fault.
func Check(u *url.URL) error {
	h := u.Hostname()
	hint := "as http://mirror.example/debian"
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fault.New(fault.Invalid, hint, "only http and https upstreams can be cached")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return fault.New(fault.Invalid, hint, "an upstream is a host and a path, without user, query or fragment")
	case h == "" || !plain(u.Path) || strings.ContainsAny(h, " %"):
		return fault.New(fault.Invalid, hint, "this is not an upstream's address")
	}
	if _, err := netip.ParseAddr(h); err != nil && numeric(h) {
		// inet_aton(3) reads 2130706433, 0x7f.1 and 0177.0.0.1 as addresses.
		return fault.New(fault.Invalid, "write the address as four decimal numbers", "%q is neither a name nor an address", h)
	}
	return nil
}

// numeric says that the last label of a host is a number, which no name's is.
func numeric(h string) bool {
	last := strings.ToLower(strings.TrimSuffix(h, "."))
	last = last[strings.LastIndexByte(last, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}
