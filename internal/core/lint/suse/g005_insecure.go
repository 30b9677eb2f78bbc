package suse

import (
	"strings"

	"seedbed/internal/core/lint"
)

var insecure = lint.Rule{ID: "G005", Title: "the profile comes over https from a server whose certificate may not be known", Kinds: agama, Severity: lint.Warning, Question: "agama/no-profile",
	Why: "agama-autoinstall: inst.auto_insecure=1 skips the verification",
	Fix: "add inst.auto_insecure=1 where the certificate is your own",
	Check: func(s *lint.Subject, r *lint.Report) {
		url, _ := s.Arg("inst.auto")
		if _, ok := s.Arg("inst.auto_insecure"); strings.HasPrefix(url, "https://") && !ok {
			r.Place(s.ArgsAt, "")
		}
	}}
