package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var badValue = lint.Rule{ID: "K022", Title: "the value is not one that kickseed knows", Kinds: kinds, Severity: lint.Error, Stage: "network",
	Effect: "the option is ignored", Fix: "give a value that it knows (docs/reference/kickseed.md)", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool {
		return (f.Cause == kickseed.UnsupportedValue && c != "clearpart") || f.Cause == kickseed.MissingValue
	})}
