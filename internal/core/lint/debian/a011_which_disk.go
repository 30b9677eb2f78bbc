package debian

import "seedbed/internal/core/lint"

var whichDisk = lint.Rule{ID: "A011", Title: "the machine has more than one disk, and none is chosen", Kinds: both, Severity: lint.Error, Question: "partman-auto/select_disk",
	Traps: []int{35}, Why: "partman-auto takes the only disk, and asks where there are more",
	Check: func(s *lint.Subject, r *lint.Report) {
		if d, _ := value(s, "partman-auto/disk"); len(s.Disks) > 1 && d == "" && !chosenByCommand(s) && whole(s) {
			r.At(0, 0, "the machine has %d disks, and none is chosen", len(s.Disks))
		}
	}}
