package kickseed

import (
	"regexp"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var isUTC = regexp.MustCompile(`^(\s*timezone)(\s+--isUtc\b)?`)

var notUTC = lint.Rule{ID: "K004", Title: "timezone has no --utc", Kinds: kinds, Severity: lint.Error, Question: "clock-setup/hwclock-wait", Traps: []int{4},
	Fix: "write timezone --utc ZONE; --isUtc is not known here",
	Why: source + "; clock-setup waits for hwclock 30 s and then asks at priority critical",
	Check: func(s *lint.Subject, r *lint.Report) {
		one(kickseed.NotUTC)(s, r)
		r.Each(func(f *lint.Finding) {
			if m := isUTC.FindStringSubmatchIndex(s.Line(f.Line)); m != nil {
				f.Replace(f.Line, m[3]+1, m[1]+1, " --utc")
			}
		})
	}}
