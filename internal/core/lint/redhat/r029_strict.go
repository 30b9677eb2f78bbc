package redhat

import (
	"seedbed/internal/core/answer/kickstart/check"
	"seedbed/internal/core/lint"
)

var strict = lint.Rule{ID: "R029", Title: "inst.ksstrict makes an error of every warning", Kinds: kinds, Severity: lint.Error, Question: "prompt/ks-error", Traps: []int{75},
	Why: "Anaconda's boot options: inst.ksstrict",
	Fix: "take inst.ksstrict away, or mend the lines that are warned of",
	Check: func(s *lint.Subject, r *lint.Report) {
		_, on := s.Arg("inst.ksstrict")
		report := verdict(s)
		if !on || report == nil {
			return
		}
		for _, p := range report.Problems {
			if p.Verdict != check.Error {
				r.At(p.Line, p.Column, "with inst.ksstrict: %s", p.Msg)
				return
			}
		}
	}}
