package ubuntu

import (
	"strings"

	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
)

// suites are the code names under dists/, by release.
var suites = map[lint.Release]string{
	{Distro: "ubuntu", Major: 20, Minor: 4}: "focal", {Distro: "ubuntu", Major: 22, Minor: 4}: "jammy", {Distro: "ubuntu", Major: 24, Minor: 4}: "noble",
}

// Sources are the archives that apt: names. own says that network: does not
// leave the machine to DHCP.
func Sources(s *lint.Subject) (out []lint.Source, own bool) {
	d := lint.Parsed(s, parse)
	if d.root == nil {
		return nil, false
	}
	if _, n := get(d.auto, "network"); n != nil {
		own = static(s, n.Line)
	}
	try := []string{"dists/"}
	if suite := suites[s.Release]; suite != "" {
		try = []string{"dists/" + suite + "/Release", "dists/" + suite + "/InRelease"}
	}
	_, proxy := get(d.auto, "proxy")
	_, old := get(d.auto, "apt", "primary")
	_, primary := get(d.auto, "apt", "mirror-selection", "primary")
	_, security := get(d.auto, "apt", "security")
	for _, n := range append(append(items(old), items(primary)...), items(security)...) {
		_, uri := get(n, "uri")
		if uri == nil {
			continue
		}
		if p, ok := lint.NewSource(text(uri), text(proxy), fault.Position{File: s.Name, Line: uri.Line, Column: uri.Column}, try...); ok {
			out = append(out, p)
		}
	}
	return out, own
}

// static says that the network: on a line and below gives a route or a gateway.
func static(s *lint.Subject, line int) bool {
	for _, word := range []string{"gateway4:", "gateway6:", "via:"} {
		for n := line; n <= s.Lines(); n++ {
			if strings.Contains(s.Line(n), word) {
				return true
			}
		}
	}
	return false
}
