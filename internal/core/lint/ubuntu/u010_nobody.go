package ubuntu

import "seedbed/internal/core/lint"

var nobody = lint.Rule{ID: "U010", Title: "there is neither identity nor user-data", Kinds: kinds, Severity: lint.Error, Question: "subiquity/identity", Traps: []int{84},
	Why: "subiquity's validation at run time: one of the two is mandatory",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		for _, k := range []string{"identity", "user-data", "active-directory"} {
			if key, _ := get(d.auto, k); key != nil {
				return
			}
		}
		r.At(d.auto.Line, 0, "")
	})}
