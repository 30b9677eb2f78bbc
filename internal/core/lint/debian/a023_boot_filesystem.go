package debian

import (
	"slices"

	"seedbed/internal/core/lint"
)

var bootFilesystem = lint.Rule{ID: "A023", Title: "/boot is of a file system that partman warns about", Kinds: both, Severity: lint.Warning, Question: "partman-ext3/boot_not_ext2_or_ext3",
	Traps: []int{43}, Why: "partman-ext3's and partman-btrfs' checks: they ask to go back",
	Check: func(s *lint.Subject, r *lint.Report) {
		text, _ := value(s, "partman-auto/expert_recipe")
		for _, p := range recipe(text) {
			boot := p.has("mountpoint", "/boot")
			if boot && slices.Contains([]string{"btrfs", "xfs", "jfs", "reiserfs"}, p.fs) {
				line, _ := place(s, "partman-auto/expert_recipe")
				r.At(line, 0, "/boot is on %s", p.fs)
			}
		}
	}}
