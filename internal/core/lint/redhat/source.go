package redhat

import (
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
)

// Sources are the repositories and images that the file names, or inst.repo=
// where it names none. own says that the machine's routes and name servers are
// the file's, not the subnet's.
func Sources(s *lint.Subject) (out []lint.Source, own bool) {
	for _, n := range file(s).Commands("network") {
		own = own || n.Has("--gateway") || n.Has("--ipv6gateway")
	}
	add := func(address, proxy string, at fault.Position, try ...string) {
		if p, ok := lint.NewSource(address, proxy, at, try...); ok {
			out = append(out, p)
		}
	}
	tree, list := []string{".treeinfo", "treeinfo", "repodata/repomd.xml"}, []string{""}
	for _, c := range []struct {
		name, option string
		try          []string
	}{
		{"url", "--url", tree}, {"url", "--mirrorlist", list}, {"url", "--metalink", list}, {"liveimg", "--url", list}, {"ostreesetup", "--url", []string{"config"}},
		{"repo", "--baseurl", []string{"repodata/repomd.xml"}}, {"repo", "--mirrorlist", list}, {"repo", "--metalink", list},
	} {
		for _, n := range file(s).Commands(c.name) {
			if o, ok := n.Option(c.option); ok {
				add(o.Value, proxyOf(n), fault.Position{File: s.Name, Line: n.Line, Column: o.Column}, c.try...)
			}
		}
	}
	if v, _ := s.Arg("inst.repo", "repo", "method"); !has(s, "url", "liveimg", "ostreesetup", "cdrom", "nfs", "harddrive", "hmc") {
		add(v, "", s.ArgsAt, tree...)
	}
	return out, own
}

func proxyOf(n *kickstart.Node) string {
	o, _ := n.Option("--proxy")
	return o.Value
}
