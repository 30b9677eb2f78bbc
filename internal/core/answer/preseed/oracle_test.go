package preseed

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"seedbed/internal/oracle"
)

// installerParser is the shell script with which debian-installer reads preseed
// files, in a folder where debconf writes down what it is told.
type installerParser struct{ dir, bin string }

const confmodule = `db_set() { printf 'set\t%s\t%s\n' "$1" "$2"; }
db_fset() { [ "$2 $3" = "seen true" ] && [ "$type" != seen ] || printf 'flag\t%s\t%s\t%s\n' "$1" "$2" "$3"; }
db_register() { :; }
db_subst() { :; }
`

// theInstallers finds the script of the udeb preseed-common, as tools/udebs
// unpacks it, or skips the test.
func theInstallers(t testing.TB) installerParser {
	t.Helper()
	script, err := os.ReadFile(oracle.Udeb(t, "SEEDBED_DI_PARSER", "preseed-common/bin/debconf-set-selections"))
	if err != nil {
		t.Fatal(err)
	}
	p := installerParser{dir: t.TempDir(), bin: t.TempDir()}
	// The script names these two by their places in the installer.
	text := strings.NewReplacer("/usr/share/debconf/confmodule", p.dir+"/confmodule", "/lib/preseed/preseed.sh", p.dir+"/preseed.sh").Replace(string(script))
	for name, text := range map[string]string{"parser": text, "confmodule": confmodule, "preseed.sh": "logfile=/dev/null\nlog() { :; }\n"} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	oracle.BusyBox(t, p.bin, "sh", "grep", "sed")
	return p
}

// thorough is the first number where SEEDBED_ORACLE=all, the second for every
// day: the real parser starts ten programs for a line.
func thorough(all, usual int) int {
	if os.Getenv("SEEDBED_ORACLE") == "all" {
		return all
	}
	return usual
}

// read gives what the parser told debconf, a line an entry, and "stop" when it
// ended with a syntax error.
func (p installerParser) read(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(p.dir, "file")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(p.bin, "sh"), filepath.Join(p.dir, "parser"), file)
	cmd.Dir, cmd.Env = p.bin, []string{"PATH=" + p.bin}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	got := string(out)
	if err != nil {
		got += "stop\n"
	}
	if errs.Len() > 0 {
		t.Errorf("%q: the parser says %s", text, errs.String())
	}
	return got
}

// told is what AsInstaller says of the same.
func told(text string) string {
	entries, faults := Read(text).AsInstaller()
	var b strings.Builder
	for _, e := range entries {
		if e.Flag() {
			fmt.Fprintf(&b, "flag\t%s\tseen\t%s\n", e.Key, e.Value)
		} else {
			fmt.Fprintf(&b, "set\t%s\t%s\n", e.Key, e.Value)
		}
	}
	for _, f := range faults {
		if f.Fatal {
			b.WriteString("stop\n")
		}
	}
	return b.String()
}

// hard are files by hand.
var hard = []string{
	"", "\n", "#\n", "d-i a/b string c\n", "d-i a/b string c", " d-i a/b string c\n", "\td-i\ta/b\tstring\tc\td\n",
	"d-i a/b string\n", "d-i a/b string \n", "d-i a/b\n", "d-i a/b \n", "d-i\n", "d-i \n", "d-i  \t\n", "-n\n", "-e x y z\n", "a -n -e -E\n",
	"  # a comment of many words\nd-i a/b string c\n", "  #\nd-i a/b string c\n", "  # two\n", "#d-i a/b string c\n",
	"d-i a/b string c  \n", "d-i a/b string   c\n", "d-i a/b string c\r\n", "d-i a/b string c\rd\n", "\r\nd-i a/b string c\n", "\r#x y z\n", "#\r\n",
	"d-i a/b string c \\\n d\n", "d-i a/b string c\\\nd\n", "d-i a/b string \\\n\n d \\\n# no\n e\n", "d-i a/b string c \\\n", "d-i a/b string c \\",
	"d-i a/b string c \\ \nd-i e/f string g\n", "d-i a/b string c\\\\\nd-i e/f string g\n", "\\\nd-i a/b string c\n", "  \\\n\\\nd-i a/b string c\n",
	"d-i \\\na/b \\\nstring \\\nc\n", "d-i a/b string c \\\n\\\n d\n", "d-i a/b string \\\n  \\\r\n c\n", "# x \\\nd-i a/b string c\n", " # x \\\nd-i a/b string c\n",
	"d-i a/b seen true\n", "d-i a/b seen false\n", "d-i a/b seen\n", "d-i a/b bolean true\n", "d-i a/b note\n", "passwd/username u\n", "passwd passwd/username u\n",
	"d-i a/b string *\n", "d-i a/b string [a-z]* ? \\*\n", "* * * *\n", "d-i a/b string \\n\\t\\c \\\\x\n", "d-i a/b string $HOME `ls` $(ls) \"q\" 'q'\n",
	"d-i a/b string -n\n", "d-i a/b string \u00e9\u2003x\n", "d-i a/b string a\vb\fc\n", "d-i\va/b\fstring c\n", "tasksel tasksel/first multiselect a, b\n", "d-i a/b title x\n",
	"d-i a/b string one\nd-i a/b string two\nbad\nd-i e/f string g\n", "d-i a/b string a&b;c|d<e>f(g)\n", "d-i a/b string %s %d \\x41\n",
}

