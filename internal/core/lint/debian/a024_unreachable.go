package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var unreachable = lint.Rule{ID: "A024", Title: "the security archive is outside, and there is no way to the internet", Kinds: both, Severity: lint.Error, Question: "apt-setup/service-failed",
	Traps: []int{44}, Why: "apt-setup's generators ask at priority critical when security or updates cannot be fetched",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, ok := value(s, "apt-setup/services-select"); !offline(s) || !whole(s) || ok && strings.TrimSpace(v) == "" {
			return
		}
		if host, ok := value(s, "apt-setup/security_host"); ok && (host == "" || inside(s, host)) {
			return
		}
		line, col := place(s, "apt-setup/services-select")
		f := r.At(line, col, "")
		if line == 0 {
			add(s, f, "d-i apt-setup/services-select multiselect")
		}
	}}
