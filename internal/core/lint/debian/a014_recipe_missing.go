package debian

import "seedbed/internal/core/lint"

var recipeMissing = lint.Rule{ID: "A014", Title: "no partitioning scheme is answered", Kinds: both, Severity: lint.Error, Question: "partman-auto/choose_recipe", Traps: []int{14},
	Why: "partman-auto's choose_recipe asks unless a recipe is given or chosen",
	Check: missing(func(s *lint.Subject) bool {
		return given(s, "partman-auto/method") && !given(s, "partman-auto/expert_recipe") && !given(s, "partman-auto/expert_recipe_file")
	}, "partman-auto/choose_recipe", "d-i partman-auto/choose_recipe select atomic")}
