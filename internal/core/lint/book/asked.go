package book

import (
	"slices"
	"strings"

	"seedbed/internal/core/lint"
	"seedbed/internal/core/question"
)

// Asked explains a question that an installer asks.
type Asked struct {
	Key   string   `json:"question"`
	Text  string   `json:"text,omitempty"`  // what stands on the screen
	Why   string   `json:"why,omitempty"`   // although nobody is there
	Fix   string   `json:"fix,omitempty"`   // what prevents it
	Rules []string `json:"rules,omitempty"` // of lint, that foresee it
}

// Explained looks a question up in the catalogue; of one that is not there the
// key alone is known.
func Explained(key string) Asked {
	q, ok := question.Find(key)
	if !ok {
		return Asked{Key: key}
	}
	return Asked{Key: key, Text: q.Text, Why: q.When, Fix: q.Fix, Rules: For(key)}
}

// Foreseen is the question with what lint found of this very install, which
// is nearer to the truth than the catalogue's words.
func (a Asked) Foreseen(found []lint.Finding) Asked {
	var rules []string
	for _, f := range found {
		if f.Question != a.Key {
			continue
		}
		if rules == nil {
			a.Why, a.Fix = f.Msg, f.Fix
		}
		if !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	if rules != nil {
		a.Rules = rules
	}
	return a
}

// Named is the question as people are told it: key and text.
func (a Asked) Named() string {
	if a.Text == "" {
		return a.Key
	}
	return a.Key + ` ("` + a.Text + `")`
}

// Sentence says why it is asked and what mends it, with the rules; "" of a
// question that is not known.
func (a Asked) Sentence() string {
	if a.Why == "" {
		return ""
	}
	s := a.Why + "; " + a.Fix
	switch len(a.Rules) {
	case 0:
		return s
	case 1:
		return s + " (rule " + a.Rules[0] + ")"
	}
	return s + " (rules " + strings.Join(a.Rules, ", ") + ")"
}
