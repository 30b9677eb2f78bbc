package redhat

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/lint"
)

var includeNowhere = lint.Rule{ID: "R028", Title: "%include names a file that no %pre makes", Kinds: kinds, Severity: lint.Error, Question: "prompt/ks-error", Traps: []int{72},
	Why: "pykickstart: a file that cannot be opened is a fatal error",
	Fix: "let %pre write it, on every path through the script",
	Check: func(s *lint.Subject, r *lint.Report) {
		var scripts strings.Builder
		for _, p := range file(s).Sections("%pre") {
			scripts.WriteString(p.Script())
		}
		for _, n := range file(s).Nodes {
			if n.Kind != kickstart.Include || len(n.Args()) == 0 {
				continue
			}
			if name := n.Args()[0]; strings.HasPrefix(name.Text, "/") && !strings.HasPrefix(name.Text, "/run/install/") && !strings.Contains(scripts.String(), name.Text) {
				r.At(n.Line, name.Column, "%%include %s, and no %%pre makes it", name.Text)
			}
		}
	}}
