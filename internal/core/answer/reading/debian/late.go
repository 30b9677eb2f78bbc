package debian

import (
	"regexp"
	"strings"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/answer/reading"
)

// late makes a post script of a late command. What that runs in the new system
// is taken as it is; what it runs beside it loses /target from its paths.
func (r *reader) late(a Answer) {
	if script, ok := preseed.Embedded(a.Value); ok {
		if r.Own(script, a.Line) {
			r.Keep(a.Line, "Seedbed's own late command", "")
			return
		}
	}
	var lines []string
	outside := false
	for _, c := range split(a.Value) {
		inside, in := within(c)
		if !in && inside != "" && inside != "true" && inside != ":" {
			outside = true
		}
		lines = append(lines, inside)
	}
	r.Post(strings.Join(lines, "\n"), a.Line, a.Key)
	if outside {
		r.Change(a.Line, a.Key, "post", "some of it ran in the installer, beside the new system; all of it runs inside now, with /target gone from its paths")
	}
}

// split parts a line of shell at ; && and line ends that stand outside quotes.
// What follows && is run whether or not the first went well.
func split(s string) []string {
	var out []string
	start, depth, quote := 0, 0, byte(0)
	cut := func(i, n int) {
		if part := strings.TrimSpace(s[start:i]); part != "" {
			out = append(out, part)
		}
		start = i + n
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(' || c == '{':
			depth++
		case c == ')' || c == '}':
			depth--
		case depth > 0:
		case c == ';' || c == '\n':
			if !keyword(s[i+1:]) && !keyword(s[start:i]) {
				cut(i, 1)
			}
		case strings.HasPrefix(s[i:], "&&"):
			cut(i, 2)
		}
	}
	cut(len(s), 0)
	return out
}

// keyword says whether text begins with a word of a loop or a condition: it is
// not parted there.
func keyword(s string) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(s, " \t"), " ")
	switch strings.Trim(first, ";") {
	case "do", "done", "then", "else", "elif", "fi", "for", "while", "if", "case", "esac":
		return true
	}
	return false
}

var target = regexp.MustCompile(`/target(/|\b)`)

// within is a command as it is run inside the new system, and whether it was.
func within(c string) (inside string, was bool) {
	for _, p := range []string{"in-target --pass-stdout ", "in-target ", "chroot /target/ ", "chroot /target "} {
		if rest, ok := strings.CutPrefix(c, p); ok {
			w := reading.Words(rest)
			if len(w) == 3 && (w[0] == "sh" || w[0] == "/bin/sh" || w[0] == "bash" || w[0] == "/bin/bash") && w[1] == "-c" {
				return w[2], true
			}
			return rest, true
		}
	}
	return target.ReplaceAllString(c, "/"), false
}
