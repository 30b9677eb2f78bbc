package debian

import "seedbed/internal/core/lint"

var method = lint.Rule{ID: "A013", Title: "how to partition is not answered", Kinds: both, Severity: lint.Error, Question: "partman-auto/init_automatically_partition", Traps: []int{14},
	Why:   "partman-auto's initial_auto asks at priority critical without a method",
	Check: missing(func(s *lint.Subject) bool { return !given(s, "partman-auto/init_automatically_partition") }, "partman-auto/method", "")}
