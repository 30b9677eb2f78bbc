package other

import "seedbed/internal/core/lint"

var noCallback = lint.Rule{ID: "N002", Title: "nothing in the answer file tells that the installation is over", Severity: lint.Warning, Stage: "end", Traps: []int{110},
	Effect: "the machine is not known to be installed: at its next network boot it would be installed again",
	Fix:    "fetch {{.Callback}} at the end of the file's last script, as: wget -qO- {{.Callback}}",
	Why:    "the boot decision goes by what machines report (docs/boot-path.md)",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.NoCallback {
			r.At(0, 0, "")
		}
	}}
