package ubuntu

import (
	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/lint"
)

var commands = lint.Rule{ID: "U018", Title: "commands are not a list", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "language",
	Effect: "\"Malformed autoinstall\": the installer stops at its start", Fix: "write a list, an item a command", Traps: []int{88},
	Why: "Ubuntu's autoinstall reference, command lists; seen with subiquity's validator",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		for _, name := range []string{"early-commands", "late-commands", "error-commands", "packages", "snaps"} {
			if key, v := get(d.auto, name); v != nil && v.Kind != yaml.SequenceNode && v.Tag != "!!null" {
				r.At(key.Line, key.Column, "%s is not a list", name)
			}
		}
	})}
