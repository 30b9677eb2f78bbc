package ubuntu

import "seedbed/internal/core/lint"

var noFallback = lint.Rule{ID: "U019", Title: "there is no way to the internet, and apt has no fallback", Kinds: kinds, Severity: lint.Error, Question: "subiquity/mirror", Traps: []int{89},
	Why: "ubuntu-desktop-installer issue 2349; Ubuntu's autoinstall reference, apt: fallback is abort",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if !s.Offline {
			return
		}
		_, fallback := get(d.auto, "apt", "fallback")
		if text(fallback) == "" || text(fallback) == "abort" {
			line := d.auto.Line
			if key, _ := get(d.auto, "apt"); key != nil {
				line = key.Line
			}
			r.At(line, 0, "")
		}
	})}
