package preseed

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The types of debconf questions that are answered here (debconf-devel(7)).
const (
	String      = "string"
	Boolean     = "boolean"
	Select      = "select"
	Multiselect = "multiselect"
	Password    = "password"
	Note        = "note"
)

// Installer owns the questions that debian-installer itself asks. Answers for
// any other owner are also given to the new system's debconf.
const Installer = "d-i"

// File is a preseed file, line by line: read from text, or in the making, or
// both. The zero value is an empty one. What is not touched is printed as it
// was read.
type File struct {
	lines []string // without their newlines
	open  bool     // the last line of the text that was read has no newline
	bad   []*ValueError
}

// ValueError says why a value cannot be written. It never holds the value,
// which may be a secret.
type ValueError struct {
	Key string
	Why string
}

func (e *ValueError) Error() string { return e.Key + ": " + e.Why }

// Read takes a file's text apart into lines. Any text is a file: what an
// installer makes of it is told by AsInstaller and AsDebconf.
func Read(text string) *File {
	f := &File{}
	if text == "" {
		return f
	}
	f.lines = strings.Split(text, "\n")
	if last := len(f.lines) - 1; f.lines[last] == "" {
		f.lines = f.lines[:last]
	} else {
		f.open = true
	}
	return f
}

// String is the file's text; for one that was read and not changed, the same
// bytes.
func (f *File) String() string {
	text := strings.Join(f.lines, "\n")
	if len(f.lines) > 0 && !f.open {
		text += "\n"
	}
	return text
}

// Bytes is the file's text, or the first value that could not be written.
func (f *File) Bytes() ([]byte, error) {
	if len(f.bad) > 0 {
		return nil, f.bad[0]
	}
	return []byte(f.String()), nil
}

// Lines is how many lines the file has; Line is the n-th, from 1, or "".
func (f *File) Lines() int { return len(f.lines) }

// Line is the n-th line without its newline, from 1; "" where there is none.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// Comment writes a comment, each line of text on its own. The # stands in the
// first column: the installer parses an indented one as an answer.
func (f *File) Comment(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		// A backslash at its end would join the next line to it in debconf's eyes.
		f.append(strings.TrimRight("# "+printable(line), ` \`))
	}
}

// Section starts a group of answers with a blank line and a comment.
func (f *File) Section(title string) {
	f.append("")
	f.Comment(title)
}

// Set answers one of the installer's own questions.
func (f *File) Set(key, typ, value string) { f.Owned(Installer, key, typ, value) }

// Yes and No answer booleans.
func (f *File) Yes(keys ...string) {
	for _, k := range keys {
		f.Set(k, Boolean, "true")
	}
}

// No answers booleans with false.
func (f *File) No(keys ...string) {
	for _, k := range keys {
		f.Set(k, Boolean, "false")
	}
}

// Owned answers a question of owner. A value that the installer would read
// back as something else (see Check) is not written; Bytes then fails.
func (f *File) Owned(owner, key, typ, value string) {
	if f.check(key, value) {
		f.append(answer(owner, key, typ, value))
	}
}

// SetLines answers with a long value, one line of it a line of the file. The
// installer's parser joins the lines with single blanks.
func (f *File) SetLines(key, typ string, lines []string) {
	if !f.check(key, lines...) {
		return
	}
	all := append([]string{answer(Installer, key, typ, "")}, lines...)
	for i, l := range all {
		if i > 0 {
			l = "  " + l
		}
		if i < len(all)-1 {
			l += ` \`
		}
		f.append(l)
	}
}

func answer(owner, key, typ, value string) string {
	line := owner + " " + key + " " + typ
	if value != "" {
		line += " " + value
	}
	return line
}

func (f *File) check(key string, values ...string) bool {
	for _, v := range values {
		if err := Check(v); err != nil {
			f.bad = append(f.bad, &ValueError{Key: key, Why: err.Error()})
			return false
		}
	}
	return true
}

func (f *File) append(line string) {
	f.lines = append(f.lines, line)
	f.open = false
}

// Check says why the installer would not read value back as it is, or nil.
// Its parser splits on newlines, drops carriage returns, eats leading blanks
// and joins a line that ends in a backslash with the next; trailing blanks
// stay, but are lost in debconf's own protocol.
func Check(value string) error {
	switch {
	case value == "":
		return nil
	case !utf8.ValidString(value):
		return fmt.Errorf("it is not valid UTF-8")
	case strings.ContainsFunc(value, unprintable):
		return fmt.Errorf("it holds a line break or a control character")
	case strings.TrimSpace(value) != value:
		return fmt.Errorf("it begins or ends with a blank")
	case strings.HasSuffix(value, `\`):
		return fmt.Errorf("it ends with a backslash")
	}
	return nil
}

// unprintable finds what cannot stand in a line: besides control characters
// the two line separators of Unicode, at which editors break lines.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
