package suse

import "seedbed/internal/core/lint"

var signatures = lint.Rule{ID: "S003", Title: "an unsigned repository or an unknown key is asked about", Kinds: yast, Severity: lint.Warning, Question: "autoyast/unsigned", Traps: []int{95},
	Why: "AutoYaST's documentation, signature-handling; os-autoinst-distri-opensuse pull request 19915",
	Fix: "in general/signature-handling set accept_unsigned_file, accept_unknown_gpg_key, accept_non_trusted_gpg_key and import_gpg_key to true",
	Check: parsed(func(root *element, s *lint.Subject, r *lint.Report) {
		handling := root.at("general", "signature-handling")
		for _, name := range []string{"accept_unsigned_file", "accept_unknown_gpg_key", "import_gpg_key"} {
			if handling.at(name) == nil {
				r.At(root.line, 0, "general/signature-handling does not say %s", name)
				return
			}
		}
	})}
