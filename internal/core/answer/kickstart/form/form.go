package form

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/table"
)

//go:embed form.txt
var text string

// Form is how a family of commands is written.
type Form struct {
	Priority int    // lower is written earlier
	Each     bool   // once for each line of the file, else once
	Head     string // a comment line before the first, with its end; may be empty
	lead     string
	parts    []piece
}

// piece is one part of a line.
type piece struct {
	needs  []string // destinations that must have a value
	text   string   // as in form.txt
	name   string   // the option, or "" for <name>
	dest   string   // of <name>
	value  bool     // it is written with its value
	quoted bool
	zero   bool // also where it is 0
	in     table.Span
}

var forms = sync.OnceValue(func() map[string]*Form {
	out := map[string]*Form{}
	var f *Form
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "head":
			f.Head = strings.TrimPrefix(line, "head ") + "\n"
		case words[0] == "lead":
			f.lead = strings.ReplaceAll(strings.TrimPrefix(line, "lead "), "_", " ")
		case words[len(words)-1] == "once" || words[len(words)-1] == "each":
			f = &Form{lead: words[0], Each: words[len(words)-1] == "each"}
			f.Priority, _ = strconv.Atoi(words[len(words)-2])
			for _, n := range words[:len(words)-2] {
				out[n] = f
			}
		default:
			f.parts = append(f.parts, parsePart(line))
		}
	}
	return out
})

func parsePart(line string) piece {
	var p piece
	line, versions, _ := strings.Cut(line, " @ ")
	p.in = table.ParseSpan(versions)
	if rest, ok := strings.CutPrefix(line, "if "); ok {
		needs, text, _ := strings.Cut(rest, " ")
		p.needs, line = strings.Split(needs, ","), text
	}
	p.text = line
	if d, ok := strings.CutPrefix(line, "<"); ok {
		p.dest = strings.TrimSuffix(d, ">")
		return p
	}
	name, value, _ := strings.Cut(line, "=")
	p.name = name
	p.value = strings.Contains(value, "%")
	p.quoted = strings.HasPrefix(value, `"`)
	p.zero = strings.HasSuffix(value, "!")
	return p
}

// Of is the form of a command; nil where it is never written.
func Of(name string) *Form { return forms()[name] }

// line is what is written.
type line struct {
	cmd  *table.Command
	v    table.Version
	vals map[string]argument.Value
}

// Line writes one command with its values, in one line with its end.
func Line(cmd *table.Command, v table.Version, values map[string]argument.Value) string {
	f := Of(cmd.Name)
	if f == nil {
		return cmd.Name + "\n"
	}
	l := line{cmd, v, values}
	b := strings.ReplaceAll(f.lead, "%", cmd.Name)
	for _, p := range f.parts {
		if s := l.part(p); s != "" {
			b += " " + s
		}
	}
	return b + "\n"
}

// part writes one part, or nothing.
func (l line) part(p piece) string {
	if !p.in.Holds(l.v) {
		return ""
	}
	for _, n := range p.needs {
		if l.vals[n].Empty() {
			return ""
		}
	}
	if p.name == "" {
		return strings.Join(l.positional(p.dest), " ")
	}
	o := l.cmd.Option(p.name)
	if o == nil {
		return ""
	}
	v := l.vals[o.Dest]
	if !p.value {
		return l.flagPart(p, o, v)
	}
	if v.Empty() && !(p.zero && v.Given) || v.Kind == argument.Flag {
		return ""
	}
	s := v.Text
	switch v.Kind {
	case argument.Int:
		s = strconv.Itoa(v.Int)
	case argument.List:
		s = strings.Join(v.List, ",")
	}
	if p.quoted {
		s = `"` + s + `"`
	}
	return p.name + "=" + s
}

func (l line) positional(dest string) []string {
	v := l.vals[dest]
	if v.Kind == argument.Text && v.Text != "" {
		return []string{v.Text}
	}
	return v.List
}

func (l line) flagPart(p piece, o *table.Option, v argument.Value) string {
	on := v.True
	switch o.Action {
	case table.StoreFalse:
		on = v.Given && !v.True
	case table.StoreConst:
		on = v.Text == o.Names[0]
	}
	if !on {
		return ""
	}
	return p.text
}
