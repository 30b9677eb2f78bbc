package suse

import (
	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
)

// Sources are the installation source of the kernel arguments and the add-ons
// of the profile. own says that the profile sets routes itself.
func Sources(s *lint.Subject) (out []lint.Source, own bool) {
	try := []string{"repodata/repomd.xml", "content", "media.1/products", "media.1/media"}
	add := func(address string, at fault.Position) {
		if p, ok := lint.NewSource(address, "", at, try...); ok {
			out = append(out, p)
		}
	}
	word := "install"
	if s.Kind == answer.Agama {
		word = "inst.install_url"
	}
	v, _ := s.Arg(word)
	add(v, s.ArgsAt)
	if s.Kind != answer.AutoYaST {
		return out, false
	}
	root := profile(s).root
	own = root.at("networking", "routing", "routes") != nil
	if list := root.at("add-on", "add_on_products"); list != nil {
		for _, e := range list.children {
			u := e.at("media_url")
			if u == nil {
				continue
			}
			add(u.value(), fault.Position{File: s.Name, Line: u.line})
		}
	}
	return out, own
}
