package ubuntu

import "seedbed/internal/core/lint"

var refresh = lint.Rule{ID: "U023", Title: "the installer shall refresh itself, and there is no way to the internet", Kinds: kinds, Severity: lint.Error, Stage: "language", Traps: []int{92},
	Effect: "it waits for the snap store until it gives up", Fix: "take refresh-installer out, or set update: false",
	Why: "Ubuntu's autoinstall reference, refresh-installer",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if _, v := get(d.auto, "refresh-installer", "update"); s.Offline && truth(v) {
			r.At(v.Line, v.Column, "")
		}
	})}
