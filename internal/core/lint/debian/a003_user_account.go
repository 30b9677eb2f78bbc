package debian

import "seedbed/internal/core/lint"

var userAccount = lint.Rule{ID: "A003", Title: "a user is to be made, and not all of it is answered", Kinds: both, Severity: lint.Error, Question: "passwd/user-fullname", Traps: []int{9, 8},
	Why: "user-setup's user-setup-ask: name, login and password are asked at priority critical unless make-user is false",
	Check: func(s *lint.Subject, r *lint.Report) {
		if make, _ := value(s, "passwd/make-user"); make == "false" || !whole(s) {
			return
		}
		hash, _ := value(s, "passwd/user-password-crypted")
		for _, key := range []string{"passwd/user-fullname", "passwd/username", "passwd/user-password", "passwd/user-password-again"} {
			if given(s, key) || hash != "" && (key == "passwd/user-password" || key == "passwd/user-password-again") {
				continue
			}
			r.At(0, 0, "%s is not answered, and passwd/make-user is not false", key).Question = key
			return
		}
	}}
