package other

import (
	"regexp"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

var windows = []answer.Kind{lint.Unattend}

var emptyKey = regexp.MustCompile(`<Key>\s*</Key>|<Key\s*/>`)

var windowsKey = lint.Rule{ID: "X004", Title: "the product key is empty", Kinds: windows, Severity: lint.Error, Stage: "packages", Traps: []int{103},
	Effect: "Setup shows the page for the product key", Fix: "give the edition's generic key, or leave ProductKey out where the medium has one edition",
	Why: "winode issue 10, unattend-generator issue 446",
	Check: func(s *lint.Subject, r *lint.Report) {
		for n := 1; n <= s.Lines(); n++ {
			if at := emptyKey.FindStringIndex(s.Line(n)); at != nil {
				r.At(n, at[0]+1, "")
			}
		}
	}}
