package debian

import "seedbed/internal/core/lint"

var confirmed = lint.Rule{ID: "A015", Title: "writing to the disk is not confirmed", Kinds: both, Severity: lint.Error, Question: "partman/confirm_nooverwrite", Traps: []int{39},
	Why: "partman-base's commit.sh: over old data it asks confirm, on an empty disk confirm_nooverwrite",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, key := range []string{"partman/confirm", "partman/confirm_nooverwrite"} {
			if v, ok := value(s, key); ok && v != "true" {
				line, col := place(s, key)
				r.At(line, col, "%s is not true", key).Question = key
				continue
			}
			n := r.Count()
			missing(always, key, "")(s, r)
			if r.Count() > n {
				r.Last().Question = key
			}
		}
	}}
