package redhat

import (
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/lint"
)

var openSection = lint.Rule{ID: "R003", Title: "a section does not end with %end", Kinds: kinds, Severity: lint.Error, Question: "prompt/ks-error", Traps: []int{59},
	Fix: "end it with %end", Why: "pykickstart: mandatory from Fedora 8 and RHEL 6 on",
	Check: func(s *lint.Subject, r *lint.Report) {
		v, ok := version(s)
		if !ok || !v.Since(8, 6) {
			return
		}
		for _, n := range file(s).Nodes {
			if n.Kind == kickstart.Section && !n.Closed {
				r.At(n.Line, 1, "section %s does not end with %%end", n.Name()).Insert(lastLine(n)+1, "%end")
			}
		}
	}}

// lastLine is the last line of a section's text, blank ones at its end left to
// what follows.
func lastLine(n *kickstart.Node) int {
	last := n.Line
	for _, l := range n.Body {
		if l.Text != "" {
			last = l.Line
		}
	}
	return last
}
