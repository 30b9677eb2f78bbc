package conversion

import (
	_ "embed"
	"strings"
)

//go:embed names.tsv
var namesTable string

// columns are the families' places in the table.
var columns = map[string]int{"redhat": 1, "debian": 2, "ubuntu": 2, "suse": 3}

// names are a kind's rows by a family's names.
func names(kind, from, to string) map[string]string {
	out := map[string]string{}
	i, j := columns[from], columns[to]
	if i == 0 || j == 0 || i == j {
		return out
	}
	for row := range strings.SplitSeq(namesTable, "\n") {
		c := strings.Split(row, "\t")
		if len(c) == 4 && c[0] == kind && c[i] != "-" {
			if _, ok := out[c[i]]; !ok {
				out[c[i]] = c[j]
			}
		}
	}
	return out
}
