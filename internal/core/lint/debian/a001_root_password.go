package debian

import "seedbed/internal/core/lint"

var rootPassword = lint.Rule{ID: "A001", Title: "root's password is not answered", Kinds: both, Severity: lint.Error, Question: "passwd/root-password", Traps: []int{9, 49},
	Why: "user-setup's user-setup-ask: asked at priority critical unless root-login is false or a hash is given",
	Check: func(s *lint.Subject, r *lint.Report) {
		if login, _ := value(s, "passwd/root-login"); login == "false" || !whole(s) {
			return
		}
		if hash, _ := value(s, "passwd/root-password-crypted"); hash != "" && hash != "!" {
			return
		}
		password, has := value(s, "passwd/root-password")
		switch again, _ := value(s, "passwd/root-password-again"); {
		case !has:
			r.At(0, 0, "")
		case password == "":
			line, col := place(s, "passwd/root-password")
			r.At(line, col, "root's password is empty").Question = "user-setup/password-empty"
		case again == "":
			line, col := place(s, "passwd/root-password")
			r.At(line, col, "root's password is given once; passwd/root-password-again is missing").Question = "passwd/root-password-again"
		}
	}}
