package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var urlLoop = lint.Rule{ID: "K008", Title: "url --url without a path never ends", Kinds: kinds, Severity: lint.Error, Stage: "network", Traps: []int{19},
	Effect: "kickseed logs \"URL type not supported\" for ever: the installer hangs before its first screen", Fix: "give the mirror's directory: http://HOST/ubuntu", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool { return f.Cause == kickseed.EndlessLoop && c == "url" })}
