package kickseed

import "seedbed/internal/core/answer/preseed"

func (r *run) rootpw(args []Word) {
	opts, rest := r.options("disabled,iscrypted", args)
	set, crypted := true, false
	for _, o := range opts {
		if o.Name == "--disabled" {
			set = false
		} else {
			crypted = true
		}
	}
	switch {
	case !set:
		r.set("passwd/root-login", preseed.Boolean, "false")
		return
	case len(rest) != 1:
		r.require("a password")
		return
	}
	password := rest[0]
	r.set("passwd/root-login", preseed.Boolean, "true")
	if crypted && password.Text != "" {
		r.answer("passwd", "passwd/root-password-crypted", preseed.Password, password)
		return
	}
	r.answer("passwd", "passwd/root-password", preseed.Password, password)
	r.answer("passwd", "passwd/root-password-again", preseed.Password, password)
	if password.Text == "" {
		r.answer("passwd", "passwd/root-password-empty", preseed.Note, Word{})
	}
}

func (r *run) user(args []Word) {
	opts, rest := r.options("disabled,fullname:,iscrypted,password:", args)
	var password Word
	wanted, crypted := true, false
	for _, o := range opts {
		switch o.Name {
		case "--disabled":
			wanted = false
		case "--fullname":
			r.answer("passwd", "passwd/user-fullname", preseed.String, o.Value)
		case "--iscrypted":
			crypted = true
		case "--password":
			password = o.Value
		}
	}
	switch {
	case !wanted:
		r.answer("passwd", "passwd/make-user", preseed.Boolean, word("false"))
		return
	case len(rest) != 1:
		r.require("a username")
		return
	}
	r.answer("passwd", "passwd/make-user", preseed.Boolean, word("true"))
	r.answer("passwd", "passwd/username", preseed.String, rest[0])
	switch {
	case password.Text == "":
	case crypted:
		r.answer("passwd", "passwd/user-password-crypted", preseed.Password, password)
	default:
		r.answer("passwd", "passwd/user-password", preseed.Password, password)
		r.answer("passwd", "passwd/user-password-again", preseed.Password, password)
	}
}
