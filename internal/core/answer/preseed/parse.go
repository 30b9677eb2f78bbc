package preseed

import (
	"fmt"
	"strings"
)

// Entry is one answer of a file.
type Entry struct {
	Line  int // the last of its lines, from 1
	Owner string
	Key   string
	Type  string // or "seen"
	Value string
}

// SyntaxError is a line at which the installer stops and shows
// preseed/load_error; the rest of the file is lost.
type SyntaxError struct {
	Line int
	Msg  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Parse reads a file as debian-installer's debconf-set-selections does, which
// differs from the program of that name in an installed system: only a # in
// the first column starts a comment; carriage returns vanish wherever they
// are; lines joined by a backslash get one blank between; a comment between
// them is dropped. The entries before a syntax error are returned with it.
func Parse(text string) ([]Entry, error) {
	var entries []Entry
	joined := ""
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "#") || strings.Trim(line, blanks+"\r") == "" {
			continue
		}
		line = strings.TrimLeft(strings.ReplaceAll(line, "\r", ""), blanks)
		if head, ok := strings.CutSuffix(line, `\`); ok {
			joined = join(joined, strings.TrimRight(head, blanks))
			continue
		}
		line = join(joined, line)
		joined = ""
		e := Entry{Line: i + 1}
		var ok bool
		if e.Owner, line, ok = field(line); !ok {
			return entries, &SyntaxError{i + 1, "one word only: an owner, a key and a type are needed"}
		}
		if e.Key, line, ok = field(line); !ok {
			return entries, &SyntaxError{i + 1, "two words only: an owner, a key and a type are needed"}
		}
		if e.Type, e.Value, ok = field(line); !ok {
			if line == "" {
				return entries, &SyntaxError{i + 1, "the type is missing"}
			}
			e.Type, e.Value = line, ""
		}
		entries = append(entries, e)
	}
	return entries, nil
}

const blanks = " \t\v\f"

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// field cuts the first word off; ok is false where no blank follows it.
func field(s string) (word, rest string, ok bool) {
	i := strings.IndexAny(s, blanks)
	if i < 0 {
		return "", s, false
	}
	return s[:i], strings.TrimLeft(s[i:], blanks), true
}
