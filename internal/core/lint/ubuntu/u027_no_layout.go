package ubuntu

import "seedbed/internal/core/lint"

var noLayout = lint.Rule{ID: "U027", Title: "keyboard: has no layout", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "language",
	Effect: "the installer rejects the file at its start", Fix: "add layout:, as us", Why: "subiquity's schema: keyboard requires layout",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		key, _ := get(d.auto, "keyboard")
		if l, _ := get(d.auto, "keyboard", "layout"); key != nil && l == nil {
			r.At(key.Line, key.Column, "")
		}
	})}
