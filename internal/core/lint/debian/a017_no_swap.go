package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var noSwap = lint.Rule{ID: "A017", Title: "the recipe has no swap", Kinds: both, Severity: lint.Error, Question: "partman-basicfilesystems/no_swap", Traps: []int{5},
	Why: "partman-basicfilesystems' check.d/no_swap asks at priority critical",
	Check: func(s *lint.Subject, r *lint.Report) {
		text, ok := value(s, "partman-auto/expert_recipe")
		if no, _ := value(s, "partman-basicfilesystems/no_swap"); !ok || no == "false" || len(recipe(text)) == 0 {
			return
		}
		for _, p := range recipe(text) {
			if p.fs == "linux-swap" || p.has("method", "swap") {
				return
			}
		}
		if arrays, _ := value(s, "partman-auto-raid/recipe"); raids(s) && strings.Contains(arrays, " swap ") {
			return
		}
		line, _ := place(s, "partman-auto/expert_recipe")
		add(s, r.At(line, 0, ""), "d-i partman-basicfilesystems/no_swap boolean false")
	}}
