package check

import (
	"os"
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/table"
	"seedbed/internal/golden"
)

// heldLines are lines of our own, one a row of testdata/lines.txt.
func heldLines(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// TestLinesInEveryVersion keeps what each of the 52 versions makes of each line:
// its verdict and, where there is nothing to say, how it is written. What stands
// in testdata/lines.golden was read against the commands' own sources.
func TestLinesInEveryVersion(t *testing.T) {
	var b strings.Builder
	for _, line := range heldLines(t) {
		b.WriteString("= " + line + "\n")
		in, order := map[string]table.Versions{}, []string{}
		for _, v := range table.All() {
			r := File(kickstart.Parse(line), v)
			said := r.Verdict().String()
			if r.Verdict() == OK {
				said += " " + strings.ReplaceAll(written(r), "\n", " / ")
			}
			if in[said] == nil {
				order = append(order, said)
			}
			in[said] = append(in[said], v)
		}
		for _, said := range order {
			b.WriteString("  " + in[said].String() + ": " + strings.TrimSpace(said) + "\n")
		}
	}
	golden.Check(t, "lines.golden", b.String())
}

// TestLinesUseEveryOption: no command and no option of any version is left out.
func TestLinesUseEveryOption(t *testing.T) {
	used, lines := map[string]bool{}, heldLines(t)
	for _, line := range lines {
		n := kickstart.Parse(line).Nodes[0]
		used[n.Name()] = true
		for _, a := range n.Args() {
			name, _, _ := strings.Cut(a.Text, "=")
			used[n.Name()+" "+name] = true
		}
	}
	missing := map[string]bool{}
	for _, v := range table.All() {
		set := table.For(v)
		for _, name := range set.Names() {
			if !used[name] {
				missing[name] = true
			}
			for _, o := range set.Command(name).Options {
				if name == "partition" || name == "authconfig" || name == "lilo" || name == "method" {
					continue // another name of a command whose options are used, or one without a reader
				}
				for _, n := range o.Names {
					if !used[name+" "+n] {
						missing[name+" "+n] = true
					}
				}
			}
		}
	}
	for _, m := range sorted(missing) {
		t.Errorf("no line uses %s", m)
	}
	if len(lines) < 300 {
		t.Errorf("%d lines", len(lines))
	}
}
