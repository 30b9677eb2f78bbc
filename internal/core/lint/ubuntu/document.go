package ubuntu

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

// document is a user-data file with its positions.
type document struct {
	root   *yaml.Node // nil: it is no YAML mapping
	auto   *yaml.Node // the value of autoinstall:, or the whole of an autoinstall.yaml
	nested bool       // there is a key autoinstall
	cloud  bool       // the first line is #cloud-config
	line   int        // of a syntax error
	err    string     // a syntax error
}

var kinds = []answer.Kind{answer.Autoinstall}

func parse(text []byte) *document {
	d := &document{cloud: bytes.HasPrefix(text, []byte("#cloud-config"))}
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		d.err = strings.TrimPrefix(err.Error(), "yaml: ")
		fmt.Sscanf(d.err, "line %d:", &d.line)
		return d
	}
	if n.Kind != yaml.DocumentNode || n.Content[0].Kind != yaml.MappingNode {
		d.err, d.line = "it is no mapping of keys to values", 1
		return d
	}
	d.root = n.Content[0]
	d.auto = d.root
	if _, v := get(d.root, "autoinstall"); v != nil {
		d.auto, d.nested = v, true
	}
	return d
}

// checked runs a check on the parsed file; a file that is no YAML is for rule
// U015 alone.
func checked(check func(d *document, s *lint.Subject, r *lint.Report)) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if d := lint.Parsed(s, parse); d.root != nil && d.auto.Kind == yaml.MappingNode {
			check(d, s, r)
		}
	}
}

// get finds a key in a mapping: the key's node and its value, aliases followed.
func get(n *yaml.Node, path ...string) (key, value *yaml.Node) {
	value = n
	for _, p := range path {
		if value == nil {
			return nil, nil
		}
		key, value = child(follow(value), p)
	}
	return key, follow(value)
}

func child(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func follow(n *yaml.Node) *yaml.Node {
	for range 8 {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return n
}

// items are the elements of a list, or none.
func items(n *yaml.Node) []*yaml.Node {
	if n = follow(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// text is a scalar's text, or "".
func text(n *yaml.Node) string {
	if n = follow(n); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}
