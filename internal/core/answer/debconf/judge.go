package debconf

import (
	"fmt"
	"slices"
	"strings"
)

// Flaw is what is wrong with an answer.
type Flaw string

const (
	Unknown    Flaw = "unknown"     // the installer has no such question
	Gone       Flaw = "gone"        // not in this release; another key may have taken its place
	WrongType  Flaw = "wrong-type"  // the question is of another type
	NoBoolean  Flaw = "no-boolean"  // neither true nor false
	BadChoice  Flaw = "bad-choice"  // not among the choices
	EmptyValue Flaw = "empty-value" // a choice is needed
)

// Problem is one flaw of an answer, and what to write instead where that is
// known: a key for Unknown and Gone, a type for WrongType.
type Problem struct {
	Flaw    Flaw
	Msg     string
	Instead string
}

// Judge looks at an answer as it stands in a preseed file for a release. Owners
// other than d-i may be packages of the new system: their keys are only judged
// where the catalogue knows them.
func Judge(owner, key, typ, value, release string) []Problem {
	q, ok := Lookup(key)
	if !ok {
		if owner != "d-i" {
			return nil
		}
		p := Problem{Flaw: Unknown, Msg: fmt.Sprintf("the installer has no question %s: the answer is kept and never read", key), Instead: nearest(key)}
		return []Problem{p}
	}
	var all []Problem
	if !q.In(release) {
		p := Problem{Flaw: Gone, Msg: fmt.Sprintf("the installer of %s does not ask %s", release, key), Instead: q.Now}
		if q.Now != "" {
			p.Msg += "; " + q.Now + " took its place"
		}
		all = append(all, p)
	}
	if typ == "seen" {
		return all
	}
	if typ != q.Type && !alike(typ, q.Type) {
		all = append(all, Problem{WrongType, fmt.Sprintf("%s is of the type %s, not %s", key, q.Type, typ), q.Type})
	}
	return append(all, q.value(value)...)
}

// alike are types that hold the same values; the installer looks at none, and
// debconf takes the one that is given.
func alike(a, b string) bool {
	text := []string{"string", "select", "multiselect"}
	return slices.Contains(text, a) && slices.Contains(text, b) || (a == "note" || a == "text") && b == "error"
}

func (q Question) value(value string) []Problem {
	value = strings.TrimSpace(value)
	switch {
	case q.Type == "boolean" && value != "true" && value != "false":
		return []Problem{{NoBoolean, fmt.Sprintf("%s is true or false, not %q", q.Key, value), ""}}
	case len(q.Choices) == 0 || value == "" && q.Type == "multiselect":
	case value == "":
		return []Problem{{EmptyValue, fmt.Sprintf("%s needs one of %s", q.Key, strings.Join(q.Choices, ", ")), ""}}
	case q.Type == "select" && !slices.Contains(q.Choices, value):
		return []Problem{{BadChoice, fmt.Sprintf("%s is one of %s, not %q", q.Key, strings.Join(q.Choices, ", "), value), ""}}
	case q.Type == "multiselect":
		for c := range strings.SplitSeq(value, ",") {
			if c = strings.TrimSpace(c); !slices.Contains(q.Choices, c) {
				return []Problem{{BadChoice, fmt.Sprintf("%s takes %s, not %q", q.Key, strings.Join(q.Choices, ", "), c), ""}}
			}
		}
	}
	return nil
}

// nearest is the key that differs from a misspelt one in at most two letters, if
// there is just one.
func nearest(key string) string {
	best, found := 3, ""
	for q := range All() {
		n := len(q.Key) - len(key)
		if n < -2 || n > 2 {
			continue
		}
		switch d := distance(q.Key, key, best); {
		case d < best:
			best, found = d, q.Key
		case d == best && best < 3:
			found = ""
		}
	}
	return found
}

// distance is how many letters must be put in, left out or changed to make b
// from a; limit or more where it is at least limit.
func distance(a, b string, limit int) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, last+1)
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
