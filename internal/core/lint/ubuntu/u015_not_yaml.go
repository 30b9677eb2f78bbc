package ubuntu

import (
	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/lint"
)

var notYAML = lint.Rule{ID: "U015", Title: "the file is not YAML that can be read", Kinds: kinds, Severity: lint.Error, Question: "subiquity/language", Traps: []int{93},
	Effect: "cloud-init rejects the file: the installer asks everything", Fix: "indent with blanks, never tabs, and quote values that hold a colon and a blank",
	Why: "cloud-init schema; YAML 1.1",
	Check: func(s *lint.Subject, r *lint.Report) {
		switch d := lint.Parsed(s, parse); {
		case d.root == nil:
			r.At(d.line, 0, "not YAML: %s", d.err)
		case d.auto.Kind != yaml.MappingNode:
			r.At(d.auto.Line, d.auto.Column, "autoinstall: is not a mapping")
		}
	}}
