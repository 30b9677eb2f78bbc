package shell

import (
	"strings"
	"unicode/utf8"

	"seedbed/internal/core/answer/preseed"
)

// Word is one word of a line, without its quotes.
type Word struct {
	preseed.Pos
	Text   string
	Quoted bool // a part of it was, or was escaped
}

// Hazard is a place where the shell does more than to split words.
type Hazard struct {
	At   int // offset in the text
	Kind Kind
	Text string
}

// Line is a line as the shell's eval takes it apart: the words of its
// first command, and what else happens. Nothing is executed: what would be is
// empty here.
type Line struct {
	source   string
	Words    []Word
	at       []int // offsets of the words in source
	Hazards  []Hazard
	Broken   string // why it is a syntax error; then there are no words
	Subshell bool   // the command runs in a shell of its own, which forgets variables
	Unread   bool   // the command does not run: its input file is not there
}

// Place gives the words their positions in a file, where the line's first
// character is at start.
func (s *Line) Place(start preseed.Pos) {
	for i := range s.Words {
		s.Words[i].Pos = s.Pos(start, s.at[i])
	}
}

// Pos is the position of an offset in the line, which begins at start.
func (s *Line) Pos(start preseed.Pos, at int) preseed.Pos {
	at = min(at, len(s.source))
	return preseed.Pos{Line: start.Line, Column: start.Column + utf8.RuneCountInString(s.source[:at])}
}

// lexer goes through one line as busybox's shell does.
type lexer struct {
	Line
	in  string // source, with dollars escaped
	off []int  // where the bytes of in come from
	i   int
	// the word in the making
	word    strings.Builder
	started bool
	quoted  bool
	begin   int
}

// Lex reads the arguments of a command. With escape, each dollar has a backslash
// put before it first, as kickseed does with the lines of a main section; so a
// dollar with a backslash before it is live.
func Lex(source string, escape bool) *Line {
	x := &lexer{}
	x.source = source
	var b strings.Builder
	for i := 0; i < len(source); i++ {
		if escape && source[i] == '$' {
			b.WriteByte('\\')
			x.off = append(x.off, i)
		}
		b.WriteByte(source[i])
		x.off = append(x.off, i)
	}
	x.off = append(x.off, len(source))
	x.in = b.String()
	x.run()
	if x.Broken != "" {
		x.Words, x.at = nil, nil
	}
	return &x.Line
}

func (x *lexer) note(at int, kind Kind, text string) {
	x.Hazards = append(x.Hazards, Hazard{x.off[at], kind, text})
}

func (x *lexer) fail(why string) {
	if x.Broken == "" {
		x.Broken = why
	}
	x.i = len(x.in)
}

// put adds to the word in the making, and goes on.
func (x *lexer) put(c byte) {
	x.start()
	x.word.WriteByte(c)
	x.i++
}

func (x *lexer) start() {
	if !x.started {
		x.started, x.begin = true, x.i
	}
}

func (x *lexer) end() {
	if x.started {
		x.Words = append(x.Words, Word{Text: x.word.String(), Quoted: x.quoted})
		x.at = append(x.at, x.off[x.begin])
	}
	x.word.Reset()
	x.started, x.quoted = false, false
}

func (x *lexer) run() {
	for x.i < len(x.in) {
		c := x.in[x.i]
		switch c {
		case ' ', '\t':
			x.end()
			x.i++
		case '\'', '"', '\\', '`', '$':
			x.special(c)
		case '#':
			if !x.started {
				x.note(x.i, InlineComment, x.in[x.i:])
				x.i = len(x.in)
				break
			}
			x.put(c)
		case ';', '&', '|', '(', ')':
			x.operator(c)
			return
		case '<', '>':
			x.redirect()
		default:
			x.plain(c)
		}
	}
	x.end()
}

// plain takes a character that has no meaning, or one for file names only.
func (x *lexer) plain(c byte) {
	switch {
	case c == '*' || c == '?' || c == '[':
		x.note(x.i, Pattern, string(c))
	case c == '~' && !x.started:
		x.note(x.i, Home, "~")
	}
	x.put(c)
}

func (x *lexer) special(c byte) {
	if c == '`' || c == '$' {
		x.substitution() // nothing, unless more comes: not even an empty word
		return
	}
	x.start()
	x.quoted = true
	switch c {
	case '\'':
		end := strings.IndexByte(x.in[x.i+1:], '\'')
		if end < 0 {
			x.fail("a quote is not closed")
			return
		}
		x.word.WriteString(x.in[x.i+1 : x.i+1+end])
		x.i += end + 2
	case '"':
		x.i++
		x.double()
	case '\\':
		if x.i++; x.i == len(x.in) {
			x.word.WriteByte('\\')
			return
		}
		x.word.WriteByte(x.in[x.i])
		x.i++
	}
}

