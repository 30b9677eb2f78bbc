package debian

import "seedbed/internal/core/lint"

var encryptHome = lint.Rule{ID: "A006", Title: "an Ubuntu installer asks whether to encrypt the home directory", Kinds: both, Severity: lint.Error, Question: "user-setup/encrypt-home",
	Traps: []int{24}, Why: "Ubuntu's user-setup up to 18.04",
	Check: missing(func(s *lint.Subject) bool {
		make, _ := value(s, "passwd/make-user")
		return s.Release.Ubuntu(1, 1804) && make != "false"
	}, "user-setup/encrypt-home", "d-i user-setup/encrypt-home boolean false")}
