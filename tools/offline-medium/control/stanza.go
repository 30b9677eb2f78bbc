package control

import (
	"fmt"
	"strings"
)

// Field is one name and its value. A value of several lines keeps its line
// breaks and the blank that each further line begins with.
type Field struct{ Name, Value string }

// Stanza is one paragraph of deb822 text, its fields in file order.
type Stanza []Field

// Get gives a field's value, or "" when the stanza lacks it. Names are compared
// without regard to case (deb-control(5)).
func (s Stanza) Get(name string) string {
	for _, f := range s {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// With gives a copy with the field set: in its old place, or at the end.
func (s Stanza) With(name, value string) Stanza {
	out := make(Stanza, len(s), len(s)+1)
	copy(out, s)
	for i := range out {
		if strings.EqualFold(out[i].Name, name) {
			out[i].Value = value
			return out
		}
	}
	return append(out, Field{name, value})
}

// Without gives a copy that lacks the named fields.
func (s Stanza) Without(names ...string) Stanza {
	var out Stanza
next:
	for _, f := range s {
		for _, n := range names {
			if strings.EqualFold(f.Name, n) {
				continue next
			}
		}
		out = append(out, f)
	}
	return out
}

// String is the stanza as a control file holds it, without the blank line after it.
func (s Stanza) String() string {
	var b strings.Builder
	for _, f := range s {
		b.WriteString(f.Name)
		b.WriteByte(':')
		if f.Value != "" && f.Value[0] != '\n' {
			b.WriteByte(' ')
		}
		b.WriteString(f.Value)
		b.WriteByte('\n')
	}
	return b.String()
}

// Text joins stanzas to a Packages file: each is followed by a blank line.
func Text(stanzas []Stanza) string {
	var b strings.Builder
	for _, s := range stanzas {
		b.WriteString(s.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Parse splits deb822 text into stanzas. Lines that begin with # are comments.
// A line that is neither a field nor the continuation of one is an error that
// names the line.
func Parse(text string) ([]Stanza, error) {
	var all []Stanza
	var cur Stanza
	for n := 1; text != ""; n++ {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		line = strings.TrimRight(line, " \t\r")
		switch {
		case line == "":
			if cur != nil {
				all, cur = append(all, cur), nil
			}
		case line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if cur == nil {
				return nil, fmt.Errorf("line %d: a continuation without a field: %.60q", n, line)
			}
			cur[len(cur)-1].Value += "\n" + line
		default:
			name, value, ok := strings.Cut(line, ":")
			if !ok || name == "" {
				return nil, fmt.Errorf("line %d: no field name: %.60q", n, line)
			}
			if cur == nil {
				cur = make(Stanza, 0, 24)
			}
			cur = append(cur, Field{name, strings.TrimLeft(value, " \t")})
		}
	}
	if cur != nil {
		all = append(all, cur)
	}
	return all, nil
}
