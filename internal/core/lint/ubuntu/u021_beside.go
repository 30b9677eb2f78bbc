package ubuntu

import "seedbed/internal/core/lint"

var beside = lint.Rule{ID: "U021", Title: "there are keys beside autoinstall: in a file that is not user-data", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "language",
	Effect: "from 24.04 on the installer rejects the file", Fix: "move them under autoinstall:, or make it user-data by the first line #cloud-config", Traps: []int{91},
	Why: "Ubuntu's autoinstall documentation, 24.04: autoinstall.yaml may have the one top key",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if d.cloud || !d.nested || !s.Release.Ubuntu(2404, 0) {
			return
		}
		for i := 0; i+1 < len(d.root.Content); i += 2 {
			if k := d.root.Content[i]; k.Value != "autoinstall" {
				r.At(k.Line, k.Column, "%q stands beside autoinstall:", k.Value)
			}
		}
	})}
