package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var interpreter = lint.Rule{ID: "K012", Title: "the script is run by /bin/sh, not by the interpreter it names", Kinds: kinds, Severity: lint.Error, Stage: "end", Traps: []int{15},
	Effect: "the installer's shell is busybox: what bash or Python has of its own is an error", Fix: "write it for /bin/sh; a %post without --nochroot keeps its interpreter",
	Why:   source,
	Check: one(kickseed.Interpreter, kickseed.Indentation)}
