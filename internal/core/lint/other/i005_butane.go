package other

import (
	"errors"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/butane"
	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
)

var butaneRefuses = lint.Rule{ID: "I005", Title: "Butane refuses the config, or warns of it", Kinds: []answer.Kind{answer.Butane}, Severity: lint.Error, Stage: "end",
	Effect: "no Ignition config can be made of it, and nothing is served; what is warned of is left out", Fix: "write it as Butane's specification of that version has it", Why: "Butane's own library",
	Check: func(s *lint.Subject, r *lint.Report) {
		_, list, err := butane.Translate(s.Name, s.Text)
		errors.As(err, &list)
		for _, f := range list {
			found(r, f)
		}
	}}

func found(r *lint.Report, f fault.Finding) {
	at := r.At(f.Line, f.Column, "%s", f.Msg)
	if f.Severity == "warning" {
		at.Severity = lint.Warning
	}
}
