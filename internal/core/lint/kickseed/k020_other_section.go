package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var otherSection = lint.Rule{ID: "K020", Title: "a section or an %include is read otherwise here", Kinds: kinds, Severity: lint.Warning, Stage: "network",
	Effect: "lines of sections that kickseed does not know are read as commands or become part of a script; of several %pre the last one runs; %include needs a file in the installer",
	Fix:    "keep to %packages, %pre and %post", Why: source,
	Check: one(kickseed.UnknownSection, kickseed.Include, kickseed.EarlierPre, kickseed.Reserved)}
