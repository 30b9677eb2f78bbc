package other

import (
	"bytes"

	"seedbed/internal/core/lint"
)

var esxiBytes = lint.Rule{ID: "X002", Title: "the script has a byte order mark or carriage returns", Kinds: esxi, Severity: lint.Error, Stage: "language", Traps: []int{102},
	Effect: "ESXi's installer does not know the first command, or any", Fix: "save it as plain text with Unix line ends", Why: "Cobbler issue 1810",
	Check: func(s *lint.Subject, r *lint.Report) {
		if bytes.HasPrefix(s.Text, []byte("\ufeff")) {
			r.At(1, 1, "the file begins with a byte order mark").Replace(1, 1, 4, "")
		}
		if i := bytes.IndexByte(s.Text, '\r'); i >= 0 {
			f := r.At(bytes.Count(s.Text[:i], []byte("\n"))+1, 0, "lines end with a carriage return")
			for n, line := range bytes.Split(s.Text, []byte("\n")) {
				if len(line) > 0 && line[len(line)-1] == '\r' {
					f.Replace(n+1, len(line), len(line)+1, "")
				}
			}
		}
	}}
