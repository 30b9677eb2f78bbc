package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/core/question"
)

// Asked is a question that stopped the installer, with what is known of it.
type Asked struct {
	Key   string        `json:"key"` // as debconf has it; what stands on the screen, in quotes, where that is not known
	Text  string        `json:"text,omitempty"`
	Stage string        `json:"stage,omitempty"`
	Why   string        `json:"why"`
	Fix   string        `json:"fix,omitempty"`
	Rules []string      `json:"rules,omitempty"` // lint's that foresee it
	Saw   string        `json:"saw,omitempty"`   // the failure that led to it
	After time.Duration `json:"after"`           // since power-on it has stood
	Named time.Duration `json:"named"`           // when this was said
}

// ItemFailure is what debian-installer asks when one of its steps has failed.
const ItemFailure = "debian-installer/main-menu/item-failure"

// Explain joins what lint found of this install, what the rules know, and the
// catalogue of questions.
func Explain(key string, found []lint.Finding) Asked {
	said := book.Explained(key)
	if key == ItemFailure {
		said.Rules = nil // it has too many causes to guess
	}
	said = said.Foreseen(found)
	a := Asked{Key: key, Text: said.Text, Why: cmp.Or(said.Why, "it asks, and nobody is there to answer"), Fix: said.Fix, Rules: said.Rules}
	if q, ok := question.Find(key); ok {
		a.Stage = q.Stage
	}
	return a
}

// String is the question with all there is to say about it.
func (a Asked) String() string {
	var b strings.Builder
	if a.Saw == "" {
		b.WriteString("asks " + a.Key)
	} else {
		b.WriteString("stops at " + a.Key)
	}
	if a.Text != "" {
		fmt.Fprintf(&b, " (%q)", a.Text)
	}
	b.WriteString(" after " + Minutes(a.After))
	for _, part := range []string{a.Saw, a.Why, a.Fix} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	switch len(a.Rules) {
	case 0:
	case 1:
		b.WriteString(" (rule " + a.Rules[0] + ")")
	default:
		b.WriteString(" (rules " + strings.Join(a.Rules, ", ") + ")")
	}
	return b.String()
}

// Ending is how it ended, in one line.
func (r Result) Ending() string {
	took := Minutes(r.Took)
	switch {
	case r.Good():
		return fmt.Sprintf("installed, %d questions, %s", r.Questions, took)
	case r.Asks != nil:
		return cmp.Or(r.Machine, "machine") + " " + r.Asks.String()
	case r.Installed:
		return fmt.Sprintf("installed after %s, but: %s", took, r.Why)
	}
	return fmt.Sprintf("not installed after %s: %s", took, r.Why)
}

// Minutes writes a time as people say it.
func Minutes(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	if s < 60 {
		return fmt.Sprintf("%d s", s)
	}
	return fmt.Sprintf("%d min %d s", s/60, s%60)
}
