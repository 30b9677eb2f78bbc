package table

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference page anew")

const page = "../../../../../docs/reference/kickstart.md"

// commandTable is the reference page's table of commands per version.
func commandTable() string {
	status := map[string]map[Status]Versions{}
	var names []string
	for _, v := range All() {
		set := For(v)
		for _, name := range set.Names() {
			if status[name] == nil {
				status[name] = map[Status]Versions{}
				names = append(names, name)
			}
			s := set.Command(name).Status
			status[name][s] = append(status[name][s], v)
		}
	}
	var rows []string
	for _, name := range names {
		rows = append(rows, "| `"+name+"` | "+cell(status[name], true)+" | "+cell(status[name], false)+" |")
	}
	slices.Sort(rows)
	return "\n| command | RHEL | Fedora |\n|---|---|---|\n" + strings.Join(rows, "\n") + "\n"
}

func cell(by map[Status]Versions, red bool) string {
	var parts []string
	for _, s := range []Status{Supported, Deprecated, Removed} {
		var line Versions
		for _, v := range by[s] {
			if v.IsRHEL() == red {
				line = append(line, v)
			}
		}
		if len(line) == 0 {
			continue
		}
		spans := strings.NewReplacer("RHEL", "", "FC", "", "F", "", "-", "–", ",", ", ").Replace(line.String())
		switch s {
		case Supported:
			parts = append(parts, "**"+spans+"**")
		case Deprecated:
			parts = append(parts, "*"+spans+"*")
		default:
			parts = append(parts, "removed "+spans)
		}
	}
	return strings.Join(parts, "; ")
}

func TestReferencePageListsTheCommands(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), "writes it) -->\n")
	_, tail, ok2 := strings.Cut(rest, "<!-- /commands -->")
	if !ok || !ok2 {
		t.Fatal("the page has lost its markers")
	}
	want := head + "writes it) -->\n" + commandTable() + "\n<!-- /commands -->" + tail
	if string(b) == want {
		return
	}
	if !*update {
		t.Fatal("docs/reference/kickstart.md does not list the table's commands: run with -update")
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
