package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var upgradeLoop = lint.Rule{ID: "K007", Title: "bootloader --upgrade never ends", Kinds: kinds, Severity: lint.Error, Stage: "network", Traps: []int{11},
	Effect: "kickseed loops for ever: the installer hangs before its first screen", Fix: "take --upgrade away", Why: source + ": the option is not shifted away",
	Check: each(func(c string, f kickseed.Finding) bool { return f.Cause == kickseed.EndlessLoop && c != "url" })}
