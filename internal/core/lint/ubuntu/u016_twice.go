package ubuntu

import "seedbed/internal/core/lint"

var twice = lint.Rule{ID: "U016", Title: "autoinstall: stands inside autoinstall:", Kinds: kinds, Severity: lint.Error, Question: "subiquity/language", Traps: []int{86},
	Effect: "the inner keys are not read; the installation fails or asks", Fix: "keep one autoinstall: with the keys right under it",
	Why: "subiquity, autoinstall validation",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if key, _ := get(d.auto, "autoinstall"); d.nested && key != nil {
			r.At(key.Line, key.Column, "")
		}
	})}
