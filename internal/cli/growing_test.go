package cli

import (
	"bytes"
	"strings"
	"testing"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/conversion"
	"seedbed/internal/core/answer/reading"
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

// In each dialect one answer changes few of the lines, and those are shown.
func TestEachDialectGrowsByLines(t *testing.T) {
	for _, kind := range []answer.Kind{answer.Kickstart, answer.Kickseed, answer.Preseed, answer.Autoinstall, answer.AutoYaST, answer.Agama, answer.Ignition} {
		img, err := conversion.Target(kind, "")
		if err != nil {
			t.Fatal(err)
		}
		g, d := growing{kind: kind, img: img}, reading.New("a test", "")
		d.In.Timezone = "Etc/UTC"
		var whole, more, same bytes.Buffer
		g.show(&whole, d)
		d.In.Timezone = "Europe/Berlin"
		g.show(&more, d)
		g.show(&same, d)
		lines := strings.Split(strings.TrimSpace(more.String()), "\n")
		if n := strings.Count(whole.String(), "\n"); n < 10 || len(lines) < 2 || len(lines) > n/2 || !strings.Contains(more.String(), "Europe/Berlin") {
			t.Errorf("%s: %d lines at first, then:\n%s", kind, n, more.String())
		}
		for _, line := range lines {
			if len(line) > 1000 {
				t.Errorf("%s: a line of %d characters is shown", kind, len(line))
			}
		}
		if got := same.String(); got != "  (the file stays as it is)\n" {
			t.Errorf("%s: without a change it shows\n%s", kind, got)
		}
	}
}
