package debian

import (
	"slices"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

var noType = lint.Rule{ID: "P003", Title: "the word after the key is no type", Kinds: onlyPreseed, Severity: lint.Error, Stage: "network", Traps: []int{28},
	Effect: "the installer takes the word for the type and loses it from the value: the question is answered with something else",
	Fix:    "put the type between key and value: string, boolean, select, multiselect, password or note",
	Why:    "preseed-common's debconf-set-selections, run: the type is not checked",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, e := range of(s).entries {
			if !e.Flag() && !slices.Contains(preseed.Types, e.Type) && e.Type != "error" && e.Owner[0] != '#' {
				r.At(e.TypePos.Line, e.TypePos.Column, "%q is no type", e.Type)
			}
		}
	}}
