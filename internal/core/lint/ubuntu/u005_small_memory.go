package ubuntu

import (
	"seedbed/internal/core/image"
	"seedbed/internal/core/lint"
)

var smallMemory = lint.Rule{ID: "U005", Title: "the machine has less than twice the ISO's size of memory", Severity: lint.Error, Question: "subiquity/live-fs",
	Traps: []int{82}, Why: "Ubuntu's netboot notes: a little over twice the ISO's size; the ISO and what is unpacked of it lie in memory",
	Effect: "the live system does not fit the memory: the boot ends in the initrd's shell", Fix: "give the machine more memory, or use a smaller medium",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Image == nil || s.Image.Family != image.Subiquity || s.Memory == 0 {
			return
		}
		if size := s.Image.Sources[image.Medium].Size; size > 0 && int64(s.Memory)<<20 < 2*size {
			r.Place(s.ArgsAt, "%d MiB of memory, and an ISO of %d MiB", s.Memory, size>>20)
		}
	}}
