package debian

import "seedbed/internal/core/lint"

var discInstaller = lint.Rule{ID: "D008", Title: "kernel and initrd are those for booting from a disc", Kinds: both, Severity: lint.Error, Stage: "language", Traps: []int{21, 48},
	Effect: "the installer looks for its disc, and stops: \"cannot mount installation media\"", Fix: "import the medium with --netboot and the netboot files of its release",
	Why: "cdrom-detect is part of the initrd of install.amd/ and install/; the netboot one has none",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Image != nil && !s.Image.Netboot {
			r.Place(s.ArgsAt, "image %s has no netboot kernel and initrd", s.Image.Name)
		}
	}}
