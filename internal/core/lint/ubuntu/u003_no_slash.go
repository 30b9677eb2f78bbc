package ubuntu

import (
	"strings"

	"seedbed/internal/core/lint"
)

var noSlash = lint.Rule{ID: "U003", Title: "the address in ds=nocloud;s= does not end with a slash", Severity: lint.Error, Question: "subiquity/language",
	Traps: []int{80}, Why: "cloud-init's NoCloud documentation: user-data and meta-data are appended to it; bluebanquise issue 1156",
	Fix: "end it with a slash; meta-data and vendor-data are served beside user-data",
	Check: func(s *lint.Subject, r *lint.Report) {
		v, _ := s.Arg("ds")
		if _, seed, ok := strings.Cut(v, ";s="); ok && !strings.HasSuffix(seed, "/") {
			r.Place(s.ArgsAt, "")
		}
	}}
