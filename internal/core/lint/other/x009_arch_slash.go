package other

import (
	"strings"

	"seedbed/internal/core/lint"
)

var archSlash = lint.Rule{ID: "X009", Title: "archiso_http_srv does not end with a slash", Severity: lint.Error, Stage: "network", Traps: []int{106},
	Effect: "the initrd asks for a path that does not exist, and ends in its shell", Fix: "end it with a slash", Why: "archiso's hook archiso_pxe_http: the path is appended as it is",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, ok := s.Arg("archiso_http_srv"); ok && !strings.HasSuffix(v, "/") {
			r.Place(s.ArgsAt, "")
		}
	}}
