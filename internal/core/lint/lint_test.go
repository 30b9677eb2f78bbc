package lint

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"seedbed/internal/core/answer"
)

func TestReleasesAreReadAndOrdered(t *testing.T) {
	for text, want := range map[string]Release{
		"ubuntu-12.04": {"ubuntu", 12, 4}, "debian-13": {"debian", 13, 0}, "rhel-9": {"rhel", 9, 0}, "centos-stream-9": {"centos-stream", 9, 0},
		"rhel-8.5": {"rhel", 8, 5}, "fedora-43": {"fedora", 43, 0}, "sles-15": {"sles", 15, 0}, "tumbleweed": {"tumbleweed", 0, 0}, "": {},
	} {
		got, err := ParseRelease(text)
		if err != nil || got != want {
			t.Errorf("ParseRelease(%q) = %v, %v", text, got, err)
		}
		if got.String() != text && text != "" {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"nonsense", "rhel9", "debian-x", "-12"} {
		if got, err := ParseRelease(text); err == nil {
			t.Errorf("ParseRelease(%q) = %v", text, got)
		}
	}
}

func TestUbuntuBetween(t *testing.T) {
	r := Release{"ubuntu", 14, 4}
	if !r.Ubuntu(1204, 1804) || r.Ubuntu(1604, 0) || r.Ubuntu(1204, 1204) || (Release{"debian", 14, 4}).Ubuntu(0, 0) {
		t.Error("the range does not hold")
	}
}

// swear finds the word "darn" and replaces it.
func swear() []Rule {
	return []Rule{{ID: "T001", Title: "a bad word", Kinds: []answer.Kind{answer.Preseed}, Severity: Error, Question: "netcfg/get_nameservers", Why: "a test",
		Check: func(s *Subject, r *Report) {
			for n := range s.Lines() {
				if i := strings.Index(s.Line(n+1), "darn"); i >= 0 {
					r.At(n+1, i+1, "").Replace(n+1, i+1, i+5, "mend")
				}
			}
		}}}
}

func TestFindingsCarryTheQuestionThatTheRuleForesees(t *testing.T) {
	got := Run(swear(), &Subject{Name: "f", Kind: answer.Preseed, Text: []byte("ok\na darn\n")})
	if len(got) != 1 || got[0].Position.String() != "f:2:3" || got[0].Asks != "Name server addresses:" || got[0].Stage != "network" || got[0].Fix == "" || got[0].Msg != "a bad word" {
		t.Errorf("%+v", got)
	}
}

func TestRulesReadTheirDialectOnly(t *testing.T) {
	if got := Run(swear(), &Subject{Kind: answer.Kickstart, Text: []byte("darn")}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestALineMayAllowARule(t *testing.T) {
	text := "# seedbed: allow T001, T002\ndarn\ndarn\ndarn # seedbed: allow T001\n"
	got := Run(swear(), &Subject{Kind: answer.Preseed, Text: []byte(text)})
	if len(got) != 1 || got[0].Line != 3 {
		t.Errorf("%+v", got)
	}
}

func TestFixChangesWhatWasFoundAndNothingElse(t *testing.T) {
	text := []byte("a darn\nb\r\ndarn it")
	found := Run(swear(), &Subject{Kind: answer.Preseed, Text: text})
	got, done := Fix(text, found)
	if string(got) != "a mend\nb\r\nmend it" || len(done) != 2 {
		t.Errorf("%q, %d", got, len(done))
	}
	if again, done := Fix(got, nil); string(again) != string(got) || len(done) != 0 {
		t.Errorf("nothing to do, and %q", again)
	}
}

func TestEditsOnOnePlaceAreAppliedOnce(t *testing.T) {
	edit := func(e Edit) Finding { return Finding{Edits: []Edit{e}} }
	insert := Edit{Line: 3, Column: 1, EndLine: 3, EndColumn: 1, New: "new\n"}
	got, done := Fix([]byte("one\ntwo"), []Finding{
		edit(Edit{1, 1, 2, 1, ""}), edit(Edit{1, 2, 1, 3, "X"}), edit(insert), edit(insert)})
	if string(got) != "two\nnew\n" || len(done) != 2 {
		t.Errorf("%q, %d done", got, len(done))
	}
}

func TestSARIFNamesRulePlaceAndFix(t *testing.T) {
	found := Run(swear(), &Subject{Name: "f", Kind: answer.Preseed, Text: []byte("darn\n")})
	b, err := SARIF("1", swear(), found)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"ruleId": "T001"`, `"startLine": 1`, `"insertedContent"`, `"uri": "f"`, `"level": "error"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

func TestParsedIsMadeOnce(t *testing.T) {
	s, made := &Subject{Text: []byte("x")}, 0
	type form string
	for range 3 {
		if got := Parsed(s, func(b []byte) form { made++; return form(b) }); got != "x" {
			t.Error(got)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

func TestArgs(t *testing.T) {
	s := &Subject{Args: []string{"a=1", "b", "a=2"}}
	for _, c := range []struct {
		names []string
		want  string
		ok    bool
	}{{[]string{"a"}, "2", true}, {[]string{"b"}, "", true}, {[]string{"c"}, "", false}} {
		if v, ok := s.Arg(c.names...); v != c.want || ok != c.ok {
			t.Error(fmt.Sprint(c.names, v, ok))
		}
	}
}
