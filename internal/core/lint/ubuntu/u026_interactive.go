package ubuntu

import "seedbed/internal/core/lint"

var interactive = lint.Rule{ID: "U026", Title: "a section is interactive", Kinds: kinds, Severity: lint.Error, Question: "subiquity/filesystem",
	Effect: "the installer stops at that section and asks", Fix: "set interactive-sections to []", Why: "Ubuntu's autoinstall reference, interactive-sections",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		_, v := get(d.auto, "interactive-sections")
		for _, n := range items(v) {
			r.At(n.Line, n.Column, "the section %q is interactive", text(n))
		}
	})}
