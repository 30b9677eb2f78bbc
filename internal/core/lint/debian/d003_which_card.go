package debian

import "seedbed/internal/core/lint"

var whichCard = lint.Rule{ID: "D003", Title: "with more than one network card the installer asks which to use", Kinds: both, Severity: lint.Error,
	Question: "netcfg/choose_interface", Traps: []int{7}, Why: "netcfg's source; an answer in the file, which comes over the network, is too late",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !s.ArgsKnown() || s.Cards == 1 {
			return
		}
		_, iface := arg(s, "netcfg/choose_interface")
		if _, ks := s.Arg("ksdevice"); !iface && !ks {
			r.Place(s.ArgsAt, "")
		}
	}}
