package debian

import "seedbed/internal/core/lint"

var askedTooEarly = lint.Rule{ID: "D001", Title: "language and keymap are asked before the answer file is fetched", Kinds: both, Severity: lint.Error,
	Question: "localechooser/languagelist", Traps: []int{31}, Why: "debian-installer's manual, B.2.3; the menu's order in the installer's source",
	Fix: "add auto=true, or locale= and keymap=, to the kernel arguments (with kickseed: both of the latter)",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !s.ArgsKnown() {
			return
		}
		auto, _ := arg(s, "auto-install/enable")
		_, locale := arg(s, "debian-installer/locale")
		_, language := arg(s, "debian-installer/language")
		_, keymap := arg(s, "keyboard-configuration/xkb-keymap")
		if _, old := arg(s, "console-setup/layoutcode"); old {
			keymap = true
		}
		if auto != "true" && !((locale || language) && keymap) {
			r.Place(s.ArgsAt, "")
		}
	}}
