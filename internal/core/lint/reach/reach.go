package reach

import (
	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/debian"
	"seedbed/internal/core/lint/redhat"
	"seedbed/internal/core/lint/suse"
	"seedbed/internal/core/lint/ubuntu"
)

// Rules are the rules of this room.
var Rules = []lint.Rule{noWay, noNames, oldHTTPS, notReached}

// Sources are where the installer of a subject fetches packages from, each
// once. own says that routes and name servers are not those of the subnet.
func Sources(s *lint.Subject) (out []lint.Source, own bool) {
	var all []lint.Source
	switch s.Kind {
	case answer.Preseed, answer.Kickseed:
		all, own = debian.Sources(s)
	case answer.Kickstart:
		all, own = redhat.Sources(s)
	case answer.Autoinstall:
		all, own = ubuntu.Sources(s)
	case answer.AutoYaST, answer.Agama:
		all, own = suse.Sources(s)
	}
	seen := map[string]bool{}
	for _, p := range all {
		if p.Proxy == "" {
			p.Proxy = s.Proxy
		}
		if key := p.URL + " " + p.Proxy; !seen[key] {
			seen[key] = true
			out = append(out, p)
		}
	}
	return out, own
}

// Outside are the sources that are not this server's own. Its cache fetches
// from the source itself, without a proxy.
func Outside(s *lint.Subject) []lint.Source {
	var out []lint.Source
	all, _ := Sources(s)
	for _, p := range all {
		if s.Proxy != "" && p.Proxy == s.Proxy {
			p.Proxy = ""
		}
		if !s.Ours(p) {
			out = append(out, p)
		}
	}
	return out
}

// kinds are the dialects whose sources are known here.
var kinds = []answer.Kind{answer.Preseed, answer.Kickseed, answer.Kickstart, answer.Autoinstall, answer.AutoYaST, answer.Agama}

// way runs a check on each source of a machine that goes by its subnet's DHCP.
func way(check func(s *lint.Subject, p lint.Source, r *lint.Report)) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if s.Subnet == nil {
			return
		}
		all, own := Sources(s)
		hosts := map[string]bool{}
		for _, p := range all {
			if own || hosts[p.Host()] {
				continue
			}
			hosts[p.Host()] = true
			check(s, p, r)
		}
	}
}

// by names a source for a person: with the proxy that it is reached by.
func by(p lint.Source) string {
	if p.Proxy != "" {
		return p.URL + " by the proxy " + p.Proxy
	}
	return p.URL
}
