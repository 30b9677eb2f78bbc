package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/install"
)

// difference is a document that two attempts were not served alike.
type difference struct {
	Name string `json:"name"`
	Only int64  `json:"only,omitempty"` // the attempt that alone was served it
	Diff string `json:"diff,omitempty"` // lines with - and +, where both were
}

func (e *env) diffAttempts(ids []int64) error {
	if len(ids) != 2 {
		return usage{fmt.Errorf("--diff needs two numbers, as --diff 3,5")}
	}
	var sides [2]map[string]string
	var names []string
	for i, id := range ids {
		p, err := e.past(id)
		if err != nil {
			return err
		}
		sides[i] = map[string]string{}
		for _, d := range p.Documents { // of several versions the last
			sides[i][d.Name] = alike(p.Attempt, string(d.Content))
			if !slices.Contains(names, d.Name) {
				names = append(names, d.Name)
			}
		}
	}
	found := differences(ids, names, sides)
	switch {
	case e.json:
		return e.printJSON(map[string]any{"attempts": ids, "documents": found})
	case len(names) == 0:
		fmt.Fprintln(e.out, "neither was served anything that is kept")
	case len(found) == 0:
		fmt.Fprintln(e.out, "both were served the same")
	}
	for _, d := range found {
		if d.Only != 0 {
			fmt.Fprintf(e.out, "only attempt %d was served %s\n", d.Only, d.Name)
			continue
		}
		fmt.Fprintf(e.out, "--- attempt %d %s\n+++ attempt %d %s\n%s", ids[0], d.Name, ids[1], d.Name, d.Diff)
	}
	return nil
}

// alike leaves out of a document what differs in every attempt and says
// nothing: the secret in addresses, and the number and state in a script.
func alike(a install.Attempt, text string) string {
	if a.Token != "" {
		text = strings.ReplaceAll(text, a.Token, "TOKEN")
	}
	return regexp.MustCompile(fmt.Sprintf(`\battempt %d is [a-z]+`, a.ID)).ReplaceAllString(text, "attempt N is under way")
}

// differences are those of two attempts, each side's documents by name.
func differences(ids []int64, names []string, sides [2]map[string]string) []difference {
	found := []difference{}
	for _, name := range names {
		a, inA := sides[0][name]
		b, inB := sides[1][name]
		switch {
		case !inB:
			found = append(found, difference{Name: name, Only: ids[0]})
		case !inA:
			found = append(found, difference{Name: name, Only: ids[1]})
		case a != b:
			found = append(found, difference{Name: name, Diff: lineDiff(a, b)})
		}
	}
	return found
}

// around is how many equal lines stand before and after a difference.
const around = 2

// lineDiff marks lines that only one text has by - and +, with a few equal
// lines around. Beyond 4,000,000 pairs of lines all counts as different.
func lineDiff(a, b string) string {
	x, y := lines(a), lines(b)
	var out []edit
	if len(x)*len(y) <= 4_000_000 {
		out = compare(x, y)
	} else {
		for _, l := range x {
			out = append(out, edit{'-', l})
		}
		for _, l := range y {
			out = append(out, edit{'+', l})
		}
	}
	var s strings.Builder
	skipped := false
	for i, l := range out {
		near := false
		for j := max(0, i-around); j <= min(len(out)-1, i+around); j++ {
			near = near || out[j].sign != ' '
		}
		switch {
		case near:
			s.WriteString(string(l.sign) + l.line + "\n")
			skipped = false
		case !skipped:
			s.WriteString("…\n")
			skipped = true
		}
	}
	return s.String()
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}
