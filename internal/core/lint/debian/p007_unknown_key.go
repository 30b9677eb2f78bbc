package debian

import (
	"slices"
	"strings"

	"seedbed/internal/core/answer/debconf"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

var unknownKey = lint.Rule{ID: "P007", Title: "the installer has no such question, or takes no such answer", Kinds: onlyPreseed, Severity: lint.Warning, Stage: "network", Traps: []int{29},
	Effect: "an answer to a question that does not exist is kept and never read: what was meant is asked, or takes its default",
	Fix:    "write the key, the type and the value as the release's installer has them", Why: "the templates of the installer's packages, by release",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, e := range of(s).entries {
			if strings.HasPrefix(e.Owner, "#") || !e.Flag() && !slices.Contains(preseed.Types, e.Type) {
				continue // for rules P001 and P003
			}
			for _, p := range debconf.Judge(e.Owner, e.Key, e.Type, e.Value, s.Release.String()) {
				judged(r, e, p)
			}
		}
	}}

// judged reports one flaw where it stands. An unknown or old key is a warning;
// a value that the installer refuses is an error.
func judged(r *lint.Report, e preseed.Entry, p debconf.Problem) {
	switch p.Flaw {
	case debconf.Unknown, debconf.Gone:
		f := r.At(e.KeyPos.Line, e.KeyPos.Column, "%s", p.Msg)
		if p.Instead != "" {
			f.Fix = "is " + p.Instead + " meant?"
		}
	case debconf.WrongType:
		r.At(e.TypePos.Line, e.TypePos.Column, "%s", p.Msg).Effect = "the new system's debconf may refuse the answer"
	default:
		f := r.At(e.ValuePos.Line, e.ValuePos.Column, "%s", p.Msg)
		f.Severity, f.Effect, f.Fix = lint.Error, "the installer does not take the answer, and asks", "write one of the values it takes"
	}
}
