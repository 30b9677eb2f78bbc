package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var languages = lint.Rule{ID: "K016", Title: "langsupport without a list means every locale, or none", Kinds: kinds, Severity: lint.Warning, Stage: "language", Traps: []int{20},
	Effect: "all locales of the installer's list are generated, which takes long; without that list none", Fix: "name them: langsupport en_US.UTF-8", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool { return c == "langsupport" })}
