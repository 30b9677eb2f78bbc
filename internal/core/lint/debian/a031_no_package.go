package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var noPackage = lint.Rule{ID: "A031", Title: "the package source has no such package", Kinds: both, Severity: lint.Error, Question: "debian-installer/main-menu/item-failure",
	Why: "pkgsel runs apt-get install: one name that is not there fails the step \"Select and install software\"",
	Fix: "mend the name, or take it out",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Packages == nil {
			return
		}
		include, _ := value(s, "pkgsel/include")
		line, col := place(s, "pkgsel/include")
		for p := range strings.FieldsSeq(strings.ReplaceAll(include, ",", " ")) {
			name, _, _ := strings.Cut(strings.TrimSuffix(p, "+"), "=")
			name, _, _ = strings.Cut(name, "/")
			name, _, _ = strings.Cut(name, ":")
			if !s.Packages(name) {
				r.At(line, col, "the medium has no package %q", name)
			}
		}
	}}
