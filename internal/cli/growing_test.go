package cli

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"a b c", "a b c", " a  b  c"},
		{"a b c", "a x c", " a -b +x  c"},
		{"a", "a b", " a +b"},
		{"a b", "b", "-a  b"},
		{"a b c d", "b x d e", "-a  b -c +x  d +e"},
	} {
		var got []string
		for _, e := range compare(strings.Fields(c.from), strings.Fields(c.to)) {
			got = append(got, string(e.sign)+e.line)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q to %q: %q, want %q", c.from, c.to, s, c.want)
		}
	}
}
