package debian

import "seedbed/internal/core/lint"

// minimum memory in MiB of amd64 (the udeb lowmem of Debian 13: level 2, and
// what lowmem/insufficient asks).
const leastMemory, wantedMemory = 316, 737

var littleMemory = lint.Rule{ID: "D007", Title: "the machine has too little memory", Kinds: both, Severity: lint.Error, Question: "lowmem/insufficient", Traps: []int{51},
	Why: "lowmem of Debian 13 on amd64: 316 MB at least, under 737 MB it leaves out parts and asks for them",
	Check: func(s *lint.Subject, r *lint.Report) {
		if n, ok := s.Release.Debian(); s.Memory == 0 || ok && n < 10 {
			return
		}
		if s.Memory < leastMemory {
			r.Place(s.ArgsAt, "the machine has %d MiB of memory, and %d are needed", s.Memory, leastMemory)
		} else if s.Memory < wantedMemory {
			f := r.Place(s.ArgsAt, "the machine has %d MiB of memory; under %d the installer runs in its low-memory mode", s.Memory, wantedMemory)
			f.Severity, f.Question = lint.Warning, "lowmem/low"
		}
	}}
