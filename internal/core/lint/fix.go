package lint

import (
	"cmp"
	"slices"
	"strings"
)

// Fix applies the findings' edits to the text. Of findings whose edits touch
// one place the first wins; it says which findings were mended. Run again:
// mending one may bring up or settle another.
func Fix(text []byte, found []Finding) (mended []byte, done []Finding) {
	type span struct {
		from, to int
		text     string
	}
	starts := lineStarts(text)
	var taken []span
	for _, f := range found {
		if len(f.Edits) == 0 {
			continue
		}
		var mine []span
		fits := true
		for _, e := range f.Edits {
			s := span{offset(text, starts, e.Line, e.Column), offset(text, starts, e.EndLine, e.EndColumn), e.New}
			for _, t := range taken {
				fits = fits && (s.to <= t.from || s.from >= t.to) && (s.from != s.to || s != t)
			}
			fits = fits && s.from <= s.to
			mine = append(mine, s)
		}
		if fits {
			taken, done = append(taken, mine...), append(done, f)
		}
	}
	slices.SortStableFunc(taken, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var b strings.Builder
	at := 0
	for _, s := range taken {
		b.Write(text[at:s.from])
		if s.from == len(text) && s.text != "" && b.Len() > 0 && b.String()[b.Len()-1] != '\n' {
			b.WriteByte('\n') // an appended line starts on a line of its own
		}
		b.WriteString(s.text)
		at = s.to
	}
	b.Write(text[at:])
	return []byte(b.String()), done
}

func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset of a place; places past the end are the end.
func offset(text []byte, starts []int, line, column int) int {
	if line < 1 || line > len(starts) {
		return len(text)
	}
	return min(starts[line-1]+max(column, 1)-1, len(text))
}
