package cli

import (
	"fmt"
	"io"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/conversion"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/image"
)

// growing shows an answer file that is still being made.
type growing struct {
	kind  answer.Kind
	img   image.Image
	shown []string // lines of the file, as they were shown last
}

// show prints the file that the draft makes now: whole the first time, then
// the lines that are new (+) and gone (-), each hunk with the line before it.
// The password's hash is not shown.
func (g *growing) show(w io.Writer, draft *reading.Draft) {
	d := draft.Copy()
	nobody(d)
	r, err := conversion.Convert(d, g.kind, g.img)
	if err != nil {
		fmt.Fprintf(w, "  (no file can be made of it yet: %v)\n", err)
		return
	}
	text := string(r.Document.Bytes)
	if hash := draft.In.RootPassword; hash != "" {
		text = strings.ReplaceAll(text, hash, "(a hash)")
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	old := g.shown
	g.shown = lines
	if old == nil {
		fmt.Fprintf(w, "    %s\n", strings.Join(lines, "\n    "))
		return
	}
	edits := compare(old, lines)
	changed := false
	for i, e := range edits {
		switch {
		case e.sign != ' ':
			changed = true
		case i+1 == len(edits) || edits[i+1].sign == ' ':
			continue
		}
		fmt.Fprintf(w, "  %c %s\n", e.sign, e.line)
	}
	if !changed {
		fmt.Fprintln(w, "  (the file stays as it is)")
	}
}

// edit is a line of a comparison: kept (' '), new ('+') or gone ('-').
type edit struct {
	sign rune
	line string
}

// compare gives the fewest edits from one text to the other. It takes time and
// room by the product of their lines: a hundred each, of a file at a prompt.
func compare(from, to []string) []edit {
	common := make([][]int, len(from)+1) // how many lines are common from i and j on
	for i := range common {
		common[i] = make([]int, len(to)+1)
	}
	for i := len(from) - 1; i >= 0; i-- {
		for j := len(to) - 1; j >= 0; j-- {
			if from[i] == to[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []edit
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case i < len(from) && j < len(to) && from[i] == to[j]:
			out = append(out, edit{' ', from[i]})
			i, j = i+1, j+1
		case j == len(to) || i < len(from) && common[i+1][j] >= common[i][j+1]:
			out = append(out, edit{'-', from[i]})
			i++
		default:
			out = append(out, edit{'+', to[j]})
			j++
		}
	}
	return out
}
