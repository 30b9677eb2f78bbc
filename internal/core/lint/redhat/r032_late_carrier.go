package redhat

import "seedbed/internal/core/lint"

var lateCarrier = lint.Rule{ID: "R032", Title: "a switch port that forwards late is not waited for", Severity: lint.Warning, Question: "spoke/network", Traps: []int{69},
	Effect: "the initrd gives up on the network, and the emergency shell appears", Fix: "add rd.net.timeout.carrier=60 to the kernel arguments",
	Why: "dracut.cmdline(7): the carrier is waited for 10 s; a port with spanning tree blocks for 30 s and more; anaconda issue 1704",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !anaconda(s) || !modern(s, 7) || !s.ArgsKnown() {
			return
		}
		if _, ok := s.Arg("rd.net.timeout.carrier", "inst.waitfornet", "rd.net.timeout.iflink", "rd.net.dhcp.retry"); !ok {
			r.Place(s.ArgsAt, "")
		}
	}}
