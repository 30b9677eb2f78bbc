package debian

import "seedbed/internal/core/lint"

var bootDevice = lint.Rule{ID: "A026", Title: "where the boot loader goes is not answered", Kinds: both, Severity: lint.Error, Question: "grub-installer/bootdev", Traps: []int{36},
	Why: "grub-installer asks at priority critical when its guess is no device; Cobbler issue 1772",
	Check: func(s *lint.Subject, r *lint.Report) {
		if skip, _ := value(s, "grub-installer/skip"); skip == "true" || chosenByCommand(s) && given(s, "grub-installer/bootdev") {
			return
		}
		missing(always, "grub-installer/bootdev", "d-i grub-installer/bootdev string default")(s, r)
	}}
