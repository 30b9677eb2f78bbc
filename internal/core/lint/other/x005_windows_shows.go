package other

import (
	"regexp"

	"seedbed/internal/core/lint"
)

var showsUI = regexp.MustCompile(`<WillShowUI>\s*(Always)\s*</WillShowUI>`)

var windowsShows = lint.Rule{ID: "X005", Title: "WillShowUI is Always", Kinds: windows, Severity: lint.Error, Stage: "storage", Traps: []int{103},
	Effect: "Setup shows the page, whatever is answered", Fix: "write OnError", Why: "Microsoft's Unattend reference, WillShowUI",
	Check: func(s *lint.Subject, r *lint.Report) {
		for n := 1; n <= s.Lines(); n++ {
			if at := showsUI.FindStringSubmatchIndex(s.Line(n)); at != nil {
				r.At(n, at[0]+1, "").Replace(n, at[2]+1, at[3]+1, "OnError")
			}
		}
	}}
