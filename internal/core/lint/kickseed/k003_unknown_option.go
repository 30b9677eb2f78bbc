package kickseed

import (
	"slices"
	"strings"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

// idle are options of Red Hat's that change nothing when they are ignored.
var idle = strings.Fields("--onboot --activate --noipv6 --noipv4 --ipv6 --enableshadow --passalgo --driveorder --plaintext --lock --onbiosdisk")

var unknownOption = lint.Rule{ID: "K003", Title: "kickseed knows no such option", Kinds: kinds, Severity: lint.Error, Stage: "storage", Traps: []int{3},
	Effect: "joined by = it is ignored; a value that stands apart becomes an argument, and most commands then drop the whole line",
	Fix:    "take the option away", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool {
		special := c == "user" && f.Word == "--name" || c == "timezone" || c == "keyboard" || c == "bootloader" && f.Word == "--append"
		return f.Cause == kickseed.UnknownOption && !special && !slices.Contains(idle, f.Word)
	})}
