package other

import "seedbed/internal/core/lint"

var mediumLacks = lint.Rule{ID: "N003", Title: "the medium lacks something, or its parts do not fit together", Severity: lint.Warning, Stage: "network", Traps: []int{33, 67},
	Effect: "kernel and packages of different builds end in \"No kernel modules were found\" or in the initrd's shell; the message tells what there is",
	Fix:    "import the medium again, with kernel and initrd of its own release", Why: "what import found in the medium",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Image != nil {
			for _, w := range s.Image.Warnings {
				r.Place(s.ArgsAt, "image %s: %s", s.Image.Name, w)
			}
		}
	}}
