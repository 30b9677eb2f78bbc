package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var keymapOption = lint.Rule{ID: "K010", Title: "keyboard takes one bare word", Kinds: kinds, Severity: lint.Error, Question: "keyboard-configuration/xkb-keymap", Traps: []int{13},
	Effect: "the option becomes the name of the keymap, which does not exist", Fix: "write keyboard us", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool { return c == "keyboard" && f.Effect != kickseed.Ignored })}
