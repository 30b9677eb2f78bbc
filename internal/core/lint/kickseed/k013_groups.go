package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var groups = lint.Rule{ID: "K013", Title: "a line of %packages means something else here", Kinds: kinds, Severity: lint.Warning, Stage: "packages", Traps: []int{16},
	Effect: "packages are not excluded, Red Hat's groups are not known, and only the first word of a line counts",
	Fix:    "name one package a line, or a task as @ task; remove packages in %post", Why: source,
	Check: one(kickseed.Exclusion, kickseed.Group, kickseed.PackageWords)}
