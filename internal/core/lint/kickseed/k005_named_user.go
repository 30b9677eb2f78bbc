package kickseed

import (
	"regexp"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var nameOption = regexp.MustCompile(`--name=`)

var namedUser = lint.Rule{ID: "K005", Title: "user takes the name as a word of its own, not as --name=", Kinds: kinds, Severity: lint.Error, Question: "passwd/user-fullname", Traps: []int{8},
	Why: source, Fix: "write user NAME --fullname \"Full Name\" --password PASSWORD",
	Check: func(s *lint.Subject, r *lint.Report) {
		each(func(c string, f kickseed.Finding) bool {
			return c == "user" && f.Cause == kickseed.UnknownOption && f.Word == "--name"
		})(s, r)
		r.Each(func(f *lint.Finding) {
			if at := nameOption.FindStringIndex(s.Line(f.Line)); at != nil {
				f.Replace(f.Line, at[0]+1, at[1]+1, "")
			}
		})
	}}
