package debian

import "seedbed/internal/core/lint"

var tasks = lint.Rule{ID: "A025", Title: "which software to install is not answered", Kinds: both, Severity: lint.Warning, Question: "tasksel/first", Traps: []int{47},
	Why: "tasksel asks at priority high; at critical its default is installed, which may be a desktop",
	Check: func(s *lint.Subject, r *lint.Report) {
		if run, _ := value(s, "pkgsel/run_tasksel"); run != "false" && !given(s, "pkgsel/install-pattern") {
			missing(always, "tasksel/first", "tasksel tasksel/first multiselect standard")(s, r)
		}
	}}
