package form

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"

	"seedbed/internal/fault"
)

const (
	maxText  = 1 << 20 // bytes of an answer file, before and after
	maxTurns = 10000   // turns of all loops together, and snippets
	maxDepth = 16      // of snippets in snippets
)

// Form is a text with blanks to fill in, in the language of text/template.
type Form struct {
	Name string // of the file, for messages
	Text string

	// Snippets are the texts that include may name. Each is a form with the
	// same facts; its name in messages is its key.
	Snippets map[string]string
}

// Fill is the form filled in for a machine (its name, for messages). facts
// are the fields that the form may use: maps, texts and lists of texts, with
// no method that a form could call. params are what the function param reads.
//
// A form without "{{" is returned as it is, byte for byte. One that holds a
// literal "{{" must write it as {{"{{"}}. A field or param that does not exist
// is an error, never an empty word. Errors are of kind fault.Invalid, with
// file, line and column.
func (f Form) Fill(facts map[string]any, params map[string]string, machine string) ([]byte, error) {
	if len(f.Text) > maxText {
		return nil, complaint(fault.Position{File: f.Name}, "it is larger than 1 MiB", "answer files are small: is it the right one?")
	}
	if !strings.Contains(f.Text, "{{") {
		return []byte(f.Text), nil
	}
	run := &run{turns: maxTurns, params: params, facts: facts, snippets: f.Snippets}
	out, err := run.execute(f.Text)
	if err != nil {
		return nil, placed(err, f.Name, machine)
	}
	return out, nil
}

// execute fills in one text.
func (r *run) execute(text string) ([]byte, error) {
	t, err := template.New(templateName).Option("missingkey=error").Funcs(r.functions()).Parse(text)
	if err == nil {
		err = fence(t)
	}
	var out limited
	if err == nil {
		err = t.Execute(&out, r.facts)
	}
	return out.b, err
}

// snippetError is an error inside a snippet: its place is there, and not where
// it was included.
type snippetError struct {
	name string
	err  error
}

func (e *snippetError) Error() string { return e.err.Error() }
func (e *snippetError) Unwrap() error { return e.err }

// include is a snippet, filled in.
func (r *run) include(name string) (string, error) {
	text, ok := r.snippets[name]
	if !ok {
		return "", fmt.Errorf("there is no snippet %q: it must be a file in the directory that snippets: names", name)
	}
	for _, open := range r.open {
		if open == name {
			return "", fmt.Errorf("the snippets include each other without end: %s -> %s", strings.Join(r.open, " -> "), name)
		}
	}
	if len(r.open) >= maxDepth {
		return "", fmt.Errorf("snippets include each other more than %d deep", maxDepth)
	}
	if r.turns--; r.turns < 0 {
		return "", errTurns
	}
	r.open = append(r.open, name)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	out, err := r.execute(text)
	if err != nil {
		var inner *snippetError
		if errors.As(err, &inner) {
			return "", err
		}
		return "", &snippetError{name, err}
	}
	return string(out), nil
}

// limited keeps up to maxText bytes.
type limited struct{ b []byte }

var errTooLong = errors.New("the answer file grows beyond 1 MiB")

func (l *limited) Write(p []byte) (int, error) {
	if len(l.b)+len(p) > maxText {
		return 0, errTooLong
	}
	l.b = append(l.b, p...)
	return len(p), nil
}

const templateName = "answer"

// place matches the position with which text/template begins its messages; its
// columns count from 0.
var place = regexp.MustCompile(`^template: ` + templateName + `:(\d+)(?::(\d+))?: (?:executing "[^"]*" at )?(?s:(.*))$`)

// placed is a template's error as a fault with a position.
func placed(err error, name, machine string) error {
	var inner *snippetError
	if errors.As(err, &inner) {
		name, err = inner.name, inner.err
	}
	pos := fault.Position{File: name}
	msg := err.Error()
	if errors.Is(err, errTurns) {
		msg = errTurns.Error() // raised by our counter, which has no place in the file
	}
	if m := place.FindStringSubmatch(msg); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		if m[2] != "" {
			pos.Column, _ = strconv.Atoi(m[2])
			pos.Column++
		}
		msg = m[3]
	}
	if machine != "" {
		msg += fmt.Sprintf(" (machine %q)", machine)
	}
	return complaint(pos, msg, `see the fields and functions of answer files; a literal {{ is written {{"{{"}}`)
}

// fence bounds what a template can cost: only known functions, and a counter
// in every loop and every named part, so that neither nested loops nor
// templates that call themselves can run on.
func fence(t *template.Template) error {
	for _, part := range t.Templates() {
		if part.Tree == nil || part.Tree.Root == nil {
			continue
		}
		if err := fenceList(part.Tree, part.Tree.Root); err != nil {
			return err
		}
		count(part.Tree.Root)
	}
	return nil
}

// count puts a {{turn}} before everything else in a list.
func count(l *parse.ListNode) {
	counter := template.Must(template.New("").Funcs(template.FuncMap{"turn": func() string { return "" }}).Parse("{{turn}}"))
	l.Nodes = append([]parse.Node{counter.Tree.Root.Nodes[0]}, l.Nodes...)
}

func complaint(at fault.Position, msg, hint string) error {
	list := fault.List{{Position: at, Severity: "error", Msg: msg, Hint: hint}}
	return fault.Wrap(list, fault.Invalid, hint, "")
}
