package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says which class a failure belongs to. Doors map it to an exit code,
// an HTTP status or a TFTP error code; nothing else may be read out of it.
type Kind int

// The kinds, from the caller's mistake to ours.
const (
	Internal    Kind = iota // our own defect, or a cause nobody classified
	Invalid                 // what was given is wrong: a setting, a file, an argument
	NotFound                // what was asked for is not there
	Conflict                // it is there already, or in use by another
	Unavailable             // it cannot be had now: a full disk, a port taken, a program missing
)

// String is the kind's name as logs and JSON show it.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not-found"
	case Conflict:
		return "conflict"
	case Unavailable:
		return "unavailable"
	}
	return "internal"
}

// Fault is an error with a public face.
//
// Msg is for people and holds no secret and no path they did not name. Hint is
// what to do next, one sentence, may be empty. Err is the cause, for the log.
type Fault struct {
	Kind Kind
	Msg  string
	Hint string
	Err  error
}

// Error gives the public message and the cause, for logs and terminals.
func (f *Fault) Error() string {
	if f.Err == nil {
		return f.Msg
	}
	if f.Msg == "" {
		return f.Err.Error()
	}
	return f.Msg + ": " + f.Err.Error()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// New makes a fault with a formatted public message and no cause.
func New(kind Kind, hint, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// Wrap makes a fault around a cause; nil stays nil.
func Wrap(err error, kind Kind, hint, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Fault{Kind: kind, Msg: fmt.Sprintf(format, args...), Hint: hint, Err: err}
}

// KindOf is the kind of the outermost fault in err's chain, or Internal.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// HintOf is the first hint found in err's chain, or "".
func HintOf(err error) string {
	for err != nil {
		var f *Fault
		if !errors.As(err, &f) {
			return ""
		}
		if f.Hint != "" {
			return f.Hint
		}
		err = f.Err
	}
	return ""
}

// Position is a place in a file that a person wrote. Line and Column count
// from 1; a zero Column means the whole line, a zero Line the whole file.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String is "file:line:column", without the parts that are not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Finding is one thing wrong in a file, with where and what to do.
type Finding struct {
	Position
	Severity string `json:"severity"` // "error" or "warning"
	Msg      string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// List is all that is wrong with one input; it is an error when it holds one.
type List []Finding

// Error is one finding a line, each with its position.
func (l List) Error() string {
	var b strings.Builder
	for i, f := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s: %s", f.Position, f.Severity, f.Msg)
	}
	return b.String()
}

// Errors keeps those findings that forbid going on.
func (l List) Errors() List {
	var out List
	for _, f := range l {
		if f.Severity == "error" {
			out = append(out, f)
		}
	}
	return out
}
