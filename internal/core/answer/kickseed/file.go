package kickseed

import (
	"strings"
	"unicode/utf8"

	"seedbed/internal/core/answer/kickseed/shell"
	"seedbed/internal/core/answer/preseed"
)

// Word is one word of a line, without its quotes.
type Word = shell.Word

// Section is the part of a file in which a line stands. kickseed knows no other,
// and nothing ends one but the start of the next.
type Section string

// The sections; Main is what stands before the first.
const (
	Main     Section = "main"
	Packages Section = "packages"
	Pre      Section = "pre"
	Post     Section = "post"
)

// Line is one line of a file as kickseed takes it apart: blanks around it are
// gone, and a carriage return at its end.
type Line struct {
	preseed.Pos         // of the keyword
	Section     Section // after this line, for one that starts a section
	Text        string
	Keyword     string // up to the first blank; "" for an empty line
	Args        string // what follows that blank
	ArgsColumn  int
	once        string // with the blanks that stood before a carriage return
	Last        bool   // the last of a file that does not end in a newline: kickseed does not read it
}

// Starts says whether the line starts a section, and for script sections how
// its options are read.
func (l Line) Starts() bool {
	return l.Keyword == "%packages" || l.Keyword == "%pre" || l.Keyword == "%post"
}

// Blank says whether the line is empty or a comment, outside of scripts.
func (l Line) Blank() bool { return l.Keyword == "" || strings.HasPrefix(l.Keyword, "#") }

// Command says whether the line is a command of the main section.
func (l Line) Command() bool { return l.Section == Main && !l.Blank() }

// Words are the arguments as the shell sees them, up to an operator.
func (l Line) Words() []Word {
	s := shell.Lex(l.Args, true)
	s.Place(l.start())
	return s.Words
}

// start is where the arguments begin.
func (l Line) start() preseed.Pos { return preseed.Pos{Line: l.Line, Column: l.ArgsColumn} }

// File is a Kickstart file, line by line. What is not touched is printed as it
// was read.
type File struct {
	raw  []string // without their newlines
	open bool     // the last line has no newline
}

// Parse takes a file's text apart. Any text is a file: what kickseed makes of it
// is told by Translate.
func Parse(text string) *File {
	f := &File{}
	if text == "" {
		return f
	}
	f.raw = strings.Split(text, "\n")
	if last := len(f.raw) - 1; f.raw[last] == "" {
		f.raw = f.raw[:last]
	} else {
		f.open = true
	}
	return f
}

// String is the file's text; for one that was not changed, the same bytes.
func (f *File) String() string {
	text := strings.Join(f.raw, "\n")
	if len(f.raw) > 0 && !f.open {
		text += "\n"
	}
	return text
}

// Lines are all lines of the file, as kickseed's second pass divides them.
func (f *File) Lines() []Line {
	lines := make([]Line, 0, len(f.raw))
	section := Main
	for i, raw := range f.raw {
		l := cut(raw, i+1)
		l.Last = f.open && i == len(f.raw)-1
		if l.Starts() && !l.Last {
			section = Section(l.Keyword[1:])
		}
		l.Section = section
		lines = append(lines, l)
	}
	return lines
}

// EditLine puts other lines in the place of line n, from 1; none deletes it.
// The lines must hold no newline.
func (f *File) EditLine(n int, with ...string) {
	if n < 1 || n > len(f.raw) {
		return
	}
	if n == len(f.raw) && len(with) == 0 {
		f.open = false
	}
	f.raw = append(f.raw[:n-1:n-1], append(with, f.raw[n:]...)...)
}

// Append adds lines at the end, and the newline that was missing there.
func (f *File) Append(lines ...string) {
	f.raw = append(f.raw, lines...)
	f.open = false
}

// blanks are what the shell's read takes off at both ends.
const blanks = " \t"

// cut takes one line apart.
func cut(raw string, n int) Line {
	// read cuts blanks, then one carriage return goes, then read cuts again.
	once := strings.TrimSuffix(strings.Trim(raw, blanks), "\r")
	text := strings.Trim(once, blanks)
	indent := len(raw) - len(strings.TrimLeft(raw, blanks))
	l := Line{Text: text, Keyword: text, once: once}
	l.Pos = preseed.Pos{Line: n, Column: utf8.RuneCountInString(raw[:indent]) + 1}
	if i := strings.IndexAny(text, blanks); i >= 0 {
		l.Keyword, l.Args = text[:i], text[i+1:]
	}
	l.ArgsColumn = l.Column + utf8.RuneCountInString(l.Keyword) + 1
	return l
}
