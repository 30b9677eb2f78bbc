package ubuntu

import "seedbed/internal/core/lint"

var halfIdentity = lint.Rule{ID: "U028", Title: "identity: lacks one of its keys", Kinds: kinds, Severity: lint.Error, Question: "subiquity/identity",
	Effect: "the installer rejects the file at its start", Fix: "give username, hostname and password", Why: "subiquity's schema: identity requires username, hostname and password",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		key, _ := get(d.auto, "identity")
		if key == nil {
			return
		}
		for _, k := range []string{"username", "hostname", "password"} {
			if have, _ := get(d.auto, "identity", k); have == nil {
				r.At(key.Line, key.Column, "identity: has no %s", k)
			}
		}
	})}
