package ubuntu

import "seedbed/internal/core/lint"

var silentFailure = lint.Rule{ID: "U020", Title: "nothing tells of a failed installation", Kinds: kinds, Severity: lint.Warning, Question: "subiquity/failed", Traps: []int{90},
	Why: "Ubuntu's autoinstall reference, error-commands: after them the installer just waits",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if key, _ := get(d.auto, "error-commands"); key == nil {
			r.At(d.auto.Line, 0, "there are no error-commands")
		}
	})}
