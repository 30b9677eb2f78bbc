package debian

import "seedbed/internal/core/lint"

var oldSignatures = lint.Rule{ID: "A019", Title: "a disk with an old volume group or RAID asks whether to remove it", Kinds: both, Severity: lint.Warning,
	Question: "partman-lvm/device_remove_lvm", Traps: []int{37}, Why: "partman-auto asks at priority critical when it finds one",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, key := range []string{"partman-lvm/device_remove_lvm", "partman-md/device_remove_md"} {
			n := r.Count()
			missing(always, key, "")(s, r)
			if r.Count() > n {
				r.Last().Question = key
			}
		}
	}}
