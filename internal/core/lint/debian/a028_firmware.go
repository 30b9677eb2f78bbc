package debian

import "seedbed/internal/core/lint"

var firmware = lint.Rule{ID: "A028", Title: "missing firmware is asked for", Kinds: both, Severity: lint.Warning, Question: "hw-detect/load_firmware", Traps: []int{34},
	Why: "hw-detect's check-missing-firmware, priority high; from Debian 12 on firmware-lookup=never ends the search",
	Check: func(s *lint.Subject, r *lint.Report) {
		if lookup, _ := value(s, "hw-detect/firmware-lookup"); lookup == "never" {
			return
		}
		missing(askedAtHigh, "hw-detect/load_firmware", "d-i hw-detect/load_firmware boolean false")(s, r)
	}}
