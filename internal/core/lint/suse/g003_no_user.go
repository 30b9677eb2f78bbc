package suse

import "seedbed/internal/core/lint"

var noUser = lint.Rule{ID: "G003", Title: "neither root nor a user can log in", Kinds: agama, Severity: lint.Error, Question: "agama/user",
	Why: "Agama's validation: an authentication is required before it installs",
	Check: readable(func(o *object, s *lint.Subject, r *lint.Report) {
		if !o.has("user", "password") && !o.has("root", "password") && !o.has("root", "hashedPassword") && !o.has("root", "sshPublicKey") && !o.has("root", "sshPublicKeys") && !o.has("user", "hashedPassword") {
			r.At(1, 0, "")
		}
	})}
