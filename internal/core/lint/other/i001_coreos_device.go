package other

import (
	"strings"

	"seedbed/internal/core/lint"
)

var coreosDevice = lint.Rule{ID: "I001", Title: "coreos.inst.install_dev is missing, or no path", Severity: lint.Error, Stage: "storage", Traps: []int{100},
	Effect: "without it the live system boots to a shell and installs nothing; a bare name is deprecated", Fix: "write coreos.inst.install_dev=/dev/sda, or a path under /dev/disk/by-id",
	Why: "coreos-installer's documentation, PXE installation",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Release.Distro != "fedora-coreos" || !s.ArgsKnown() {
			return
		}
		switch dev, ok := s.Arg("coreos.inst.install_dev"); {
		case !ok:
			r.Place(s.ArgsAt, "coreos.inst.install_dev is missing")
		case !strings.HasPrefix(dev, "/dev/"):
			r.Place(s.ArgsAt, "coreos.inst.install_dev=%s is no path", dev).Severity = lint.Warning
		}
	}}
