package dhcpd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/reading"
	"seedbed/internal/fault"
)

// token is a word, a quoted text, or one of { } ; , ( ) =.
type token struct {
	text   string
	at     fault.Position
	quoted bool
	mark   bool // one of the signs
}

func (t token) is(sign string) bool { return t.mark && t.text == sign }

// statement is words up to a semicolon or a block.
type statement struct {
	words  []token
	block  []statement
	braces bool
}

// word is the i-th word in lower case, or "".
func (s statement) word(i int) string {
	if i >= len(s.words) || s.words[i].quoted {
		return ""
	}
	return strings.ToLower(s.words[i].text)
}

func (s statement) at() fault.Position { return s.words[0].at }

// String is the statement on one line, without its block.
func (s statement) String() string {
	var b strings.Builder
	for i, w := range s.words {
		if i > 0 && !w.is(",") && !w.is(")") && !s.words[i-1].is("(") {
			b.WriteByte(' ')
		}
		if w.quoted {
			b.WriteString(strconv.Quote(w.text))
		} else {
			b.WriteString(w.text)
		}
	}
	return b.String()
}

// grammar is a fault at a place.
func grammar(at fault.Position, hint, format string, args ...any) error {
	return fault.List{{Position: at, Severity: "error", Msg: fmt.Sprintf(format, args...), Hint: hint}}
}

// lex takes a text apart. Comments run from # to the end of the line.
func lex(file, text string) ([]token, error) {
	var out []token
	line, start := 1, 0
	for i := 0; i < len(text); {
		c := text[i]
		at := fault.Position{File: file, Line: line, Column: i - start + 1}
		switch {
		case c == '\n':
			line, start = line+1, i+1
			i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case c == '"':
			value, n, ok := unquote(text[i+1:])
			if !ok {
				return nil, grammar(at, "", `this text has no closing "`)
			}
			for j := i; j < i+1+n; j++ {
				if text[j] == '\n' {
					line, start = line+1, j+1
				}
			}
			out = append(out, token{text: value, at: at, quoted: true})
			i += 1 + n
		case strings.IndexByte("{};,()=", c) >= 0:
			out = append(out, token{text: text[i : i+1], at: at, mark: true})
			i++
		default:
			j := i
			for j < len(text) && strings.IndexByte(" \t\r\n\f\v#\"{};,()=", text[j]) < 0 {
				j++
			}
			out = append(out, token{text: text[i:j], at: at})
			i = j
		}
	}
	return out, nil
}

// unquote reads a quoted text up to its end, and says how long that is. The
// escapes are those of dhcpd's own reader: \t \r \n \b, \ooo, \xhh; before
// any other character a backslash says nothing.
func unquote(s string) (value string, n int, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1, true
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
			continue
		}
		i++
		if k := strings.IndexByte("trnb", s[i]); k >= 0 {
			b.WriteByte("\t\r\n\b"[k])
			continue
		}
		base, digits := 8, s[i:min(i+3, len(s))]
		if s[i] == 'x' {
			base, digits = 16, s[i+1:min(i+3, len(s))]
		}
		v, err := strconv.ParseUint(digits, base, 8)
		if err != nil {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte(byte(v))
		i += len(digits) - 1
		if base == 16 {
			i++
		}
	}
	return "", len(s), false
}

// deepest is how far blocks may be nested; real files have five.
const deepest = 64

// parser goes along the tokens.
type parser struct {
	tokens []token
	next   int
}

// block reads statements up to the brace that closes the one at open, or to
// the end where open is nil.
func (p *parser) block(open *token, depth int) ([]statement, error) {
	if depth > deepest {
		return nil, grammar(open.at, "", "blocks are nested more than %d deep", deepest)
	}
	var out []statement
	var cur statement
	parens := 0
	for p.next < len(p.tokens) {
		t := p.tokens[p.next]
		p.next++
		switch {
		case t.is("}"):
			if len(cur.words) > 0 {
				return nil, unended(cur)
			}
			if open == nil {
				return nil, grammar(t.at, "", "this } closes nothing")
			}
			return out, nil
		case t.is(";"):
			if len(cur.words) > 0 {
				if needsBlock[cur.word(0)] {
					return nil, grammar(cur.at(), "", "%s has no block: a { is missing", reading.Printable(cur.String()))
				}
				out = append(out, cur)
			}
			cur, parens = statement{}, 0
		case t.is("{"):
			if len(cur.words) == 0 {
				return nil, grammar(t.at, "", "nothing stands before this {")
			}
			if simple[cur.word(0)] {
				return nil, unended(cur)
			}
			inner, err := p.block(&t, depth+1)
			if err != nil {
				return nil, err
			}
			cur.block, cur.braces = inner, true
			out, cur, parens = append(out, cur), statement{}, 0
		default:
			if t.is("(") {
				parens++
			} else if t.is(")") {
				parens--
			}
			if n := len(cur.words); n > 0 && parens == 0 && startsAnother(cur, t) {
				return nil, unended(cur)
			}
			cur.words = append(cur.words, t)
		}
	}
	if len(cur.words) > 0 {
		return nil, unended(cur)
	}
	if open != nil {
		return nil, grammar(open.at, "", "this { is never closed")
	}
	return out, nil
}

func unended(s statement) error {
	return grammar(s.words[len(s.words)-1].at, "it ends this statement: "+reading.Printable(s.String()), "a semicolon is missing after this word")
}

// simple are statements of one line whose words no other keyword can follow.
var simple = map[string]bool{"option": true, "default-lease-time": true, "max-lease-time": true, "min-lease-time": true, "range": true,
	"next-server": true, "filename": true, "server-name": true, "hardware": true, "fixed-address": true, "authoritative": true,
	"include": true, "ddns-update-style": true, "log-facility": true, "use-host-decl-names": true, "allow": true, "deny": true, "ignore": true}

var needsBlock = map[string]bool{"subnet": true, "shared-network": true, "group": true, "pool": true, "host": true}

// startsAnother says that a word at the start of a later line begins another
// statement, so that this one lacks its semicolon.
func startsAnother(s statement, t token) bool {
	first, last := s.words[0], s.words[len(s.words)-1]
	if !simple[s.word(0)] || t.quoted || t.mark || t.at.Line == first.at.Line || last.mark {
		return false
	}
	w := strings.ToLower(t.text)
	return simple[w] || needsBlock[w] || slices.Contains([]string{"if", "class", "not"}, w)
}
