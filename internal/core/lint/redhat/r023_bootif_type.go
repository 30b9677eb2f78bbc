package redhat

import (
	"strings"

	"seedbed/internal/core/lint"
)

var bootifType = lint.Rule{ID: "R023", Title: "BOOTIF= begins with a hardware type that is not 01", Severity: lint.Error, Question: "spoke/network", Traps: []int{65},
	Why: "foreman issue 8230: EL 8.3 and later reject the type 00",
	Fix: "write BOOTIF=01-, then the MAC address with hyphens",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, ok := s.Arg("BOOTIF"); ok && anaconda(s) && strings.Count(v, "-") == 6 && !strings.HasPrefix(v, "01-") {
			r.Place(s.ArgsAt, "BOOTIF=%s", v)
		}
	}}
