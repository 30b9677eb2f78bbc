package autoyast

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// node is an element: a text, or children. The zero kind is a text or a map.
type node struct {
	name     string
	kind     string // config:type: list, boolean, integer, symbol
	text     string
	children []node
}

func text(name, value string) node   { return node{name: name, text: value} }
func symbol(name, value string) node { return node{name: name, kind: "symbol", text: value} }
func boolean(name string, value bool) node {
	return node{name: name, kind: "boolean", text: fmt.Sprint(value)}
}
func integer(name string, value int) node {
	return node{name: name, kind: "integer", text: fmt.Sprint(value)}
}
func group(name string, children ...node) node { return node{name: name, children: children} }
func list(name string, children ...node) node {
	return node{name: name, kind: "list", children: children}
}

func texts(name, each string, values []string) node {
	l := list(name)
	for _, v := range values {
		l.children = append(l.children, text(each, v))
	}
	return l
}

func (n *node) add(children ...node) { n.children = append(n.children, children...) }

// write puts the element and what is in it, indented. Every text is escaped, so
// that none can end its element.
func (n node) write(b *strings.Builder, indent string) {
	b.WriteString(indent + "<" + n.name)
	if n.kind != "" {
		b.WriteString(` config:type="` + n.kind + `"`)
	}
	b.WriteString(">")
	if len(n.children) == 0 {
		xml.EscapeText(b, []byte(n.text)) // into a strings.Builder, which cannot fail
	} else {
		b.WriteString("\n")
		for _, c := range n.children {
			c.write(b, indent+"  ")
		}
		b.WriteString(indent)
	}
	b.WriteString("</" + n.name + ">\n")
}

// document is a whole control file.
func document(head string, sections []node) []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE profile>\n")
	b.WriteString("<!-- " + strings.ReplaceAll(head, "--", "- -") + " -->\n")
	b.WriteString(`<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns">` + "\n")
	for _, s := range sections {
		s.write(&b, "  ")
	}
	b.WriteString("</profile>\n")
	return []byte(b.String())
}
