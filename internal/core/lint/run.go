package lint

import (
	"cmp"
	"slices"
	"strings"

	"seedbed/internal/core/question"
)

// Run applies rules to one subject. Findings come in the order of the file,
// those without a place first. A line that holds "seedbed: allow ID" in a
// comment silences that rule for the line after it, and for itself.
func Run(rules []Rule, s *Subject) []Finding {
	var all []Finding
	allowed := allowances(s)
	for i := range rules {
		r := &rules[i]
		if len(r.Kinds) > 0 && (s.Text == nil || !slices.Contains(r.Kinds, s.Kind)) {
			continue
		}
		report := Report{rule: r, file: s.Name}
		r.Check(s, &report)
		for _, f := range report.found {
			if f.File != s.Name || !allowed[f.Line].has(f.Rule) {
				all = append(all, f.complete())
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	return all
}

// complete takes from the catalogue of questions what the rule leaves open.
func (f Finding) complete() Finding {
	q, ok := question.Find(f.Question)
	if !ok {
		return f
	}
	f.Asks = q.Text
	f.Stage = cmp.Or(f.Stage, q.Stage)
	f.Effect = cmp.Or(f.Effect, "the installer asks "+q.Key+" (\""+q.Text+"\"): "+q.When)
	f.Fix = cmp.Or(f.Fix, q.Fix)
	return f
}

type ids []string

func (i ids) has(id string) bool { return slices.Contains(i, id) }

// marker is what allows a rule to be broken.
const marker = "seedbed: allow "

func allowances(s *Subject) map[int]ids {
	if !strings.Contains(string(s.Text), marker) {
		return nil
	}
	out := map[int]ids{}
	for i, line := range strings.Split(string(s.Text), "\n") {
		_, list, ok := strings.Cut(line, marker)
		if !ok {
			continue
		}
		words := strings.FieldsFunc(list, func(c rune) bool { return c == ' ' || c == ',' || c == '\r' })
		out[i+1], out[i+2] = append(out[i+1], words...), append(out[i+2], words...)
	}
	return out
}
