package preseed

import (
	"fmt"
	"strings"
)

// Embed is one line of shell that writes a script to a file and runs it: for a
// file with which no other is served. The installer's printf reads the escapes.
func Embed(script, file string) string {
	var b strings.Builder
	for _, c := range []byte(script) {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\'' || c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\0%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return "printf %b '" + b.String() + "' >" + file + "; sh " + file
}

// Embedded is the script in a line that Embed made.
func Embedded(command string) (script string, ok bool) {
	rest, ok := strings.CutPrefix(command, "printf %b '")
	if !ok {
		return "", false
	}
	text, _, ok := strings.Cut(rest, "' >")
	if !ok {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\' || i+1 == len(text):
			b.WriteByte(text[i])
		case text[i+1] == '0' && i+4 < len(text):
			var c byte
			for _, d := range []byte(text[i+2 : i+5]) {
				c = c<<3 | (d - '0')
			}
			b.WriteByte(c)
			i += 4
		default:
			i++
			b.WriteByte(map[bool]byte{true: '\n', false: text[i]}[text[i] == 'n'])
		}
	}
	return b.String(), true
}
