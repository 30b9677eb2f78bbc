package debian

import "seedbed/internal/core/lint"

var weakPassword = lint.Rule{ID: "A005", Title: "an Ubuntu installer finds the password short, and asks whether to use it", Kinds: both, Severity: lint.Error,
	Question: "user-setup/password-weak", Traps: []int{23}, Why: "Ubuntu's user-setup: shorter than 8 characters asks unless allow-password-weak",
	Check: func(s *lint.Subject, r *lint.Report) {
		if allow, _ := value(s, "user-setup/allow-password-weak"); allow == "true" || !s.Release.Ubuntu(1, 2010) {
			return
		}
		if p, ok := value(s, "passwd/user-password"); ok && p != "" && len(p) < 8 {
			line, col := place(s, "passwd/user-password")
			r.At(line, col, "")
		}
	}}
