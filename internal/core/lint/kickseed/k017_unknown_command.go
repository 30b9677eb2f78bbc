package kickseed

import (
	"slices"
	"strings"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

// harmless are commands of Red Hat's that change nothing when they are missing
// on Debian or Ubuntu.
var harmless = strings.Fields("selinux eula firstboot cmdline graphical logging vnc autopart %end sshpw")

var unknownCommand = lint.Rule{ID: "K017", Title: "kickseed knows no such command", Kinds: kinds, Severity: lint.Warning, Stage: "network",
	Effect: "it logs \"Unrecognised kickstart command\" and goes on without it", Fix: "take it away; what it shall do can be said with preseed KEY TYPE VALUE, or in %post", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool {
		return (f.Cause == kickseed.UnknownCommand || f.Cause == kickseed.Unsupported) && !slices.Contains(harmless, c)
	})}
