package form

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"seedbed/internal/fault"
)

var facts = map[string]any{
	"Machine": map[string]any{"Name": "node1", "Params": map[string]string{"rack": "a1"}},
	"DNS":     []string{"192.0.2.1", "192.0.2.2"},
	"None":    []string{},
	"Empty":   "",
	"Server":  "http://192.0.2.150",
}

var params = map[string]string{"rack": "a1"}

func fill(text string) (string, error) {
	b, err := Form{Name: "ks.cfg", Text: text}.Fill(facts, params, "node1")
	return string(b), err
}

func TestFormIsFilledIn(t *testing.T) {
	for text, want := range map[string]string{
		"url {{.Server}}/x\n":                                                             "url http://192.0.2.150/x\n",
		"{{.Machine.Name | upper}} {{lower \"ABC\"}}":                                     "NODE1 abc",
		"{{join \",\" .DNS}}|{{join \",\" .None}}":                                        "192.0.2.1,192.0.2.2|",
		"{{.Empty | default \"us\"}} {{.Server | default \"x\"}} {{default \"y\" .None}}": "us http://192.0.2.150 y",
		"{{param \"rack\"}} {{.Machine.Params.rack}} {{quote \"it's\"}}":                  "a1 a1 'it'\"'\"'s'",
		"{{range $i, $d := .DNS}}{{$i}}={{$d}} {{end}}":                                   "0=192.0.2.1 1=192.0.2.2 ",
		"{{if eq (len .DNS) 2}}two{{else}}other{{end}}":                                   "two",
		"{{define \"x\"}}<{{.}}>{{end}}{{template \"x\" .Server}}":                        "<http://192.0.2.150>",
		"awk '{{\"{{\"}}print}}'":                                                         "awk '{{print}}'",
		"{{printf \"%03d %s\" 7 .Machine.Name}}":                                          "007 node1",
	} {
		if got, err := fill(text); err != nil || got != want {
			t.Errorf("%s\ngot  %q, %v\nwant %q", text, got, err, want)
		}
	}
}

func TestFormWithoutBlanksIsLeftAlone(t *testing.T) {
	text := "lang en_US\r\n%post\nawk '{ print }' \x00\xff }}\n%end"
	if got, err := fill(text); err != nil || got != text {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestFaultsOfAFormHaveAPlace(t *testing.T) {
	for _, c := range []struct {
		name, text, at, says string
	}{
		{"a field that is not there", "x\n  {{.Nothing}}\n", "ks.cfg:2:5", "Nothing"},
		{"a field deeper down", "{{.Machine.Nmae}}", "ks.cfg:1:11", "Nmae"},
		{"a param that is not there", "{{.Machine.Params.row}}", "ks.cfg:1:11", "row"},
		{"a param asked for", "a\nb\n{{param \"row\"}}", "ks.cfg:3:3", `no param "row"`},
		{"an open action", "a\n{{if .Server}}\n", "ks.cfg:3", "unexpected EOF"},
		{"an unknown function", "a\n{{env \"HOME\"}}\n", "ks.cfg:2", `"env" not defined`},
		{"a function of Go's that is not ours", "a\n{{urlquery .Server}}\n", "ks.cfg:2:3", `"urlquery" is not allowed`},
		{"one inside another's argument", "{{lower (html .Server)}}", "ks.cfg:1:10", `"html" is not allowed`},
		{"our own counter", "{{turn}}", "ks.cfg:1:3", `"turn" is not allowed`},
		{"a call of a named part", "{{define \"x\"}}\n{{.Foo.Bar}}{{end}}{{template \"x\" .}}", "ks.cfg:2", "Foo"},
	} {
		_, err := fill(c.text)
		if err == nil {
			t.Errorf("%s: no fault", c.name)
			continue
		}
		msg := err.Error()
		if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(msg, c.at) || !strings.Contains(msg, c.says) || !strings.Contains(msg, "node1") {
			t.Errorf("%s: got kind %v: %s\nwant %s … %s", c.name, fault.KindOf(err), msg, c.at, c.says)
		}
	}
}

func TestFormsCannotRunOn(t *testing.T) {
	nested := strings.Repeat("{{range $.DNS}}", 40) + strings.Repeat("{{end}}", 40)
	for name, text := range map[string]string{
		"a loop over a number":      "{{range 1000000000}}{{end}}",
		"loops in loops":            nested,
		"a part that calls itself":  `{{define "x"}}{{template "x" .}}{{template "x" .}}{{end}}{{template "x" .}}`,
		"a value that doubles":      `{{$a := "xxxxxxxx"}}{{range 1000}}{{$a = print $a $a}}{{end}}`,
		"a value that grows wide":   `{{range 100}}{{printf "%999999d" 1}}{{end}}`,
		"quotes of quotes":          `{{$a := "''''"}}{{range 1000}}{{$a = quote $a}}{{end}}`,
		"output without end":        `{{range 9000}}` + strings.Repeat("x", 1000) + `{{end}}`,
		"more than a file may hold": strings.Repeat("x", maxText+1),
	} {
		start := time.Now()
		if _, err := fill(text); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: got %v, want an Invalid fault", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func FuzzForm(f *testing.F) {
	f.Add("{{range .DNS}}{{.}}{{end}}")
	f.Add(`{{define "x"}}{{template "x"}}{{end}}{{with .Machine}}{{.Name}}{{end}}`)
	f.Add(`{{printf "%d" (len .DNS) | print | quote}}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := fill(text)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("a fault of the file is of kind %v: %v", fault.KindOf(err), err)
		}
		if !strings.Contains(text, "{{") && len(text) <= maxText && got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestSnippetsAreIncludedAndBounded(t *testing.T) {
	snippets := map[string]string{
		"net/base.cfg": "host {{.Name}} {{param \"rack\"}}\n", "outer": "[{{include \"net/base.cfg\"}}]", "bad": "one\ntwo {{.Nope}}\n", "open": "x\n{{if}}",
		"a": "{{include \"b\"}}", "b": "{{include \"a\"}}", "holds-bad": "\n\n{{include \"bad\"}}", "call": "{{call .Name}}",
	}
	for _, c := range []struct{ text, want, says string }{
		{"{{include \"net/base.cfg\"}}-", "host n1 a1\n-", ""},
		{"{{include \"outer\"}}", "[host n1 a1\n]", ""},
		{"{{range .List}}{{include \"outer\"}}{{end}}", "[host n1 a1\n][host n1 a1\n]", ""},
		{"{{include \"missing\"}}", "", `f:1:3: error: .*there is no snippet "missing".*machine "n1"`},
		{"{{include \"../etc/passwd\"}}", "", "there is no snippet"},
		{"{{include \"bad\"}}", "", `bad:2:7: error: .*machine "n1"`},
		{"{{include \"holds-bad\"}}", "", `bad:2:7: error: `},
		{"{{include \"open\"}}", "", `open:2: error: `},
		{"{{include \"a\"}}", "", "include each other without end: a -> b -> a"},
		{"{{include \"call\"}}", "", `call:1:.*function "call" is not allowed`},
	} {
		got, err := Form{Name: "f", Text: c.text, Snippets: snippets}.Fill(map[string]any{"Name": "n1", "List": []string{"x", "y"}}, map[string]string{"rack": "a1"}, "n1")
		if c.says == "" {
			if err != nil || string(got) != c.want {
				t.Errorf("%s: got %q, %v", c.text, got, err)
			}
			continue
		}
		if err == nil || !regexp.MustCompile(c.says).MatchString(err.Error()) {
			t.Errorf("%s: got %v, want %s", c.text, err, c.says)
		}
	}
}
