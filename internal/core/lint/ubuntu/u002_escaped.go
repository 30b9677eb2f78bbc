package ubuntu

import (
	"strings"

	"seedbed/internal/core/lint"
)

var escaped = lint.Rule{ID: "U002", Title: "the ; in ds=nocloud is escaped or quoted in the settings", Severity: lint.Error, Question: "subiquity/language",
	Traps: []int{79}, Why: "Cubic issue 51, ubuntu-server-netboot issue 24: GRUB wants it quoted, iPXE takes an escape as it is",
	Fix: "write it plain: Seedbed quotes it where the loader needs it",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, ok := s.Arg("ds", `"ds`, "'ds"); ok && strings.ContainsAny(v, `\"'`) {
			r.Place(s.ArgsAt, "")
		}
	}}
