package ubuntu

import "seedbed/internal/core/lint"

var version = lint.Rule{ID: "U025", Title: "version: 1 is missing", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "language",
	Effect: "the installer rejects the file at its start", Fix: "add version: 1 under autoinstall:", Why: "subiquity's schema: version is the one required key",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if d.cloud && !d.nested {
			return
		}
		if _, v := get(d.auto, "version"); v == nil {
			r.At(d.auto.Line, 0, "")
		} else if v.Value != "1" {
			r.At(v.Line, v.Column, "version: %s is not known; 1 is", v.Value)
		}
	})}
