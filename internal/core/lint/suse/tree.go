package suse

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"seedbed/internal/core/lint"
)

// element is an XML element with its place.
type element struct {
	name     string
	line     int
	text     string
	children []*element
}

// document is an AutoYaST profile.
type document struct {
	root *element // nil: it is no XML
	err  string
	line int
}

// profile reads the subject's XML.
func profile(s *lint.Subject) *document {
	return lint.Parsed(s, func(text []byte) *document {
		d := xml.NewDecoder(bytes.NewReader(text))
		doc, top := &document{}, &element{}
		open := []*element{top}
		for {
			t, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				doc.err = err.Error()
				doc.line, _ = d.InputPos()
				return doc
			}
			here := open[len(open)-1]
			switch t := t.(type) {
			case xml.StartElement:
				line, _ := d.InputPos()
				e := &element{name: t.Name.Local, line: line}
				here.children = append(here.children, e)
				open = append(open, e)
			case xml.EndElement:
				open = open[:len(open)-1]
			case xml.CharData:
				here.text += string(t)
			}
		}
		if len(top.children) != 1 || top.children[0].name != "profile" {
			doc.err, doc.line = "the root element is not <profile>", 1
			return doc
		}
		doc.root = top.children[0]
		return doc
	})
}

// at finds the element of a path below e, or nil.
func (e *element) at(path ...string) *element {
	for _, name := range path {
		var next *element
		if e != nil {
			for _, c := range e.children {
				if c.name == name {
					next = c
					break
				}
			}
		}
		e = next
	}
	return e
}

func (e *element) value() string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.text)
}

// parsed runs a check on a profile that is XML.
func parsed(check func(root *element, s *lint.Subject, r *lint.Report)) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if d := profile(s); d.root != nil {
			check(d.root, s, r)
		}
	}
}

// object is an Agama profile.
type object struct {
	keys map[string]json.RawMessage // nil: it is no JSON object
	err  string
	line int
}

// settings reads the subject's JSON.
func settings(s *lint.Subject) *object {
	return lint.Parsed(s, func(text []byte) *object {
		o := &object{}
		err := json.Unmarshal(text, &o.keys)
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			o.line = bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n")) + 1
		case err == nil && o.keys == nil:
			err = fmt.Errorf("it is no object")
		}
		if err != nil {
			o.keys, o.err = nil, err.Error()
		}
		return o
	})
}

// has says whether a path of keys is there and not empty.
func (o *object) has(path ...string) bool {
	keys := o.keys
	for i, k := range path {
		v, ok := keys[k]
		if !ok || string(v) == "null" || string(v) == `""` {
			return false
		}
		if i < len(path)-1 {
			keys = nil
			if json.Unmarshal(v, &keys) != nil {
				return false
			}
		}
	}
	return true
}

// lineOf is the first line on which a key stands.
func lineOf(s *lint.Subject, key string) int {
	i := bytes.Index(s.Text, []byte(`"`+key+`"`))
	if i < 0 {
		return 0
	}
	return bytes.Count(s.Text[:i], []byte("\n")) + 1
}

// readable makes a check of a profile that is a JSON object.
func readable(check func(o *object, s *lint.Subject, r *lint.Report)) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if o := settings(s); o.keys != nil {
			check(o, s, r)
		}
	}
}
