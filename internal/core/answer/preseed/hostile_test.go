package preseed

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostile are values that try to break out of their line.
var hostile = []string{
	"'", `"`, "`reboot`", "$(reboot)", "${x}", "$$", ";", "; reboot", "&& x", "|", "a\nd-i x/y string z", "a\r\nb", "a\rb", "\\", `a\`, `a \`, `\\`, `\n`, `a\nb`,
	" lead", "trail ", "\ttab", "#", "# comment", "%include /etc/passwd", "{{.}}", "]]>", "!!", "*", "?[a-z]*", "~root", "-n", "-e", "seen true", "d-i a/b string c",
	"\x00", "\x1b[2J", "\u202e", "\u2028", "\u2029", "\u0085", "\u00a0", "\u2003x", "é", "日本", "😀", "\xff\xfe", "a,b,c", "a=b", "%s%n", strings.Repeat("x", 4096),
	"string", "boolean true", "a  b", "a\tb", "a\vb", "a\u200bb", "<>", "(", ")", "EOF", "<<EOF",
}

// Each value is either refused, or the one thing that the installer's own parser
// and ours read differently from the file without it.
func TestNoValueBreaksOutOfItsLine(t *testing.T) {
	values := append([]string{}, hostile...)
	r := rand.New(rand.NewPCG(4, 4))
	for range thorough(60, 10) {
		values = append(values, hostile[r.IntN(len(hostile))]+hostile[r.IntN(len(hostile))])
	}
	var f File
	var want strings.Builder
	taken := 0
	for i, v := range values {
		f.Section(v) // comments hold them, too
		key := fmt.Sprintf("k/%d", i)
		if Check(v) != nil {
			var refused File
			refused.Set(key, String, v)
			if _, err := refused.Bytes(); err == nil || strings.Contains(err.Error(), v) && len(v) > 3 {
				t.Errorf("%q is refused with %v", v, err)
			}
			continue
		}
		taken++
		f.Set(key, String, v)
		fmt.Fprintf(&want, "set\t%s\t%s\n", key, v)
		if i%thorough(1, 4) == 0 {
			f.SetLines(key+"/lines", String, []string{"a", v, "b"})
			fmt.Fprintf(&want, "set\t%s/lines\ta %s b\n", key, v)
		}
	}
	b, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got := told(string(b)); got != want.String() {
		t.Errorf("our parser reads\n%s\nwant\n%s", got, want.String())
	}
	if taken < 40 {
		t.Errorf("only %d values were taken", taken)
	}
	t.Run("by the installer's own parser", func(t *testing.T) {
		p := theInstallers(t)
		if got := p.read(t, string(b)); got != want.String() {
			t.Errorf("it reads\n%s\nwant\n%s", got, want.String())
		}
	})
}

// The golden files of the renderers are what machines are given.
func TestRenderedFilesAreReadAsMeant(t *testing.T) {
	p := theInstallers(t)
	names, _ := filepath.Glob("../testdata/*.golden")
	more, _ := filepath.Glob("../testdata/*/*.golden")
	n := 0
	for _, name := range append(names, more...) {
		b, _ := os.ReadFile(name)
		_, text, ok := strings.Cut(string(b), "==> preseed.cfg\n")
		if !ok {
			continue
		}
		text, _, _ = strings.Cut(text, "\n==> ")
		entries, faults := Read(text).AsInstaller()
		for _, f := range faults {
			t.Errorf("%s: %+v", name, f)
		}
		if len(entries) < 20 {
			t.Errorf("%s: only %d answers", name, len(entries))
		}
		if n++; n%thorough(1, 8) != 0 {
			continue
		}
		if got, want := told(text), p.read(t, text); got != want {
			t.Errorf("%s: got\n%s\nreal\n%s", name, got, want)
		}
	}
	if n == 0 {
		t.Error("there are no rendered preseed files")
	}
	t.Logf("%d rendered files", n)
}
