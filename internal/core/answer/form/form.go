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
	maxTurns = 10000   // turns of all loops together
)

// Form is a text with blanks to fill in, in the language of text/template.
type Form struct {
	Name string // of the file, for messages
	Text string
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
	run := &run{turns: maxTurns, params: params}
	t, err := template.New(templateName).Option("missingkey=error").Funcs(run.functions()).Parse(f.Text)
	if err == nil {
		err = fence(t)
	}
	var out limited
	if err == nil {
		err = t.Execute(&out, facts)
	}
	if err != nil {
		return nil, placed(err, f.Name, machine)
	}
	return out.b, nil
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
