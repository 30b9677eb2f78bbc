package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var shellActive = lint.Rule{ID: "K009", Title: "the shell reads a part of the line as its own", Kinds: kinds, Severity: lint.Error, Stage: "network", Traps: []int{12},
	Effect: "kickseed evaluates the line in a shell: ; & and | run the rest of it, a bare ( ends kickseed as a whole, # hides the rest",
	Fix:    "put the value in single quotes", Why: source,
	Check: one(kickseed.Operator, kickseed.SyntaxError, kickseed.Redirection, kickseed.Substitution, kickseed.Pattern, kickseed.Home, kickseed.InlineComment)}
