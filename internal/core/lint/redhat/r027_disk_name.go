package redhat

import (
	"regexp"
	"strings"

	"seedbed/internal/core/lint"
)

var driverName = regexp.MustCompile(`^(/dev/)?([shv]d[a-z]|nvme\d+n\d+)$`)

var diskName = lint.Rule{ID: "R027", Title: "a disk is named as one driver names it", Kinds: kinds, Severity: lint.Warning, Question: "spoke/storage", Traps: []int{71},
	Effect: "on a machine with other disks it does not exist, and the storage spoke is incomplete; the order of sda and sdb may change at each start",
	Fix:    "name it by-id or by-path, or let %pre choose it", Why: "Anaconda's documentation of ignoredisk; disk names are not stable",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, n := range file(s).Commands("ignoredisk", "clearpart", "part", "partition", "bootloader") {
			o, ok := n.Option("--only-use", "--drives", "--ondisk", "--ondrive", "--boot-drive")
			if !ok {
				continue
			}
			for _, d := range strings.Split(o.Value, ",") {
				if !driverName.MatchString(d) || present(s, d) {
					continue
				}
				f := r.At(n.Line, o.Column, "%s is there only with some drivers", d)
				if len(s.Disks) > 0 {
					f.Msg, f.Severity = "the machine has no disk "+d, lint.Error
				}
				return
			}
		}
	}}

func present(s *lint.Subject, name string) bool {
	for _, d := range s.Disks {
		if strings.TrimPrefix(d.Path, "/dev/") == strings.TrimPrefix(name, "/dev/") {
			return true
		}
	}
	return false
}
