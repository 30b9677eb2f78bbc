package ubuntu

import (
	"slices"

	"seedbed/internal/core/lint"
)

var layout = lint.Rule{ID: "U011", Title: "the storage layout has a name that is not known", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "storage",
	Effect: "the installer stops with an error in the storage section", Fix: "write lvm, direct, zfs or hybrid, or give config: with actions", Traps: []int{85},
	Why: "Ubuntu's autoinstall reference, storage; xcat issue 7224",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		_, v := get(d.auto, "storage", "layout", "name")
		if v != nil && !slices.Contains([]string{"lvm", "direct", "zfs", "hybrid"}, v.Value) {
			r.At(v.Line, v.Column, "the storage layout %q is not known", v.Value)
		}
	})}
