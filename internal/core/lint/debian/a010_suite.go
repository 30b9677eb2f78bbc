package debian

import (
	"slices"
	"strings"

	"seedbed/internal/core/lint"
)

var suite = lint.Rule{ID: "A010", Title: "the package source has no such release", Kinds: both, Severity: lint.Error, Question: "mirror/bad", Traps: []int{45},
	Why: "choose-mirror fetches dists/SUITE/Release",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, ok := value(s, "mirror/suite"); ok && len(s.Suites) > 0 && !slices.Contains(s.Suites, v) {
			line, col := place(s, "mirror/suite")
			r.At(line, col, "mirror/suite is %q, and dists/ of the medium has %s", v, strings.Join(s.Suites, ", "))
		}
	}}
