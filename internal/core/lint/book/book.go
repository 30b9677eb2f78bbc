package book

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/debian"
	"seedbed/internal/core/lint/kickseed"
	"seedbed/internal/core/lint/other"
	"seedbed/internal/core/lint/reach"
	"seedbed/internal/core/lint/redhat"
	"seedbed/internal/core/lint/suse"
	"seedbed/internal/core/lint/ubuntu"
	"seedbed/internal/core/question"
)

// All is every rule, by name. It is shared: do not change it.
var All = sync.OnceValue(func() []lint.Rule {
	all := slices.Concat(debian.Rules, kickseed.Rules, redhat.Rules, suse.Rules, other.Rules, reach.Rules, ubuntu.Rules)
	slices.SortFunc(all, func(a, b lint.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
})

// Find gives the rule of that name.
func Find(id string) (lint.Rule, bool) {
	i := slices.IndexFunc(All(), func(r lint.Rule) bool { return strings.EqualFold(r.ID, id) })
	if i < 0 {
		return lint.Rule{}, false
	}
	return All()[i], true
}

// For lists the names of the rules that foresee a question.
func For(key string) []string {
	var ids []string
	for _, r := range All() {
		if r.Question == key {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Page is docs/reference/lint-rules.md.
func Page() string {
	var b strings.Builder
	b.WriteString("# Lint rules\n\nMade from the rules by `SEEDBED_UPDATE=1 go test ./internal/core/lint/book`; a test keeps it so.\n" +
		"`seedbed lint --explain RULE` prints one. Traps are the numbers of the project's catalogue of traps.\n\n" +
		"| rule | dialects | what is wrong | stage | question | traps |\n|---|---|---|---|---|---|\n")
	for _, r := range All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s |\n", r.ID, strings.ToLower(r.ID), kinds(r), cell(r.Title), stage(r), code(r.Question), traps(r))
	}
	for _, r := range All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s", r.ID, Explain(r))
	}
	return b.String()
}

// Explain is all there is to say about a rule, as Markdown.
func Explain(r lint.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n\n", r.Title, r.Severity)
	effect, fix := r.Effect, r.Fix
	if q, ok := question.Find(r.Question); ok {
		effect = cmp.Or(effect, "the installer asks `"+q.Key+"` (\""+q.Text+"\"): "+q.When)
		fix = cmp.Or(fix, q.Fix)
	}
	fmt.Fprintf(&b, "- happens: %s (stage: %s)\n- mend: %s\n- known from: %s\n", effect, stage(r), fix, r.Why)
	return b.String()
}

func stage(r lint.Rule) string {
	q, _ := question.Find(r.Question)
	return cmp.Or(r.Stage, q.Stage)
}

func kinds(r lint.Rule) string {
	if len(r.Kinds) == 0 {
		return "all"
	}
	var s []string
	for _, k := range r.Kinds {
		s = append(s, string(k))
	}
	return strings.Join(s, ", ")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func traps(r lint.Rule) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Traps), " ", ", "), "[]")
}
