package kickseed

import (
	"regexp"
	"slices"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var diskOption = regexp.MustCompile(`\s--on(?:disk|drive)(?:=|\s+)\S+`)

var onDisk = lint.Rule{ID: "K002", Title: "a partition with --ondisk or --ondrive is dropped", Kinds: kinds, Severity: lint.Error, Question: "partman-auto/choose_recipe", Traps: []int{2},
	Effect: "Ubuntu's kickseed warns and drops the whole partition: the recipe lacks it, and without a / partman stops",
	Fix:    "take the option away; choose the disk with clearpart --drives=DISK, or preseed partman-auto/disk", Why: source,
	Check: func(s *lint.Subject, r *lint.Report) {
		each(func(c string, f kickseed.Finding) bool {
			return isPart(c) && f.Cause == kickseed.UnsupportedOption && slices.Contains([]string{"--ondisk", "--ondrive"}, f.Word)
		})(s, r)
		r.Each(func(f *lint.Finding) {
			if at := diskOption.FindStringIndex(s.Line(f.Line)); at != nil {
				f.Replace(f.Line, at[0]+1, at[1]+1, "")
			}
		})
	}}
