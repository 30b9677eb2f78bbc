package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"seedbed/internal/core/lint"
)

// printFindings writes findings for people, each with its line.
func printFindings(w io.Writer, s *lint.Subject, found []lint.Finding) {
	for _, f := range found {
		fmt.Fprintf(w, "%s: %s %s: %s\n", f.Position, f.Severity, f.Rule, f.Msg)
		if f.File == s.Name && f.Line > 0 {
			excerpt(w, s.Line(f.Line), f.Line, f.Column)
		}
		say(w, "happens", f.Effect)
		say(w, "stage", f.Stage)
		say(w, "known from", f.Why)
		fix := f.Fix
		if len(f.Edits) > 0 {
			fix += " (--fix does it)"
		}
		say(w, "mend", fix)
		fmt.Fprintln(w)
	}
}

func say(w io.Writer, what, text string) {
	if text != "" {
		fmt.Fprintf(w, "  %10s: %s\n", what, text)
	}
}

// widest is how much of a line is shown.
const widest = 160

// excerpt shows a line, what cannot be printed as dots, with a mark under the
// column.
func excerpt(w io.Writer, line string, n, column int) {
	mark := max(column-1, 0)
	if mark > len(line) {
		mark = len(line)
	}
	left := show(line[:mark])
	text := left + show(line[mark:])
	if cut := []rune(text); len(cut) > widest {
		text = string(cut[:widest]) + "…"
	}
	fmt.Fprintf(w, "%7d | %s\n", n, text)
	if column > 0 && len([]rune(left)) < widest {
		fmt.Fprintf(w, "        | %s^\n", strings.Repeat(" ", len([]rune(left))))
	}
}

func show(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' {
			return ' '
		}
		if !unicode.IsPrint(c) {
			return '·'
		}
		return c
	}, s)
}

// printSummary closes the text.
func printSummary(w io.Writer, subjects int, all []lint.Finding) {
	errors, mendable := 0, 0
	for _, f := range all {
		if f.Severity == lint.Error {
			errors++
		}
		if len(f.Edits) > 0 {
			mendable++
		}
	}
	what := fmt.Sprintf("%d looked at", subjects)
	switch {
	case len(all) == 0:
		fmt.Fprintf(w, "%s: nothing found\n", what)
	case mendable > 0:
		fmt.Fprintf(w, "%s: %d errors, %d warnings; --fix mends %d\n", what, errors, len(all)-errors, mendable)
	default:
		fmt.Fprintf(w, "%s: %d errors, %d warnings\n", what, errors, len(all)-errors)
	}
}
