package preseed

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// AsDebconf reads the file as the program debconf-set-selections(1) of an
// installed system does: a comment may be indented; a backslash joins the next
// line as it is, comments too; only one carriage return at a line's end goes;
// blanks before the value stay, but one; an unknown type makes it skip the
// line. It never stops: faults are Lost, never Fatal.
func (f *File) AsDebconf() ([]Entry, []Fault) {
	var entries []Entry
	var faults []Fault
	for i := 0; i < len(f.lines); i++ {
		first := i
		j := joined{first: i + 1}
		j.add(f.lines[i])
		for j.continued() && i+1 < len(f.lines) {
			i++
			j.add(f.lines[i])
		}
		text := strings.TrimLeft(j.text, spaces)
		if text == "" {
			continue
		}
		if strings.HasPrefix(text, "#") {
			if i > first {
				faults = append(faults, Fault{Pos: Pos{first + 1, utf8.RuneCountInString(f.lines[first])}, Cause: CommentContinued,
					Msg: "the backslash makes the next line a part of this comment"})
			}
			continue
		}
		e, more, ok := j.entry()
		e.Last = i + 1
		faults = append(faults, more...)
		if ok {
			entries = append(entries, e)
		}
	}
	return entries, faults
}

// spaces is what Perl's \s matches in bytes.
const spaces = " \t\n\r\f\v"

// joined is a line with those that backslashes join to it.
type joined struct {
	text  string
	at    []int // where in text each of its lines begins
	first int   // the first one's number
	glued []int // of those in at, where two words become one
}

func (j *joined) add(line string) {
	line = strings.TrimSuffix(line, "\r")
	if len(j.at) > 0 {
		j.text = strings.TrimSuffix(j.text, `\`)
		if !edged(j.text, true) && !edged(line, false) {
			j.glued = append(j.glued, len(j.text))
		}
	}
	j.at = append(j.at, len(j.text))
	j.text += line
}

// edged says whether s ends, or begins, with a blank or is empty.
func edged(s string, end bool) bool {
	if s == "" {
		return true
	}
	if end {
		return strings.TrimRight(s, spaces) != s
	}
	return strings.TrimLeft(s, spaces) != s
}

func (j *joined) continued() bool { return strings.HasSuffix(j.text, `\`) }

// pos finds an offset of the joined text in the file.
func (j *joined) pos(offset int) Pos {
	i := len(j.at) - 1
	for i > 0 && j.at[i] > offset {
		i--
	}
	return Pos{j.first + i, utf8.RuneCountInString(j.text[j.at[i]:offset]) + 1}
}

// entry takes the three words and the value; ok is false when the line is lost.
func (j *joined) entry() (e Entry, faults []Fault, ok bool) {
	words := make([]string, 0, 3)
	var at [3]int
	offset := 0
	for len(words) < 3 {
		rest := strings.TrimLeft(j.text[offset:], spaces)
		offset = len(j.text) - len(rest)
		end := strings.IndexAny(rest, spaces)
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			break
		}
		at[len(words)] = offset
		words = append(words, rest[:end])
		offset += end
	}
	e.Pos = j.pos(at[0])
	e.Continued = len(j.at) > 1
	if len(words) < 3 {
		cause := NoType
		if len(words) == 1 {
			cause = OneWord
		}
		return e, []Fault{{Pos: e.Pos, Cause: cause, Lost: true, Msg: "an owner, a key and a type are needed"}}, false
	}
	e.Owner, e.Key, e.Type = words[0], words[1], words[2]
	e.KeyPos, e.TypePos = j.pos(at[1]), j.pos(at[2])
	if offset < len(j.text) {
		offset++
	}
	e.Value, e.ValuePos = j.text[offset:], j.pos(offset)
	// What Perl's dot does not match ends the value.
	if nl := strings.IndexByte(e.Value, '\n'); nl >= 0 {
		e.Value = e.Value[:nl]
	}
	if !e.Flag() && !slices.Contains(Types, e.Type) {
		return e, []Fault{{Pos: e.TypePos, Cause: UnknownType, Lost: true, Msg: fmt.Sprintf("unknown type %q: the line is skipped", e.Type)}}, false
	}
	if trimmed := strings.TrimLeft(e.Value, spaces); trimmed != e.Value && trimmed != "" {
		faults = append(faults, Fault{Pos: e.ValuePos, Cause: LeadingBlanks, Msg: "blanks before the value belong to it, but the first"})
	}
	for _, at := range j.glued {
		faults = append(faults, Fault{Pos: j.pos(at), Cause: GluedLines, Msg: "this line is joined to the one before without a blank"})
	}
	return e, faults, true
}
