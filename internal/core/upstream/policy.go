package upstream

import (
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"seedbed/internal/fault"
)

// Repository is one upstream: everything below a URL.
type Repository struct {
	Name string   // one word: /cache/NAME/ leads to it
	URL  *url.URL // http or https, no query, no slash at the end of its path
}

// Policy is what the settings allow the cache. The zero Policy allows nothing.
type Policy struct {
	Repositories []Repository
	Redirects    []string       // host names, lower case, that an upstream may send us to
	Private      []netip.Prefix // networks that are not public and may be connected to all the same
}

// ByName gives the URL of a path below a repository: NAME/dists/trixie/Release.
func (p *Policy) ByName(rest, query string) (*url.URL, error) {
	name, rest, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	for _, r := range p.Repositories {
		if r.Name != name {
			continue
		}
		if !plain(rest) {
			return nil, fault.New(fault.Invalid, "", "no package has such a name")
		}
		u := *r.URL
		u.Path, u.RawPath, u.RawQuery = u.Path+"/"+rest, "", query
		return &u, nil
	}
	return nil, fault.New(fault.NotFound, "add it to cache.upstreams in the settings", "the cache has no upstream of this name")
}

// ByURL gives the URL to fetch for an address that a client asks its proxy
// for: the same, where a repository holds it.
func (p *Policy) ByURL(asked *url.URL) (*url.URL, error) {
	for _, r := range p.Repositories {
		if rest, ok := within(r.URL, asked); ok && plain(rest) {
			u := *r.URL
			u.Path, u.RawPath, u.RawQuery = u.Path+"/"+rest, "", asked.RawQuery
			return &u, nil
		}
	}
	return nil, fault.New(fault.Invalid, "add it to cache.upstreams in the settings", "the cache fetches from its upstreams only")
}

// Holds says whether a repository's address lies within an upstream.
func (p *Policy) Holds(address string) bool {
	u, err := url.Parse(address)
	if p == nil || err != nil {
		return false
	}
	return slices.ContainsFunc(p.Repositories, func(r Repository) bool { _, ok := within(r.URL, u); return ok })
}

// Distribution is the repository whose path ends in a distribution's name, as
// mirrors' do: http://mirror.example/debian.
func (p *Policy) Distribution(word string) (Repository, bool) {
	if p != nil {
		for _, r := range p.Repositories {
			if path.Base(r.URL.Path) == word && r.URL.Scheme == "http" {
				return r, true
			}
		}
	}
	return Repository{}, false
}

// within gives what is left of u below base. Hosts are compared as they are
// written, ports as they are meant.
func within(base, u *url.URL) (rest string, ok bool) {
	if u.User != nil || u.Opaque != "" || u.Scheme != base.Scheme || host(u) != host(base) {
		return "", false
	}
	rest, ok = strings.CutPrefix(u.Path, base.Path)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}

// host is a URL's host and port, in one form.
func host(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")) + ":" + port
}

// plain says that a path climbs nowhere and holds no control characters.
func plain(p string) bool {
	for _, part := range strings.Split(p, "/") {
		if part == "." || part == ".." {
			return false
		}
	}
	return len(p) <= 4096 && !strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == '�' })
}

// Redirect says whether an answer of one URL may lead to another: to the same
// host, or to one that the settings name; never away from https.
func (p *Policy) Redirect(from, to *url.URL) error {
	switch {
	case to.Scheme != "http" && to.Scheme != "https", to.User != nil, from.Scheme == "https" && to.Scheme == "http":
	case to.Scheme == from.Scheme && host(to) == host(from):
		return nil
	case to.Scheme == "https" && from.Scheme == "http" && to.Port() == "" && from.Port() == "" && strings.EqualFold(to.Hostname(), from.Hostname()):
		return nil
	case slices.Contains(p.Redirects, strings.ToLower(to.Hostname())):
		return nil
	}
	return fault.New(fault.Invalid, "add the host to cache.redirects in the settings, if it is to be trusted", "the upstream leads to another host")
}
