package other

import (
	"regexp"

	"seedbed/internal/core/lint"
)

var esxiInstall = regexp.MustCompile(`^\s*install\b`)

var esxiOverwrite = lint.Rule{ID: "X003", Title: "install does not say what becomes of an old datastore", Kinds: esxi, Severity: lint.Error, Stage: "storage", Traps: []int{102},
	Effect: "on a disk with a VMFS datastore the installer stops", Fix: "add --overwritevmfs, or --preservevmfs", Why: "VMware's scripted installation documentation, install",
	Check: func(s *lint.Subject, r *lint.Report) {
		for n := 1; n <= s.Lines(); n++ {
			line := s.Line(n)
			if esxiInstall.MatchString(line) && !regexp.MustCompile(`--(overwrite|preserve|novmfs)`).MatchString(line) {
				r.At(n, 0, "").Replace(n, len(line)+1, len(line)+1, " --overwritevmfs")
			}
		}
	}}