// double reads up to the closing double quote.
func (x *lexer) double() {
	for x.i < len(x.in) {
		switch c := x.in[x.i]; c {
		case '"':
			x.i++
			return
		case '\\':
			if x.i+1 < len(x.in) && strings.IndexByte("$`\"\\", x.in[x.i+1]) >= 0 {
				x.i++
			}
			x.word.WriteByte(x.in[x.i])
			x.i++
		case '`', '$':
			x.substitution()
		default:
			x.word.WriteByte(c)
			x.i++
		}
	}
	x.fail("a quote is not closed")
}

// substitution passes over what the shell would expand or run.
func (x *lexer) substitution() {
	at, rest := x.i, x.in[x.i+1:]
	if x.in[x.i] == '`' {
		end := 0
		for end < len(rest) && rest[end] != '`' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			x.fail("a backtick is not closed")
			return
		}
		x.i += end + 2
		x.note(at, Substitution, x.in[at:x.i])
		return
	}
	n := expansion(rest)
	if n < 0 {
		x.fail("an expansion is not closed")
		return
	}
	if n == 0 { // a dollar on its own is one
		x.put('$')
		return
	}
	x.i += n + 1
	x.note(at, Substitution, x.in[at:x.i])
}

// expansion is how much of s, which follows a dollar, belongs to an expansion;
// -1 when its end is missing.
func expansion(s string) int {
	if s == "" {
		return 0
	}
	open, shut := s[0], byte(0)
	switch {
	case open == '{':
		shut = '}'
	case open == '(':
		shut = ')'
	case strings.IndexByte("?!#@*-$0123456789", open) >= 0:
		return 1
	default:
		n := 0
		for n < len(s) && (s[n] == '_' || s[n] >= '0' && s[n] <= '9' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
			n++
		}
		return n
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// redirect passes over < or > with its file name.
func (x *lexer) redirect() {
	at := x.i
	// A lone digit before it names what is redirected, and is no word.
	if x.started && !x.quoted && x.word.Len() == 1 && x.word.String() >= "0" && x.word.String() <= "9" {
		at = x.begin
		x.word.Reset()
		x.started = false
	}
	x.end()
	c := x.in[x.i]
	op := string(c)
	for _, longer := range []string{"<<-", "<<", "<&", "<>", ">>", ">&", ">|"} {
		if strings.HasPrefix(x.in[x.i:], longer) {
			op = longer
			break
		}
	}
	x.i += len(op)
	if op == "<" {
		x.Unread = true
	}
	x.i += len(x.in[x.i:]) - len(strings.TrimLeft(x.in[x.i:], blanks))
	before := len(x.Words)
	for x.i < len(x.in) && len(x.Words) == before && x.Broken == "" {
		c := x.in[x.i]
		if strings.IndexByte(" \t;&|<>()", c) >= 0 {
			break
		}
		if strings.IndexByte("'\"\\`$", c) >= 0 {
			x.special(c)
		} else {
			x.put(c)
		}
	}
	if !x.started && x.Broken == "" {
		x.fail("a file name is missing after " + op)
		return
	}
	x.word.Reset()
	x.started, x.quoted = false, false
	x.note(at, Redirection, x.in[at:x.i])
}

// operator ends the first command; what follows is run by the shell.
func (x *lexer) operator(c byte) {
	x.end()
	at, rest := x.i, x.in[x.i:]
	if c == '(' || c == ')' {
		x.fail("a bare " + string(c))
		return
	}
	op := string(c)
	if len(rest) > 1 && rest[1] == c {
		op += string(c)
	}
	switch op {
	case ";;":
		x.fail("a bare ;;")
		return
	case "&", "|":
		x.Subshell = true
	}
	x.note(at, Operator, rest)
	x.i = len(x.in)
	if op == "&" && len(rest) > 1 && rest[1] == '>' { // both outputs into a file
		x.Subshell = false
	}
	follow := strings.TrimLeft(rest[len(op):], blanks)
	if why := follows(follow, op); why != "" {
		x.fail(why)
	}
}

// follows says why what stands after an operator is a syntax error, or "". It
// looks at quotes and operators only: keywords of the shell are not judged.
func follows(s, op string) string {
	if s == "" || s[0] == '#' {
		if op == ";" || op == "&" {
			return ""
		}
		return "nothing follows " + op
	}
	if strings.IndexByte(";&|)", s[0]) >= 0 {
		return "nothing stands between " + op + " and " + s[:1]
	}
	if s[0] == '(' {
		return "a bare ("
	}
	// The rest is a command like the first.
	return Lex(s, false).Broken
}

// blanks part the words of a line.
const blanks = " \t"
