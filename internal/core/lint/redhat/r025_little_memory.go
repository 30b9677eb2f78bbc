package redhat

import "seedbed/internal/core/lint"

var littleMemory = lint.Rule{ID: "R025", Title: "the machine may have too little memory for the installer's image", Severity: lint.Warning, Stage: "network", Traps: []int{68},
	Effect: "\"No space left on device\" while install.img is fetched, and the emergency shell", Fix: "give the machine more memory, at least while it is installed",
	Why: "xcat issue 7098: 3 GB for RHEL 8.5 by PXE; anaconda issue 621: 720 MB for RHEL 7; rhel-edge issue 10163",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !anaconda(s) || s.Memory == 0 {
			return
		}
		least := 720
		if modern(s, 8) {
			least = 3072
		}
		if s.Memory < least {
			r.Place(s.ArgsAt, "the machine has %d MiB of memory, and %s by network wants %d", s.Memory, s.Release, least)
		}
	}}
