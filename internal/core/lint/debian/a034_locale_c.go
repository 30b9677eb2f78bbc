package debian

import "seedbed/internal/core/lint"

var localeC = lint.Rule{ID: "A034", Title: "the locale C names no country", Kinds: both, Severity: lint.Error, Question: "debian-installer/country",
	Why: "localechooser asks for the location though everything else is answered; seen in rehearsals of Debian 13",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, _ := value(s, "debian-installer/locale"); (v == "C" || v == "C.UTF-8" || v == "POSIX") && !given(s, "debian-installer/country") {
			line, col := place(s, "debian-installer/locale")
			r.At(line, col, "the locale %s names no country", v)
		}
	}}
