package book

import (
	"os"
	"regexp"
	"testing"

	"seedbed/internal/core/question"
)

const page = "../../../../docs/reference/lint-rules.md"

func TestThePageIsUpToDate(t *testing.T) {
	if os.Getenv("SEEDBED_UPDATE") != "" {
		if err := os.WriteFile(page, []byte(Page()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(page)
	if err != nil || string(b) != Page() {
		t.Errorf("%s is not what the rules say (%v): SEEDBED_UPDATE=1 go test ./internal/core/lint/book", page, err)
	}
}

func TestEveryRuleIsWhole(t *testing.T) {
	id := regexp.MustCompile(`^[A-Z]\d{3}$`)
	seen := map[string]bool{}
	for _, r := range All() {
		if !id.MatchString(r.ID) || seen[r.ID] {
			t.Errorf("%q is no name, or there twice", r.ID)
		}
		seen[r.ID] = true
		_, known := question.Find(r.Question)
		if r.Title == "" || r.Why == "" || r.Check == nil || r.Severity == "" {
			t.Errorf("%s lacks a field", r.ID)
		}
		if r.Question != "" && !known {
			t.Errorf("%s: the catalogue has no question %s", r.ID, r.Question)
		}
		if !known && (r.Effect == "" || r.Fix == "" || r.Stage == "") {
			t.Errorf("%s names no question, and lacks effect, stage or fix", r.ID)
		}
	}
}
