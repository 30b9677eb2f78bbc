package debian

import "seedbed/internal/core/lint"

var planFinished = lint.Rule{ID: "A016", Title: "the plan of the disk is not declared finished", Kinds: both, Severity: lint.Error, Question: "partman/choose_partition",
	Why:   "partman shows its overview at priority critical",
	Check: missing(always, "partman/choose_partition", "d-i partman/choose_partition select finish")}
