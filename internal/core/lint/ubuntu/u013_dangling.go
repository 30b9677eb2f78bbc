package ubuntu

import (
	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/lint"
)

var dangling = lint.Rule{ID: "U013", Title: "a storage action names an id that no action before it has", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "storage",
	Effect: "the installer stops with an error in the storage section", Fix: "define the id in an action above, or mend its name", Traps: []int{85},
	Why: "curtin's storage documentation: actions refer to earlier ones by id",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		_, config := get(d.auto, "storage", "config")
		known := map[string]bool{}
		for _, a := range items(config) {
			for _, field := range []string{"device", "volume", "volgroup", "devices"} {
				_, v := get(a, field)
				if _, kind := get(a, "type"); text(kind) == "mount" && text(v) == "" {
					continue // a mount by spec
				}
				for _, n := range append(items(v), scalar(v)...) {
					if !known[n.Value] {
						r.At(n.Line, n.Column, "%s: %q is defined by no action above", field, n.Value)
					}
				}
			}
			_, id := get(a, "id")
			known[text(id)] = true
		}
	})}

func scalar(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.ScalarNode {
		return nil
	}
	return []*yaml.Node{n}
}
