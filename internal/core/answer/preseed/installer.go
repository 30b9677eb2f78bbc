package preseed

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// AsInstaller reads the file as debian-installer's own debconf-set-selections
// does, a shell script of the udeb preseed-common that differs from the program
// of that name in an installed system: only a # in the first column starts a
// comment; carriage returns vanish wherever they are; lines joined by a
// backslash get one blank between, and comments and blank lines between them
// are dropped; the type is not checked. It stops at the first line without an
// owner, a key and a type, and so does this: that fault is Fatal and the last.
func (f *File) AsInstaller() ([]Entry, []Fault) {
	p := reading{}
	for i, raw := range f.lines {
		if skipped(raw) {
			continue
		}
		at := i + 1
		if cr := strings.IndexByte(raw, '\r'); cr >= 0 && cr < len(raw)-1 {
			p.fault(Fault{Pos: Pos{at, column(raw, cr)}, Cause: CarriageReturn, Msg: "a carriage return within the line is dropped"})
		}
		p.add(raw, at)
		body := strings.ReplaceAll(raw, "\r", "")
		if strings.HasSuffix(body, `\`) {
			continue
		}
		if trimmed := strings.TrimRight(body, blanks); strings.HasSuffix(trimmed, `\`) {
			p.fault(Fault{Pos: Pos{at, utf8.RuneCountInString(trimmed)}, Cause: BlankAfterBackslash, Msg: "a blank follows the backslash: the next line is not joined to this one"})
		}
		if !p.entry() {
			return p.entries, p.faults
		}
	}
	if len(p.pieces) > 0 {
		at := p.pieces[0]
		p.fault(Fault{Pos: Pos{at.line, at.column}, Cause: OpenEnd, Lost: true, Msg: "the file ends while a backslash continues this answer, which is lost"})
	}
	return p.entries, p.faults
}

// skipped says whether the installer passes over a line: a comment in the
// first column, or nothing but blanks.
func skipped(line string) bool {
	return strings.HasPrefix(line, "#") || strings.Trim(line, blanks+"\r") == ""
}

const blanks = " \t\v\f"

// piece is the part of a line that goes into the answer, and where it stands.
type piece struct {
	text         string
	line, column int
	last         bool
}

// reading is the state of the installer's parser between two lines.
type reading struct {
	pieces  []piece
	entries []Entry
	faults  []Fault
}

func (p *reading) fault(f Fault) { p.faults = append(p.faults, f) }

// add takes what the installer keeps of a line: not its indent, its carriage
// returns, nor a backslash at its end with the blanks before it.
func (p *reading) add(raw string, line int) {
	// Carriage returns may stand among the leading blanks.
	start := len(raw) - len(strings.TrimLeft(raw, blanks+"\r"))
	text := strings.TrimLeft(strings.ReplaceAll(raw, "\r", ""), blanks)
	if head, ok := strings.CutSuffix(text, `\`); ok {
		text = strings.TrimRight(head, blanks)
		if text == "" && len(p.pieces) == 0 {
			return // nothing yet: the next line starts the answer
		}
	}
	p.pieces = append(p.pieces, piece{text: text, line: line, column: column(raw, start)})
}

// entry makes an entry of the pieces; false when the installer stops.
func (p *reading) entry() bool {
	var b strings.Builder
	for i, part := range p.pieces {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(part.text)
	}
	pieces, line := p.pieces, b.String()
	p.pieces = nil
	first := pieces[0]
	e := Entry{Pos: Pos{first.line, first.column}, Last: pieces[len(pieces)-1].line, Continued: len(pieces) > 1}
	where := func(rest string) Pos { return locate(pieces, len(line)-len(rest)) }

	var rest string
	var ok bool
	stop := func(cause Cause, msg string) bool {
		if strings.HasPrefix(first.text, "#") {
			cause, msg = IndentedComment, "an indented # does not start a comment: this is an answer without owner, key and type"
		}
		p.fault(Fault{Pos: e.Pos, Cause: cause, Fatal: true, Lost: true, Msg: msg})
		return false
	}
	if e.Owner, rest, ok = field(line); !ok {
		return stop(OneWord, "one word only: an owner, a key and a type are needed")
	}
	e.KeyPos = where(rest)
	if e.Key, rest, ok = field(rest); !ok {
		return stop(NoType, "two words only: an owner, a key and a type are needed")
	}
	e.TypePos = where(rest)
	if e.Type, e.Value, ok = field(rest); !ok {
		if rest == "" {
			return stop(NoType, "the type is missing")
		}
		e.Type, e.Value = rest, ""
	}
	e.ValuePos = where(e.Value)
	p.entries = append(p.entries, e)
	p.remarks(e)
	return true
}

// remarks are the faults of an entry that the installer takes.
func (p *reading) remarks(e Entry) {
	if strings.HasPrefix(e.Owner, "#") {
		p.fault(Fault{Pos: e.Pos, Cause: IndentedComment, Msg: "an indented # does not start a comment: this answers the question " + e.Key})
	} else if !e.Flag() && !slices.Contains(Types, e.Type) {
		p.fault(Fault{Pos: e.TypePos, Cause: UnknownType, Msg: "no type of a question: the installer takes the word for the type, and what follows it for the value"})
	}
	if kept := strings.TrimRight(e.Value, blanks); kept != e.Value {
		at := e.ValuePos
		if e.Continued {
			at = e.Pos
		} else {
			at.Column += utf8.RuneCountInString(kept)
		}
		p.fault(Fault{Pos: at, Cause: TrailingBlanks, Msg: "blanks at the end belong to the value"})
	}
}

// locate finds a place in the joined line in the file.
func locate(pieces []piece, offset int) Pos {
	for i, part := range pieces {
		if offset <= len(part.text) || i == len(pieces)-1 {
			offset = min(offset, len(part.text))
			return Pos{part.line, part.column + utf8.RuneCountInString(part.text[:offset])}
		}
		if offset -= len(part.text) + 1; offset < 0 {
			offset = 0
		}
	}
	return Pos{}
}

// column is a byte offset as a column.
func column(line string, offset int) int { return utf8.RuneCountInString(line[:offset]) + 1 }

// field cuts the first word off; ok is false where no blank follows it.
func field(s string) (word, rest string, ok bool) {
	i := strings.IndexAny(s, blanks)
	if i < 0 {
		return "", s, false
	}
	return s[:i], strings.TrimLeft(s[i:], blanks), true
}
