package debian

import (
	"slices"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

var hardDisk = lint.Rule{ID: "A012", Title: "the disk is named as one driver names it", Kinds: both, Severity: lint.Warning, Question: "partman-auto/select_disk", Traps: []int{35},
	Effect: "on a machine with NVMe or virtio disks it does not exist; with a USB stick in it, it may be the stick",
	Fix:    "choose it in partman/early_command, as list-devices disk | head -n1, or name it under /dev/disk/by-id", Why: "linux-unattended-installation issue 7",
	Check: func(s *lint.Subject, r *lint.Report) {
		d, _ := value(s, "partman-auto/disk")
		if chosenByCommand(s) || len(strings.Fields(d)) != 1 || s.Kind == answer.Kickseed && strings.HasPrefix(d, "/dev/discs/") {
			return // kickseed has the first disk put in its place
		}
		line, col := place(s, "partman-auto/disk")
		known := slices.ContainsFunc(s.Disks, func(k lint.Disk) bool { return k.Path == d || k.Path == "" })
		switch {
		case len(s.Disks) > 0 && !known && !strings.HasPrefix(d, "/dev/disk/"):
			r.At(line, col, "the machine has no disk %s", d).Severity = lint.Error
		case len(s.Disks) == 0 && (strings.HasPrefix(d, "/dev/sd") || strings.HasPrefix(d, "/dev/hd") || strings.HasPrefix(d, "/dev/discs/")):
			r.At(line, col, "%s is there only with some drivers", d)
		}
	}}

// chosenByCommand says that a command of the file picks the disk.
func chosenByCommand(s *lint.Subject) bool {
	for _, key := range []string{"partman/early_command", "preseed/early_command"} {
		if v, _ := value(s, key); strings.Contains(v, "partman-auto/disk") {
			return true
		}
	}
	return false
}
