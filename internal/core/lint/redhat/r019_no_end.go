package redhat

import "seedbed/internal/core/lint"

var noEnd = lint.Rule{ID: "R019", Title: "the end is not said: reboot, poweroff, halt or shutdown", Kinds: kinds, Severity: lint.Error, Question: "prompt/end", Traps: []int{61},
	Why:   "the Kickstart documentation: without one the installer waits for a key",
	Check: missing("reboot", "reboot", "poweroff", "halt", "shutdown")}
