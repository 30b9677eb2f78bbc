package debian

import "seedbed/internal/core/lint"

var lastNote = lint.Rule{ID: "A027", Title: "the last note waits for somebody", Kinds: both, Severity: lint.Error, Question: "finish-install/reboot_in_progress", Traps: []int{50},
	Why:   "finish-install's 94note: a critical note",
	Check: missing(always, "finish-install/reboot_in_progress", "d-i finish-install/reboot_in_progress note")}
