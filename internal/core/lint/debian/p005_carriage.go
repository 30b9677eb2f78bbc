package debian

import (
	"bytes"

	"seedbed/internal/core/lint"
)

var carriage = lint.Rule{ID: "P005", Title: "the lines end as Windows ends them", Kinds: onlyPreseed, Severity: lint.Warning, Stage: "network", Traps: []int{30},
	Effect: "the installer drops carriage returns, the new system's debconf keeps those within a line, and scripts in commands fail on them",
	Fix:    "save the file with Unix line ends", Why: "preseed-common's debconf-set-selections, run",
	Check: func(s *lint.Subject, r *lint.Report) {
		if i := bytes.IndexByte(s.Text, '\r'); i >= 0 {
			line := bytes.Count(s.Text[:i], []byte("\n")) + 1
			f := r.At(line, 0, "")
			for n := line; n <= s.Lines(); n++ {
				if text := rawLine(s, n); len(text) > 0 && text[len(text)-1] == '\r' {
					f.Replace(n, len(text), len(text)+1, "")
				}
			}
		}
	}}

func rawLine(s *lint.Subject, n int) string { return of(s).file.Line(n) }