// words are what the generator puts in lines.
var words = []string{"d-i", "passwd", "a/b", "c/d-e", "string", "boolean", "select", "seen", "true", "x", "*", "#", "#x", "\\", "\\\\", "y\\", "é", "-n", "'", `"`, "$x", "=", "[a]", "\r", "z\r"}

func random(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(3) {
		n := 3 + r.IntN(3)
		if r.IntN(8) == 0 {
			n = r.IntN(3)
		}
		b.WriteString([]string{"", "", "", "", " ", "\t", "#", " # "}[r.IntN(8)])
		for i := range n {
			w := words[r.IntN(len(words))]
			if i < 3 && r.IntN(3) > 0 {
				w = []string{"d-i", "a/b", "string"}[i]
			}
			b.WriteString(w + []string{" ", " ", " ", "\t", "  "}[r.IntN(5)])
		}
		b.WriteString([]string{"", "", "x", "\\", " \\", "\r"}[r.IntN(6)] + "\n")
	}
	return b.String()
}

func TestTheInstallersParserReadsAsAsInstallerDoes(t *testing.T) {
	p := theInstallers(t)
	texts := hard
	r := rand.New(rand.NewPCG(2, 2))
	for range thorough(400, 25) {
		texts = append(texts, random(r))
	}
	agreed := 0
	for _, text := range texts {
		if got, want := told(text), p.read(t, text); got != want {
			t.Errorf("%q\ngot  %q\nreal %q", text, got, want)
		} else {
			agreed++
		}
	}
	t.Logf("%d of %d files are read alike", agreed, len(texts))
}

// taking matches what debconf-set-selections -v says of an entry that it takes.
var taking = regexp.MustCompile(`(?s)^info: Trying to set '(.*?)' (?:\[(\w+)\]|flag) to '(.*)'$`)

// TestDebconfReadsAsAsDebconfDoes asks the program of this machine in one go,
// which changes nothing: a marker stands after each text.
func TestDebconfReadsAsAsDebconfDoes(t *testing.T) {
	program, err := exec.LookPath("debconf-set-selections")
	if err != nil {
		t.Skip("no debconf-set-selections on this machine (package debconf)")
	}
	texts := append([]string{}, hard...)
	r := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		texts = append(texts, random(r))
	}
	var all, whole []string
	for _, text := range texts {
		// A text that ends in a continued line would join the marker.
		f := Read(text)
		if !strings.HasSuffix(strings.TrimSuffix(f.Line(f.Lines()), "\r"), `\`) {
			whole = append(whole, text)
			all = append(all, f.String()+"\n"+"d-i seedbed/marker string\n")
		}
	}
	cmd := exec.Command(program, "--checkonly", "--verbose")
	cmd.Stdin = strings.NewReader(strings.Join(all, ""))
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	out, _ := cmd.CombinedOutput()
	var real strings.Builder
	i := 0
	for line := range strings.SplitSeq(string(out), "\n") {
		m := taking.FindStringSubmatch(line)
		switch {
		case m != nil && m[1] == "seedbed/marker":
			if i >= len(whole) {
				t.Fatalf("more markers than texts: %q", line)
			}
			if got, want := debconfTold(whole[i]), real.String(); got != want {
				t.Errorf("%q\ngot  %q\nreal %q", whole[i], got, want)
			}
			i++
			real.Reset()
		case m != nil:
			fmt.Fprintf(&real, "%s\t%s\t%s\n", m[1], m[2], m[3])
		case strings.HasPrefix(line, "error: parse error"), strings.HasPrefix(line, "warning: Unknown type"):
			real.WriteString("lost\n")
		}
	}
	if i != len(whole) || i < 300 {
		t.Errorf("%d of %d texts were read", i, len(whole))
	}
	t.Logf("%d files are read alike", i)
}

// debconfTold is what AsDebconf says of the same: entries and lost lines where
// they stand.
func debconfTold(text string) string {
	entries, faults := Read(text).AsDebconf()
	var b strings.Builder
	for _, e := range entries {
		for len(faults) > 0 && (!faults[0].Lost || faults[0].Line < e.Line) {
			if faults[0].Lost {
				b.WriteString("lost\n")
			}
			faults = faults[1:]
		}
		if e.Flag() {
			fmt.Fprintf(&b, "seen\t\t%s\n", e.Value)
		} else {
			fmt.Fprintf(&b, "%s\t%s\t%s\n", e.Key, e.Type, e.Value)
		}
	}
	for _, f := range faults {
		if f.Lost {
			b.WriteString("lost\n")
		}
	}
	return b.String()
}
