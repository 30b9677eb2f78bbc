package other

import (
	"bytes"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

var alpineDisks = lint.Rule{ID: "X007", Title: "setup-alpine asks before it erases the disk", Kinds: []answer.Kind{lint.Alpine}, Severity: lint.Error, Stage: "storage", Traps: []int{104},
	Effect: "setup-disk asks \"Erase the above disk(s) and continue?\"", Fix: "set ERASE_DISKS to the disks in the environment of setup-alpine -e -f FILE; -e leaves the root password empty and asks none",
	Why: "setup-disk of alpine-conf",
	Check: func(s *lint.Subject, r *lint.Report) {
		if bytes.Contains(s.Text, []byte("DISKOPTS=")) && !bytes.Contains(s.Text, []byte("ERASE_DISKS=")) {
			line := bytes.Count(s.Text[:bytes.Index(s.Text, []byte("DISKOPTS="))], []byte("\n")) + 1
			r.At(line, 0, "")
		}
	}}
