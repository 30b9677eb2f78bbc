package suse

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// element is one of a control file, with its line.
type element struct {
	name     string
	text     string
	line     int
	children []*element
}

// parse reads XML as far as control files use it.
func parse(text string) (*element, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = true
	root := &element{}
	stack := []*element{root}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			line, _ := d.InputPos()
			e := &element{name: t.Name.Local, line: line}
			top.children = append(top.children, e)
			if stack = append(stack, e); len(stack) > 64 {
				return nil, errors.New("elements lie too deep in each other")
			}
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(root.children) == 0 {
		return nil, errors.New("there is no element")
	}
	return root.children[0], nil
}

// get is the first child of that name; an empty element where there is none.
func (e *element) get(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return &element{}
}

func (e *element) value() string { return strings.TrimSpace(e.text) }

func (e *element) of(name string) string { return e.get(name).value() }

func (e *element) yes(name string) bool { return e.of(name) == "true" || e.of(name) == "yes" }

// values are the texts of the children of a list.
func (e *element) values() []string {
	var out []string
	for _, c := range e.children {
		if v := c.value(); v != "" {
			out = append(out, v)
		}
	}
	return out
}
