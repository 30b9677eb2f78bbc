package suse

import "seedbed/internal/core/lint"

var noProduct = lint.Rule{ID: "G002", Title: "no product is chosen", Kinds: agama, Severity: lint.Error, Question: "agama/product",
	Why: "Agama's documentation: a medium with more than one product needs product.id",
	Check: readable(func(o *object, s *lint.Subject, r *lint.Report) {
		if !o.has("product", "id") {
			r.At(max(lineOf(s, "product"), 1), 0, "product.id is missing")
		}
	})}
