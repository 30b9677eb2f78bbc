package redhat

import (
	"strings"

	"seedbed/internal/core/lint"
)

var password = lint.Rule{ID: "R012", Title: "nobody can log in: neither rootpw nor a user in wheel", Kinds: kinds, Severity: lint.Error, Question: "spoke/password", Traps: []int{56},
	Why: "pyanaconda's text hub: the password spoke is mandatory unless there is an admin user",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !closed(s) {
			return
		}
		if root := file(s).Command("rootpw"); root != nil {
			if !root.Has("--lock") || admin(s) || has(s, "sshkey") {
				return
			}
			r.At(root.Line, 1, "root is locked, and no user is in wheel")
			return
		}
		if !admin(s) {
			r.At(0, 0, "")
		}
	}}

// admin says that a user of the file is in the group wheel.
func admin(s *lint.Subject) bool {
	for _, u := range file(s).Commands("user") {
		if g, ok := u.Option("--groups"); ok {
			for _, name := range strings.FieldsFunc(g.Value, func(c rune) bool { return c == ',' || c == ' ' }) {
				if name == "wheel" || strings.HasPrefix(name, "wheel(") {
					return true
				}
			}
		}
	}
	return false
}
