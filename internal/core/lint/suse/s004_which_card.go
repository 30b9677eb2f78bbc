package suse

import "seedbed/internal/core/lint"

var whichCard = lint.Rule{ID: "S004", Title: "with more than one network card linuxrc asks which to use", Kinds: yast, Severity: lint.Error, Question: "autoyast/device", Traps: []int{96},
	Why: "linuxrc asks before the profile is fetched; bento issue 299",
	Check: func(s *lint.Subject, r *lint.Report) {
		if _, ok := s.Arg("netdevice", "ifcfg", "BOOTIF", "netsetup"); s.ArgsKnown() && !ok && s.Cards != 1 {
			r.Place(s.ArgsAt, "")
		} else if v, _ := s.Arg("netsetup"); s.Cards > 1 && v == "dhcp" {
			if _, named := s.Arg("netdevice", "ifcfg", "BOOTIF"); !named {
				r.Place(s.ArgsAt, "netsetup=dhcp does not say on which of %d cards", s.Cards)
			}
		}
	}}
