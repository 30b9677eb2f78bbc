package redhat

import "seedbed/internal/core/lint"

var software = lint.Rule{ID: "R017", Title: "there is no %packages", Kinds: kinds, Severity: lint.Warning, Question: "spoke/software", Traps: []int{56},
	Effect: "the source's default environment is installed, which may be a desktop; where it has none the installer asks",
	Why:    "pyanaconda's software spoke; pykickstart",
	Check: func(s *lint.Subject, r *lint.Report) {
		if closed(s) && len(file(s).Sections("%packages")) == 0 && !has(s, "liveimg", "ostreesetup", "ostreecontainer", "bootc") {
			r.At(0, 0, "").Insert(s.Lines()+1, "%packages\n@core\n%end")
		}
	}}
