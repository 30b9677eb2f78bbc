package other

import "seedbed/internal/core/lint"

var coreosUnsigned = lint.Rule{ID: "I002", Title: "the image to be written has an address of its own, and no signature is expected", Severity: lint.Warning, Stage: "packages", Traps: []int{100},
	Effect: "coreos-installer wants a signature beside the image, and fails without one", Fix: "add coreos.inst.insecure=yes where the image is not signed",
	Why: "coreos-installer's documentation, coreos.inst.insecure",
	Check: func(s *lint.Subject, r *lint.Report) {
		_, own := s.Arg("coreos.inst.image_url")
		if _, insecure := s.Arg("coreos.inst.insecure"); own && !insecure {
			r.Place(s.ArgsAt, "")
		}
	}}
