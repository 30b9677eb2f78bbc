package debian

import "seedbed/internal/core/lint"

var mountedDisk = lint.Rule{ID: "A008", Title: "an Ubuntu installer asks whether to unmount a disk in use", Kinds: both, Severity: lint.Warning, Question: "partman/unmount_active",
	Traps: []int{26}, Why: "Launchpad bug 1347726: a USB stick mounted at /media",
	Check: missing(func(s *lint.Subject) bool { return s.Release.Ubuntu(1, 2010) }, "partman/unmount_active", "d-i partman/unmount_active boolean true")}
