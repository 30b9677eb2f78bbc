package lint

import (
	"fmt"

	"seedbed/internal/core/answer"
	"seedbed/internal/fault"
)

// Severity says how sure it is that an unattended install stops or fails.
type Severity string

// An Error stops or breaks the install; a Warning may, or is not what the
// author of the file can have meant.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Rule is one trap that installers have. All texts are one sentence or two,
// for people.
type Rule struct {
	ID       string        // a letter for the dialect and three digits, as K001
	Title    string        // what is wrong, without the details
	Kinds    []answer.Kind // the dialects it reads; none: whatever the file, and where there is none
	Severity Severity
	Question string // key in core/question of what would be asked; "" when it fails in another way
	Stage    string // when it would happen; "" takes the question's
	Effect   string // what the installer does; "" takes the question's
	Why      string // how that is known: source, issue, documentation
	Fix      string // what to do; "" takes the question's
	Traps    []int  // its numbers in the project's catalogue of traps
	Check    func(*Subject, *Report)
}

// Edit replaces part of the text. No rule has one that lets an installer erase
// what it would have asked about: from Line and Column to, but not with, End.
// Lines and columns count from 1; columns are bytes.
type Edit struct {
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end-line"`
	EndColumn int    `json:"end-column"`
	New       string `json:"new"`
}

// Finding is one place where a rule holds.
type Finding struct {
	fault.Position
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Msg      string   `json:"message"`
	Question string   `json:"question,omitempty"` // the key
	Asks     string   `json:"asks,omitempty"`     // its text
	Stage    string   `json:"stage,omitempty"`
	Effect   string   `json:"effect,omitempty"`
	Why      string   `json:"why"`
	Fix      string   `json:"fix"`
	Edits    []Edit   `json:"edits,omitempty"` // safe ones: nothing else changes its meaning
}

// Report collects what one rule finds.
type Report struct {
	rule  *Rule
	file  string
	found []Finding
}

// At adds a finding at a place of the answer file. Line 0 is the whole file,
// column 0 the whole line. An empty format takes the rule's title. The finding
// may be completed until the check returns.
func (r *Report) At(line, column int, format string, args ...any) *Finding {
	return r.Place(fault.Position{File: r.file, Line: line, Column: column}, format, args...)
}

// Place adds a finding at a place of another file: the settings, say.
func (r *Report) Place(p fault.Position, format string, args ...any) *Finding {
	msg := r.rule.Title
	if format != "" {
		msg = fmt.Sprintf(format, args...)
	}
	r.found = append(r.found, Finding{Position: p, Rule: r.rule.ID, Severity: r.rule.Severity, Msg: msg, Question: r.rule.Question,
		Stage: r.rule.Stage, Effect: r.rule.Effect, Why: r.rule.Why, Fix: r.rule.Fix})
	return &r.found[len(r.found)-1]
}

// Replace adds the edit that puts text in place of the bytes of one line from
// column to, but not with, end.
func (f *Finding) Replace(line, column, end int, text string) *Finding {
	f.Edits = append(f.Edits, Edit{Line: line, Column: column, EndLine: line, EndColumn: end, New: text})
	return f
}

// Delete adds the edit that takes whole lines out, from first to last.
func (f *Finding) Delete(first, last int) *Finding {
	f.Edits = append(f.Edits, Edit{Line: first, Column: 1, EndLine: last + 1, EndColumn: 1})
	return f
}

// Insert adds the edit that puts whole lines before a line. A line after the
// last appends.
func (f *Finding) Insert(line int, text string) *Finding {
	f.Edits = append(f.Edits, Edit{Line: line, Column: 1, EndLine: line, EndColumn: 1, New: text + "\n"})
	return f
}

// Count is how many findings there are so far.
func (r *Report) Count() int { return len(r.found) }

// Last is the newest finding; there must be one.
func (r *Report) Last() *Finding { return &r.found[len(r.found)-1] }

// Each lets a check complete what it has found.
func (r *Report) Each(complete func(*Finding)) {
	for i := range r.found {
		complete(&r.found[i])
	}
}
