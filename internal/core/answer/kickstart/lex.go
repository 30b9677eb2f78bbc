package kickstart

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is one word of a line, as the installer splits it.
type Token struct {
	Text   string // its value: quotes and escapes resolved
	Raw    string // as written
	Line   int    // from 1
	Column int    // in characters, from 1
}

// SyntaxError is a line that the installer cannot split into words.
type SyntaxError struct {
	Line, Column int // where the quote or the escape begins
	Msg          string
}

func (e *SyntaxError) Error() string { return e.Msg }

// splitLines cuts text after each line end that Python's str.splitlines knows:
// the installer reads a file so, hence a value that holds one of them ends there.
func splitLines(text string) []string {
	var out []string
	for start := 0; start < len(text); {
		i := start
		for i < len(text) {
			n := lineEnd(text[i:])
			if n > 0 {
				i += n
				break
			}
			i++
		}
		out = append(out, text[start:i])
		start = i
	}
	return out
}

// lineEnd is the length of the line end that s begins with, or 0.
func lineEnd(s string) int {
	switch c := s[0]; {
	case c == '\r' && len(s) > 1 && s[1] == '\n':
		return 2
	case c >= '\n' && c <= '\r', c >= 0x1c && c <= 0x1e:
		return 1
	case c == 0xc2 && strings.HasPrefix(s, "\u0085"):
		return 2
	case c == 0xe2 && (strings.HasPrefix(s, "\u2028") || strings.HasPrefix(s, "\u2029")):
		return 3
	}
	return 0
}

// cutLineEnd parts a line from its end.
func cutLineEnd(line string) (text, end string) {
	for i := len(line) - 1; i >= 0 && len(line)-i <= 3; i-- {
		if n := lineEnd(line[i:]); n > 0 && i+n == len(line) {
			if i > 0 && line[i-1] == '\r' && line[i] == '\n' {
				i--
			}
			return line[:i], line[i:]
		}
	}
	return line, ""
}

func blank(line string) bool {
	return strings.IndexFunc(line, func(r rune) bool {
		return !unicode.IsSpace(r) && (r < 0x1c || r > 0x1f)
	}) < 0
}

// splitter walks over one line as Python's shlex.split(comments=True) does.
type splitter struct {
	line   string // with its end
	number int
	pos    int
	tokens []Token
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// split gives the words of a line and the offset of its trailing comment, or -1.
func split(line string, number int) (tokens []Token, comment int, err *SyntaxError) {
	s := splitter{line: line, number: number}
	for {
		for s.pos < len(line) && space(line[s.pos]) {
			s.pos++
		}
		switch {
		case s.pos == len(line):
			return s.tokens, -1, nil
		case line[s.pos] == '#':
			return s.tokens, s.pos, nil
		}
		if err := s.word(); err != nil {
			return s.tokens, -1, err
		}
	}
}

func (s *splitter) column(at int) int { return utf8.RuneCountInString(s.line[:at]) + 1 }

func (s *splitter) fail(at int, msg string) *SyntaxError {
	return &SyntaxError{Line: s.number, Column: s.column(at), Msg: msg}
}

// word reads one word from a position that is neither white space nor a comment.
func (s *splitter) word() *SyntaxError {
	start := s.pos
	var b strings.Builder
	for s.pos < len(s.line) {
		c := s.line[s.pos]
		switch {
		case space(c), c == '#':
			s.add(start, b.String())
			return nil
		case c == '\\':
			if s.pos+1 == len(s.line) {
				return s.fail(s.pos, "No escaped character")
			}
			b.WriteByte(s.line[s.pos+1])
			s.pos += 2
		case c == '"' || c == '\'':
			if err := s.quoted(c, &b); err != nil {
				return err
			}
		default:
			b.WriteByte(c)
			s.pos++
		}
	}
	s.add(start, b.String())
	return nil
}

func (s *splitter) add(start int, text string) {
	s.tokens = append(s.tokens, Token{Text: text, Raw: s.line[start:s.pos], Line: s.number, Column: s.column(start)})
}

// quoted reads from an opening quote to behind the closing one. In double
// quotes a backslash takes away the meaning of a quote and of itself only.
func (s *splitter) quoted(quote byte, b *strings.Builder) *SyntaxError {
	start := s.pos
	for s.pos++; s.pos < len(s.line); s.pos++ {
		c := s.line[s.pos]
		switch {
		case c == quote:
			s.pos++
			return nil
		case c == '\\' && quote == '"':
			if s.pos+1 == len(s.line) {
				return s.fail(s.pos, "No escaped character")
			}
			s.pos++
			if next := s.line[s.pos]; next != '"' && next != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(s.line[s.pos])
		default:
			b.WriteByte(c)
		}
	}
	return s.fail(start, "No closing quotation")
}

// Quote writes a value so that it is one word of a line and reads back as
// itself. ok is false where no writing can do that: a line end ends the line,
// however it is quoted.
func Quote(value string) (word string, ok bool) {
	for i := range len(value) {
		if lineEnd(value[i:]) > 0 {
			return "", false
		}
	}
	if value != "" && !strings.ContainsAny(value, " \t#'\"\\") {
		return value, true
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`, true
}
