package debian

import "seedbed/internal/core/lint"

var updatePolicy = lint.Rule{ID: "A007", Title: "an Ubuntu installer asks how updates are managed", Kinds: both, Severity: lint.Error, Question: "pkgsel/update-policy",
	Traps: []int{25}, Why: "Ubuntu's pkgsel from 14.04 on",
	Check: missing(func(s *lint.Subject) bool { return s.Release.Ubuntu(1404, 2010) }, "pkgsel/update-policy", "d-i pkgsel/update-policy select none")}
