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
