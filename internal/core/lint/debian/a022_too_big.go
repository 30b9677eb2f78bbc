package debian

import "seedbed/internal/core/lint"

var tooBig = lint.Rule{ID: "A022", Title: "the recipe is larger than the disk", Kinds: both, Severity: lint.Error, Question: "partman-auto/autopartitioning_failed", Traps: []int{42},
	Why: "partman-auto's recipes.sh: a recipe whose minimum does not fit is left out",
	Check: func(s *lint.Subject, r *lint.Report) {
		text, _ := value(s, "partman-auto/expert_recipe")
		var sum, largest int64
		for _, p := range recipe(text) {
			if !p.has("in_vg", "") || p.options == "" {
				sum += p.min
			}
		}
		for _, d := range s.Disks {
			largest = max(largest, d.Size)
		}
		if largest > 0 && sum*1_000_000 > largest {
			line, _ := place(s, "partman-auto/expert_recipe")
			r.At(line, 0, "the recipe wants %d MB at least, and the largest disk has %d MB", sum, largest/1_000_000)
		}
	}}
