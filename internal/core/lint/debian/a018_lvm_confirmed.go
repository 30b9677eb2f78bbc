package debian

import "seedbed/internal/core/lint"

var lvmConfirmed = lint.Rule{ID: "A018", Title: "making LVM is not confirmed", Kinds: both, Severity: lint.Error, Question: "partman-lvm/confirm", Traps: []int{38},
	Why: "partman-lvm asks at priority critical before it writes",
	Check: func(s *lint.Subject, r *lint.Report) {
		if m, _ := value(s, "partman-auto/method"); m != "lvm" && m != "crypto" {
			return
		}
		for _, key := range []string{"partman-lvm/confirm", "partman-lvm/confirm_nooverwrite"} {
			missing(always, key, "")(s, r)
		}
	}}
