package ubuntu

import (
	"seedbed/internal/core/image"
	"seedbed/internal/core/lint"
)

var otherKernel = lint.Rule{ID: "U006", Title: "kernel and initrd are not those of the ISO", Severity: lint.Warning, Question: "subiquity/live-fs", Traps: []int{83},
	Why: "Launchpad bug 1969970: casper finds its file system only with the kernel of the same build",
	Fix: "import the ISO without --netboot: its own casper/vmlinuz and casper/initrd start it",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Image == nil || s.Image.Family != image.Subiquity {
			return
		}
		if k, ok := s.Image.Find(image.Kernel); ok && k.Side == image.Netboot {
			r.Place(s.ArgsAt, "")
		}
	}}
