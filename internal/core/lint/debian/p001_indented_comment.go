package debian

import (
	"strings"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

var indentedComment = lint.Rule{ID: "P001", Title: "an indented # does not start a comment", Kinds: onlyPreseed, Severity: lint.Error, Question: "preseed/load_error", Traps: []int{27},
	Why: "preseed-common's debconf-set-selections, run: only a # in the first column is a comment; debconf's own program of that name takes both",
	Fix: "let the # stand in the first column",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, f := range of(s).faults {
			if f.Cause == preseed.IndentedComment {
				indented(s, r, f.Line, f.Msg+": the rest of the file is dropped")
			}
		}
		for _, e := range of(s).entries {
			if strings.HasPrefix(e.Owner, "#") {
				f := indented(s, r, e.Line, "an indented # does not start a comment: this answers a key that does not exist")
				f.Severity, f.Question, f.Effect = lint.Warning, "", "a question that does not exist is answered; nothing else happens"
				f.Stage = "network"
			}
		}
	}}

func indented(s *lint.Subject, r *lint.Report, line int, msg string) *lint.Finding {
	text := s.Line(line)
	blanks := len(text) - len(strings.TrimLeft(text, " \t"))
	return r.At(line, blanks+1, "%s", msg).Replace(line, 1, blanks+1, "")
}
