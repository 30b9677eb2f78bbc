package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var misread = lint.Rule{ID: "K023", Title: "the installer reads the answer otherwise than it is meant", Kinds: kinds, Severity: lint.Warning, Stage: "network",
	Effect: "the question is asked, or another value is taken", Fix: "answer it with preseed KEY TYPE VALUE", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool {
		return f.Cause == kickseed.Misread && c != "raid"
	})}
