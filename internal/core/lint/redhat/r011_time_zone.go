package redhat

import "seedbed/internal/core/lint"

var timeZone = lint.Rule{ID: "R011", Title: "there is no timezone", Kinds: kinds, Severity: lint.Error, Question: "spoke/timezone", Traps: []int{56},
	Why:   "pyanaconda's text hub: the time spoke is mandatory",
	Check: missing("timezone Etc/UTC --utc", "timezone")}
