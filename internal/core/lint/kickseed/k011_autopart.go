package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var autopart = lint.Rule{ID: "K011", Title: "kickseed knows no autopart", Kinds: kinds, Severity: lint.Error, Question: "partman-auto/choose_recipe", Traps: []int{14},
	Fix: "write part lines, or: preseed partman-auto/choose_recipe select atomic, with clearpart --all", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool { return c == "autopart" && f.Cause == kickseed.UnknownCommand })}
