package redhat

import (
	"bytes"

	"seedbed/internal/core/lint"
)

var windowsLines = lint.Rule{ID: "R026", Title: "the lines end as Windows ends them", Kinds: kinds, Severity: lint.Error, Stage: "language", Traps: []int{70},
	Effect: "values and scripts get a carriage return at their end: /bin/sh^M is not found, names do not match", Fix: "save the file with Unix line ends",
	Why: "the Anaconda wiki, network issues: CRLF in kickstart files",
	Check: func(s *lint.Subject, r *lint.Report) {
		i := bytes.Index(s.Text, []byte("\r\n"))
		if i < 0 {
			return
		}
		first := bytes.Count(s.Text[:i], []byte("\n")) + 1
		f := r.At(first, 0, "")
		for n, line := range bytes.Split(s.Text, []byte("\n")) {
			if len(line) > 0 && line[len(line)-1] == '\r' {
				f.Replace(n+1, len(line), len(line)+1, "")
			}
		}
	}}
