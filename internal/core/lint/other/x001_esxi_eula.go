package other

import (
	"regexp"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

var esxi = []answer.Kind{lint.ESXi}

var accepted = regexp.MustCompile(`(?m)^\s*(vm)?accepteula\s*\r?$`)

var esxiEULA = lint.Rule{ID: "X001", Title: "vmaccepteula is missing", Kinds: esxi, Severity: lint.Error, Stage: "language", Traps: []int{102},
	Effect: "ESXi's installer stops with an error about the script", Fix: "add the line vmaccepteula", Why: "VMware's scripted installation documentation: the command is required",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !accepted.Match(s.Text) {
			r.At(1, 0, "").Insert(1, "vmaccepteula")
		}
	}}
