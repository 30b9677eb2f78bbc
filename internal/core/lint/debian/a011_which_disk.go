package debian

import "seedbed/internal/core/lint"

var whichDisk = lint.Rule{ID: "A011", Title: "the machine has more than one disk, and none is chosen", Kinds: both, Severity: lint.Error, Question: "partman-auto/init_automatically_partition",
	Traps: []int{35}, Why: "partman-auto partitions the only disk, and asks how and which where there are more; seen in rehearsals",
	Effect: "the installer asks partman-auto/init_automatically_partition (\"Partitioning method:\"), then partman-auto/select_disk: more than one disk, and none is chosen",
	Fix:    "set partman-auto/disk, or choose it in partman/early_command",
	Check: func(s *lint.Subject, r *lint.Report) {
		if d, _ := value(s, "partman-auto/disk"); len(s.Disks) > 1 && d == "" && !chosenByCommand(s) && whole(s) {
			r.At(0, 0, "the machine has %d disks, and none is chosen", len(s.Disks))
		}
	}}
