package suse

import "seedbed/internal/core/lint"

var noPartitions = lint.Rule{ID: "S009", Title: "there is no partitioning", Kinds: yast, Severity: lint.Warning, Stage: "storage",
	Effect: "the installer's own proposal is taken, in whatever space it finds", Fix: "give partitioning/drive with initialize and use all", Why: "AutoYaST's documentation, partitioning",
	Check: parsed(func(root *element, s *lint.Subject, r *lint.Report) {
		if root.at("partitioning", "drive") == nil {
			r.At(root.line, 0, "")
		}
	})}
