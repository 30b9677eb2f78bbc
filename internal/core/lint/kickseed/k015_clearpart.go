package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var clearpart = lint.Rule{ID: "K015", Title: "clearpart chooses no disk", Kinds: kinds, Severity: lint.Error, Question: "partman-auto/select_disk", Traps: []int{18},
	Fix: "write clearpart --all --drives=DISK with one disk, or answer with preseed partman-auto/disk", Why: source,
	Check: func(s *lint.Subject, r *lint.Report) {
		each(func(c string, f kickseed.Finding) bool {
			return c == "clearpart" && (f.Cause == kickseed.UnsupportedValue || f.Cause == kickseed.UnsupportedOption && f.Word == "--linux")
		})(s, r)
	}}
