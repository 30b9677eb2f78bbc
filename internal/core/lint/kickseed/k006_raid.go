package kickseed

import (
	"strings"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var raid = lint.Rule{ID: "K006", Title: "RAID never works by kickseed", Kinds: kinds, Severity: lint.Error, Question: "partman-auto/init_automatically_partition", Traps: []int{10},
	Effect: "kickseed writes partman-auto-raid/recipe without a type: the installer reads another value, and the RAID is not made",
	Fix:    "write the recipe by hand: preseed partman-auto/method string raid, and preseed partman-auto-raid/recipe string ...", Why: source,
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, l := range kickseed.Parse(string(s.Text)).Lines() {
			if l.Command() && (l.Keyword == "raid" || isPart(l.Keyword) && strings.HasPrefix(strings.TrimSpace(l.Args), "raid.")) {
				r.At(l.Line, l.Column, "")
			}
		}
	}}
