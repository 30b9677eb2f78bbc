package check

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/table"
)

// row is a line of the matrix: what the reference says of one line of text.
type row struct {
	Line      string `json:"line"`
	Version   string `json:"version"`
	Verdict   string `json:"verdict"`
	Canonical string `json:"canonical"`
	Message   string `json:"message"`
}

const defaultMatrix = "../../../../../../shared/oracles/ks-matrix.jsonl"

func matrix(t testing.TB) []row {
	path := os.Getenv("SEEDBED_KS_MATRIX")
	if path == "" {
		path = filepath.FromSlash(defaultMatrix)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no matrix at %s: set SEEDBED_KS_MATRIX to a file of the reference's verdicts", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []row
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<22)
	for in.Scan() {
		var r row
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatalf("%s: line %d: %v", path, len(rows)+1, err)
		}
		rows = append(rows, r)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return rows
}

// tally counts agreements.
type tally struct{ verdicts, rows, canonical, ok int }

func (t *tally) String() string {
	return fmt.Sprintf("verdicts %d/%d = %.2f %%, canonical %d/%d = %.2f %%",
		t.verdicts, t.rows, percent(t.verdicts, t.rows), t.canonical, t.ok, percent(t.canonical, t.ok))
}

func percent(n, of int) float64 {
	if of == 0 {
		return 100
	}
	return 100 * float64(n) / float64(of)
}

func TestVerdictsAndCanonicalFormsAgreeWithTheReference(t *testing.T) {
	versions, total, classes := map[string]*tally{}, &tally{}, map[string][]string{}
	for _, r := range matrix(t) {
		v, err := table.ParseVersion(r.Version)
		if err != nil {
			t.Fatal(err)
		}
		if versions[r.Version] == nil {
			versions[r.Version] = &tally{}
		}
		report := File(kickstart.Parse(r.Line), v)
		verdict, same := report.Verdict().String() == r.Verdict, report.Canonical() == r.Canonical
		for _, n := range []*tally{versions[r.Version], total} {
			n.rows++
			n.verdicts += b2i(verdict)
			if r.Verdict == "ok" {
				n.ok++
				n.canonical += b2i(same && verdict)
			}
		}
		name, _, _ := strings.Cut(r.Line, " ")
		switch {
		case !verdict:
			class := name + ": " + report.Verdict().String() + " where the reference says " + r.Verdict
			classes[class] = append(classes[class], fmt.Sprintf("%s %q: we %v, reference %q", r.Version, r.Line, report.Problems, r.Message))
		case r.Verdict == "ok" && !same:
			class := name + ": another canonical form"
			classes[class] = append(classes[class], fmt.Sprintf("%s %q:\n\twe        %q\n\treference %q", r.Version, r.Line, report.Canonical(), r.Canonical))
		}
	}
	for _, name := range sorted(versions) {
		t.Logf("%-7s %v", name, versions[name])
	}
	t.Logf("%-7s %v", "all", total)
	for _, class := range sorted(classes) {
		t.Logf("%d x %s", len(classes[class]), class)
		for _, one := range classes[class] {
			t.Log("    " + one)
		}
	}
	if p := percent(total.verdicts, total.rows); p < 97 {
		t.Errorf("%.2f %% of the verdicts agree, less than 97 %%", p)
	}
	if p := percent(total.canonical, total.ok); p < 90 {
		t.Errorf("%.2f %% of the canonical forms agree, less than 90 %%", p)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
