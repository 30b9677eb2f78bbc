package redhat

import "seedbed/internal/core/lint"

var noRoot = lint.Rule{ID: "R014", Title: "nothing is mounted at /", Kinds: kinds, Severity: lint.Error, Question: "spoke/storage", Traps: []int{56},
	Why: "pyanaconda's storage spoke needs a root device",
	Fix: "give one part or logvol the mount point /",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !closed(s) || has(s, "autopart", "ostreecontainer") || !has(s, layouts...) {
			return
		}
		last := 0
		for _, n := range file(s).Commands("part", "partition", "logvol", "raid", "btrfs", "mount") {
			for _, a := range n.Args() {
				if a.Text == "/" {
					return
				}
			}
			last = n.Line
		}
		r.At(last, 0, "")
	}}
