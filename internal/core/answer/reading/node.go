package reading

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Node is a value of a YAML or JSON text with its line. The zero one is not
// there; asking it for more gives more of them.
type Node struct {
	Line int
	n    *yaml.Node
}

// Parse reads YAML, or JSON, which is YAML but for its tabs: they stand for
// nothing outside texts, and inside texts JSON has none.
func Parse(text string) (Node, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return Node{}, err
	}
	if len(doc.Content) == 0 {
		return Node{}, nil
	}
	return wrap(doc.Content[0], 0), nil
}

func wrap(n *yaml.Node, line int) Node {
	for depth := 0; n != nil && n.Kind == yaml.AliasNode && depth < 16; depth++ {
		n = n.Alias
	}
	if n == nil {
		return Node{}
	}
	if line == 0 {
		line = n.Line
	}
	return Node{line, n}
}

// There says whether the value is there and not null.
func (n Node) There() bool { return n.n != nil && n.n.Tag != "!!null" }

// IsText says whether it is a single text, number or truth.
func (n Node) IsText() bool { return n.There() && n.n.Kind == yaml.ScalarNode }

// IsList says whether it is a list.
func (n Node) IsList() bool { return n.There() && n.n.Kind == yaml.SequenceNode }

// Text is a single value as text, or "".
func (n Node) Text() string {
	if !n.IsText() {
		return ""
	}
	return n.n.Value
}

// Get is the value under a key of a mapping.
func (n Node) Get(key string) Node {
	var out Node
	n.Each(func(k string, v Node) {
		if k == key {
			out = v
		}
	})
	return out
}

// Each calls visit for each key of a mapping, in the text's order.
func (n Node) Each(visit func(key string, value Node)) {
	if n.n == nil || n.n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.n.Content); i += 2 {
		visit(n.n.Content[i].Value, wrap(n.n.Content[i+1], n.n.Content[i].Line))
	}
}

// List are the items of a list.
func (n Node) List() []Node {
	if !n.IsList() {
		return nil
	}
	var out []Node
	for _, c := range n.n.Content {
		out = append(out, wrap(c, 0))
	}
	return out
}

// Texts are the texts of a list, or the words of a single text.
func (n Node) Texts() []string {
	if n.IsText() {
		return Fields(n.Text())
	}
	var out []string
	for _, c := range n.List() {
		if c.IsText() {
			out = append(out, c.Text())
		}
	}
	return out
}

// Plain is the value as Go's own maps, lists and texts.
func (n Node) Plain() any {
	var v any
	if n.n == nil || n.n.Decode(&v) != nil {
		return nil
	}
	return v
}
