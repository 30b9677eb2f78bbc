package ubuntu

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/lint"
)

// strings of an autoinstall document, by path.
var texts = [][]string{{"identity", "hostname"}, {"identity", "username"}, {"identity", "realname"}, {"identity", "password"}, {"locale"}, {"timezone"},
	{"keyboard", "layout"}, {"keyboard", "variant"}, {"shutdown"}, {"storage", "layout", "name"}, {"proxy"}}

var typing = lint.Rule{ID: "U024", Title: "a value that shall be text is read as something else", Kinds: kinds, Severity: lint.Error, Question: "subiquity/failed", Stage: "language", Traps: []int{93},
	Effect: "\"Malformed autoinstall\": yes, no and on are truth values to YAML, 010 is a number", Fix: "put it in quotes", Why: "YAML 1.1; subiquity's schema",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		for _, path := range texts {
			_, v := get(d.auto, path...)
			if v == nil || v.Kind != yaml.ScalarNode || v.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				continue
			}
			if (v.Tag != "!!str" && v.Tag != "!!null") || yaml11[strings.ToLower(v.Value)] {
				f := r.At(v.Line, v.Column, "%s: %s is not text to YAML", strings.Join(path, "."), v.Value)
				f.Replace(v.Line, v.Column, v.Column+len(v.Value), `"`+v.Value+`"`)
			}
		}
	})}

// yaml11 are the words that YAML 1.1, which cloud-init reads, has as truth
// values; the library here reads YAML 1.2.
var yaml11 = map[string]bool{"yes": true, "no": true, "on": true, "off": true, "y": true, "n": true}
