package debian

import (
	"regexp"

	"seedbed/internal/core/lint"
)

// safeEnd is how a command ends that cannot fail.
var safeEnd = regexp.MustCompile(`(\|\||;|&&)\s*(true|:|exit 0)\s*;?\s*$|^\s*(true|:|exit 0)\s*$`)

var commandFails = lint.Rule{ID: "A030", Title: "a command that fails stops the installer", Kinds: both, Severity: lint.Warning, Question: "preseed/command_failed", Traps: []int{54},
	Why: "preseed-common's preseed_command: an exit code other than 0 shows a critical error",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, key := range []string{"preseed/late_command", "preseed/early_command", "partman/early_command"} {
			v, ok := value(s, key)
			if !ok || v == "" || safeEnd.MatchString(v) || key == "partman/early_command" {
				continue
			}
			line, col := place(s, key)
			r.At(line, col, "%s may end with an error", key)
		}
	}}
