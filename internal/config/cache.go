package config

import (
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/upstream"
	"seedbed/internal/fault"
)

// Cache is the package cache, where the settings ask for one.
type Cache struct {
	Size   int64
	Dir    string // "": in the state directory
	Policy upstream.Policy
}

const defaultCacheSize = 20 << 30

func (r *reader) cache(n *yaml.Node) {
	c := &Cache{Size: defaultCacheSize}
	ups := 0
	r.mapping(n, "cache", keys{
		"size": func(n *yaml.Node) {
			if r.size(n, false, &c.Size); c.Size < 64<<20 {
				r.bad(n, "20GiB holds the packages of a few releases", "a cache of %s is too small for anything", n.Value)
			}
		},
		"dir": func(n *yaml.Node) {
			if r.str(n, &c.Dir); c.Dir != "" {
				c.Dir = r.path(c.Dir)
			}
		},
		"upstreams": func(n *yaml.Node) { r.list(n, "upstreams", func(n *yaml.Node) { ups++; r.upstream(n, &c.Policy) }) },
		"redirects": func(n *yaml.Node) {
			r.list(n, "redirects", func(n *yaml.Node) {
				h := strings.ToLower(n.Value)
				if upstream.Check(&url.URL{Scheme: "http", Host: h}) != nil || strings.ContainsAny(h, ":/*") {
					r.bad(n, "as mirror.example: a host's name alone", "%q is not a host's name", n.Value)
					return
				}
				c.Policy.Redirects = append(c.Policy.Redirects, h)
			})
		},
		"private": func(n *yaml.Node) {
			r.list(n, "private", func(n *yaml.Node) {
				p, err := netip.ParsePrefix(n.Value)
				if err != nil || p != p.Masked() || p.Bits() == 0 {
					r.bad(n, "as 192.168.0.0/16", "%q is not a network", n.Value)
					return
				}
				c.Policy.Private = append(c.Policy.Private, p)
			})
		},
	})
	if ups == 0 {
		r.bad(n, "add upstreams: [http://mirror.example/debian]", "the cache has no upstreams")
	}
	r.cfg.Cache = c
}

// upstream reads an address, or a mapping where it needs a name.
func (r *reader) upstream(n *yaml.Node, p *upstream.Policy) {
	var repo upstream.Repository
	address := n
	if n.Kind != yaml.ScalarNode {
		r.mapping(n, "an upstream", keys{
			"name": func(n *yaml.Node) { r.name(n, &repo.Name) },
			"url":  func(n *yaml.Node) { address = n },
		})
	}
	u, err := url.Parse(address.Value)
	if err == nil {
		err = upstream.Check(u)
	}
	if err != nil {
		r.bad(address, "as http://mirror.example/debian", "%q cannot be an upstream: %s", address.Value, reason(err))
		return
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	repo.URL = u
	if repo.Name == "" {
		if r.name(&yaml.Node{Value: path.Base("/" + u.Hostname() + u.Path), Line: address.Line, Column: address.Column}, &repo.Name); repo.Name == "" {
			return
		}
	}
	if slices.ContainsFunc(p.Repositories, func(o upstream.Repository) bool { return o.Name == repo.Name }) {
		r.bad(n, "as {name: WORD, url: "+address.Value+"}", "another upstream is named %q already", repo.Name)
		return
	}
	p.Repositories = append(p.Repositories, repo)
}

// reason is a fault's own words, or those of the URL's reader without the URL.
func reason(err error) string {
	if e, ok := err.(*url.Error); ok {
		return e.Err.Error()
	}
	if f, ok := err.(*fault.Fault); ok {
		return f.Msg
	}
	return err.Error()
}
