package redhat

import "seedbed/internal/core/lint"

var noESP = lint.Rule{ID: "R018", Title: "the firmware is UEFI, and there is no /boot/efi", Kinds: kinds, Severity: lint.Error, Question: "spoke/storage", Traps: []int{58},
	Why: "fgci-ansible issue 201, NethServer issue 6173: \"you have not created a bootloader stage1 target device\"",
	Fix: "add reqpart --add-boot, or part /boot/efi --fstype=efi --size=600",
	Check: func(s *lint.Subject, r *lint.Report) {
		uefi, known := s.UEFI()
		if !known || !uefi || !closed(s) || has(s, "autopart", "reqpart", "ostreecontainer") || !has(s, "part", "partition", "raid") {
			return
		}
		parts := file(s).Commands("part", "partition", "raid")
		for _, n := range parts {
			for _, a := range n.Args() {
				if a.Text == "/boot/efi" {
					return
				}
			}
		}
		r.At(parts[0].Line, 0, "")
	}}
