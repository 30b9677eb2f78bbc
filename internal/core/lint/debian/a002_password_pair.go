package debian

import "seedbed/internal/core/lint"

var passwordPair = lint.Rule{ID: "A002", Title: "the two passwords of a pair differ", Kinds: both, Severity: lint.Error, Question: "user-setup/password-mismatch", Traps: []int{49},
	Why: "user-setup's user-setup-ask: a critical error, and the password is asked again",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, who := range []string{"root", "user"} {
			one, has := value(s, "passwd/"+who+"-password")
			two, again := value(s, "passwd/"+who+"-password-again")
			if hash, _ := value(s, "passwd/"+who+"-password-crypted"); has && again && one != two && one != "" && two != "" && hash == "" {
				line, col := place(s, "passwd/"+who+"-password-again")
				r.At(line, col, "passwd/%s-password and passwd/%s-password-again differ", who, who)
			}
		}
	}}
