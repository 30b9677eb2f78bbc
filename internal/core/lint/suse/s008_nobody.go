package suse

import "seedbed/internal/core/lint"

var nobody = lint.Rule{ID: "S008", Title: "there are no users", Kinds: yast, Severity: lint.Error, Stage: "accounts",
	Effect: "the system is installed, and nobody can log in", Fix: "give users/user with root and a user_password", Why: "AutoYaST's documentation, users",
	Check: parsed(func(root *element, s *lint.Subject, r *lint.Report) {
		if root.at("users", "user") == nil {
			r.At(root.line, 0, "")
		}
	})}
