package kickstart

import (
	"strings"
	"testing"
)

func words(tokens []Token) []string {
	var out []string
	for _, t := range tokens {
		out = append(out, t.Text)
	}
	return out
}

func TestWordsAreSplitAsTheInstallerSplitsThem(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       []string
	}{
		{"quotes are taken away", `part / --fstype="ext4" --label 'a b'`, []string{"part", "/", "--fstype=ext4", "--label", "a b"}},
		{"a comment ends the line", "text # as said", []string{"text"}},
		{"a hash within a word begins a comment too", "rootpw abc#def", []string{"rootpw", "abc"}},
		{"a hash in quotes is text", `rootpw "abc#def"`, []string{"rootpw", "abc#def"}},
		{"a backslash takes the next character as it is", `rootpw a\ b\#c`, []string{"rootpw", "a b#c"}},
		{"in double quotes it escapes a quote and itself only", `x "a\"b\\c\d"`, []string{"x", `a"b\c\d`}},
		{"in single quotes it is a character", `x 'a\b'`, []string{"x", `a\b`}},
		{"an empty word is a word", `x "" y`, []string{"x", "", "y"}},
		{"quotes may stand within a word", `keyboard --xlayouts=cz,'cz (qwerty)'`, []string{"keyboard", "--xlayouts=cz,cz (qwerty)"}},
		{"a line is not continued", "part / \\\n", []string{"part", "/", "\n"}},
		{"a carriage return is white space", "text\r\n", []string{"text"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := parseLine(c.line, 1)
			if got := words(n.Tokens); n.Err != nil || strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got %q, %v, want %q", got, n.Err, c.want)
			}
		})
	}
}

func TestLineThatCannotBeSplitSaysWhere(t *testing.T) {
	f := Parse("lang en_US\nrootpw Grün \"open\n")
	n := f.Nodes[1]
	if n.Err == nil || n.Err.Line != 2 || n.Err.Column != 13 || n.Err.Msg != "No closing quotation" {
		t.Errorf("got %+v", n.Err)
	}
}

func TestLineEndsAreThoseOfTheInstaller(t *testing.T) {
	f := Parse("rootpw a\u2028halt\rreboot")
	if len(f.Commands("halt", "reboot")) != 2 {
		t.Errorf("a line separator within a value begins a new line for the installer, got %d nodes", len(f.Nodes))
	}
	for _, end := range []string{"\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\u0085", "\u2028"} {
		if text, got := cutLineEnd("abc" + end); text != "abc" || got != end {
			t.Errorf("%q: got %q and %q", end, text, got)
		}
		if _, ok := Quote("a" + end + "b"); ok {
			t.Errorf("%q can be quoted", end)
		}
	}
}

const sample = `#version=RHEL9
# a comment

text   # trailing
part / --size=1024 --ondisk=sda
%include /tmp/part.ks
%packages --ignoremissing
@^server
@core --nodefaults  # always
# none
-kernel-debug
  vim

%end
%post --log=/root/ks.log
echo %done
%foo
%end
%pre
ls
%addon com_redhat_kdump --enable
%end
%end
%future
halt
`

func TestNodesAreInOrderWithTheirLines(t *testing.T) {
	f := Parse(sample)
	type at struct {
		kind Kind
		name string
		line int
	}
	want := []at{{Comment, "", 1}, {Comment, "", 2}, {Blank, "", 3}, {Command, "text", 4}, {Command, "part", 5}, {Include, "%include", 6},
		{Section, "%packages", 7}, {Section, "%post", 15}, {Section, "%pre", 19}, {Section, "%addon", 21}, {Stray, "%end", 23}, {Section, "%future", 24}}
	if len(f.Nodes) != len(want) {
		t.Fatalf("got %d nodes, want %d", len(f.Nodes), len(want))
	}
	for i, n := range f.Nodes {
		if (at{n.Kind, n.Name(), n.Line}) != want[i] {
			t.Errorf("node %d: got %v %q line %d, want %v", i, n.Kind, n.Name(), n.Line, want[i])
		}
	}
	if v, line := f.Header(); v != "RHEL9" || line != 1 {
		t.Errorf("header %q line %d", v, line)
	}
	if post := f.Sections("%post")[0]; !post.Closed || post.Script() != "echo %done\n%foo\n" || post.Body[1].Line != 17 {
		t.Errorf("post: %+v", post)
	}
	if f.Sections("%pre")[0].Closed {
		t.Error("a section that another follows counts as closed")
	}
}

