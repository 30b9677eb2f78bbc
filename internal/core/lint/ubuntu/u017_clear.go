package ubuntu

import (
	"regexp"

	"seedbed/internal/core/lint"
)

var crypted = regexp.MustCompile(`^\$[0-9a-z]+\$\S+$`)

var clear = lint.Rule{ID: "U017", Title: "the password is not a crypt(3) hash", Kinds: kinds, Severity: lint.Error, Stage: "accounts", Traps: []int{87},
	Effect: "the file is accepted, and nobody can log in", Fix: "make a hash with: openssl passwd -6",
	Why: "Ubuntu's autoinstall reference, identity: the password is encrypted; both schema and validator accept any text",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if _, v := get(d.auto, "identity", "password"); v != nil && !crypted.MatchString(v.Value) && v.Value != "!" && v.Value != "*" {
			r.At(v.Line, v.Column, "")
		}
	})}
