package debian

import "seedbed/internal/core/lint"

var guidedSize = lint.Rule{ID: "A035", Title: "how much of the volume group is used is not answered", Kinds: both, Severity: lint.Warning, Question: "partman-auto-lvm/guided_size", Traps: []int{38},
	Why: "partman-auto-lvm asks at priority high when the recipe has no maximum",
	Check: missing(func(s *lint.Subject) bool {
		m, _ := value(s, "partman-auto/method")
		return !critical(s) && (m == "lvm" || m == "crypto") && given(s, "partman-auto/choose_recipe") && !given(s, "partman-auto/expert_recipe")
	}, "partman-auto-lvm/guided_size", "d-i partman-auto-lvm/guided_size string max")}