func TestOptionsArePointedAt(t *testing.T) {
	n := Parse("part / --ondisk sda --size=10 --grow").Command("part", "partition")
	if o, ok := n.Option("--ondisk", "--ondrive"); !ok || o.Value != "sda" || o.Joined || o.Column != 8 {
		t.Errorf("got %+v, %v", o, ok)
	}
	if o, ok := n.Option("--size"); !ok || o.Value != "10" || o.Column != 21 {
		t.Errorf("got %+v, %v", o, ok)
	}
	if o, ok := n.Option("--grow"); !ok || o.HasValue {
		t.Errorf("got %+v, %v", o, ok)
	}
	if n.Has("--label") {
		t.Error("--label is not there")
	}
}

func TestPackagesAreListed(t *testing.T) {
	got := Parse(sample).Packages()
	want := []Package{
		{"server", EnvironmentPackage, false, "", 8, 1},
		{"core", GroupPackage, false, "--nodefaults", 9, 1},
		{"kernel-debug", PlainPackage, true, "", 11, 1},
		{"vim", PlainPackage, false, "", 12, 3},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestEditsLeaveTheRestAsItWas(t *testing.T) {
	for _, c := range []struct {
		name, in string
		edit     func(f *File)
		want     string
	}{
		{"an option goes before the comment", "part / --size=1  # root\n", func(f *File) { f.Command("part").AddOption("--grow") }, "part / --size=1 --grow  # root\n"},
		{"an option is set anew", "timezone --utc  UTC # x\n", func(f *File) { f.Command("timezone").SetOption("--ntpservers", "a b") }, "timezone --utc  UTC --ntpservers=\"a b\" # x\n"},
		{"an option goes with its value", "part / --ondisk sda --size=1\n", func(f *File) { f.Command("part").RemoveOption("--ondisk", true) }, "part / --size=1\n"},
		{"a flag leaves the next word", "part --grow / --size=1\n", func(f *File) { f.Command("part").RemoveOption("--grow", false) }, "part / --size=1\n"},
		{"a word is replaced", "zerombr yes\n", func(f *File) { n := f.Command("zerombr"); n.ReplaceToken(n.Args()[0], "no") }, "zerombr no\n"},
		{"a line is replaced", "a\nb\nc\n", func(f *File) { f.Replace(f.Command("b"), "x\ny") }, "a\nx\ny\nc\n"},
		{"a line is removed", "a\r\nb\r\n", func(f *File) { f.Remove(f.Command("a")) }, "b\r\n"},
		{"new lines end as the others do", "a\r\nb", func(f *File) { f.InsertBefore(nil, "c") }, "a\r\nb\r\nc\r\n"},
		{"a command goes before the sections", "text\n\n%post\n%end\n", func(f *File) { f.InsertCommand("reboot") }, "text\nreboot\n\n%post\n%end\n"},
		{"a section is closed", "%post\nls", func(f *File) { f.Sections("%post")[0].Close() }, "%post\nls\n%end\n"},
		{"a value that would end the line is refused", "rootpw x\n", func(f *File) {
			if f.Command("rootpw").SetOption("--salt", "a\nhalt") {
				panic("accepted")
			}
		}, "rootpw x\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Parse(c.in)
			c.edit(f)
			if got := f.Print(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			again := Parse(f.Print())
			if len(again.Nodes) != len(f.Nodes) {
				t.Fatalf("%d nodes when read again, %d in hand", len(again.Nodes), len(f.Nodes))
			}
			for i, n := range again.Nodes {
				if n.Line != f.Nodes[i].Line {
					t.Errorf("node %d is in line %d, said to be in %d", i, n.Line, f.Nodes[i].Line)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("a\\\nb 'c\r\n%post\r\n%packages\x0b#\xff\u2028%end")
	f.Fuzz(func(t *testing.T, text string) {
		file := Parse(text)
		if got := file.Print(); got != text {
			t.Fatalf("printed %q, read %q", got, text)
		}
		file.Packages()
		file.Header()
		for _, n := range file.Nodes {
			n.Option("--size")
			for _, tok := range n.Tokens {
				if word, ok := Quote(tok.Text); ok {
					got, _, err := split("x "+word+" y", 1)
					if err != nil || len(got) != 3 || got[1].Text != tok.Text {
						t.Fatalf("%q is written %q and read %q", tok.Text, word, words(got))
					}
				}
			}
			n.AddOption("--a=b")
			n.RemoveOption("--a", true)
		}
	})
}
