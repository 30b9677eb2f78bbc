package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var noEffect = lint.Rule{ID: "K021", Title: "the option has no effect", Kinds: kinds, Severity: lint.Warning, Stage: "packages",
	Effect: "kickseed knows the option, and does nothing", Fix: "take it away, or do it in %post", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool {
		disk := isPart(c) && (f.Word == "--ondisk" || f.Word == "--ondrive")
		return f.Cause == kickseed.UnsupportedOption && c != "clearpart" && c != "raid" && !disk || c == "bootloader" && f.Word == "--append"
	})}
