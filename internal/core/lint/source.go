package lint

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"

	"seedbed/internal/fault"
)

// Source is a place outside the answer file that the installer fetches
// packages from.
type Source struct {
	URL   string         // absolute: http, https or ftp
	Proxy string         // the proxy on the way to it, as an URL; "" for none
	Try   []string       // files below URL: one of them is there when it is what it should be
	At    fault.Position // where it is named
}

// Key tells sources apart: what is asked of one does not answer for another.
func (p Source) Key() string { return strings.Join(append([]string{p.Proxy, p.URL}, p.Try...), " ") }

// Host is what the installer must reach first on the way to the source: its
// own host or the proxy's. "" where that is no name or address.
func (p Source) Host() string { return p.first().Hostname() }

// first is the address that the installer asks for the source.
func (p Source) first() *url.URL {
	for _, text := range []string{p.Proxy, p.URL} {
		if u, err := url.Parse(text); text != "" && err == nil {
			return u
		}
	}
	return &url.URL{}
}

// Named says that the host is a name, which somebody must resolve.
func (p Source) Named() bool {
	_, err := netip.ParseAddr(p.Host())
	return err != nil && p.Host() != ""
}

// Here says that the source, or the proxy to it, is on this host.
func (s *Subject) Here(p Source) bool {
	u, err := url.Parse(s.Server)
	return err == nil && s.Server != "" && p.Host() == u.Hostname()
}

// Ours says that the source, or the proxy to it, is this very server, not just
// another one on its host.
func (s *Subject) Ours(p Source) bool {
	port := func(u *url.URL) string {
		return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	u, err := url.Parse(s.Server)
	return s.Here(p) && err == nil && port(u) == port(p.first())
}

// Inside says that the host of a source lies in the machine's own subnet.
func (s *Subject) Inside(p Source) bool {
	a, err := netip.ParseAddr(p.Host())
	return s.Here(p) || err == nil && s.Subnet != nil && s.Subnet.Network.Contains(a)
}

// NewSource reads an address as answer files give it; ok is false where it is
// none that a server elsewhere serves (a disc, a variable, a template).
func NewSource(address, proxy string, at fault.Position, try ...string) (p Source, ok bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "ftp" || strings.ContainsAny(address, "${}") {
		return Source{}, false
	}
	if proxy != "" && !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	return Source{URL: u.String(), Proxy: proxy, Try: try, At: at}, true
}
