package ubuntu

import "seedbed/internal/core/lint"

var header = lint.Rule{ID: "U014", Title: "the first line is not #cloud-config", Kinds: kinds, Severity: lint.Error, Question: "subiquity/language", Traps: []int{86},
	Effect: "cloud-init does not take the file for user-data and ignores it: the installer asks everything", Fix: "let the file begin with the line #cloud-config",
	Why: "cloud-init's user-data formats: the first line tells the kind",
	Check: func(s *lint.Subject, r *lint.Report) {
		if d := lint.Parsed(s, parse); !d.cloud {
			r.At(1, 1, "").Insert(1, "#cloud-config")
		}
	}}
