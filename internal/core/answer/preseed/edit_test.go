package preseed

import (
	"strings"
	"testing"
)

func TestAFileIsEditedInPlace(t *testing.T) {
	const text = "# a comment\n\nd-i a/b string one\npasswd c/d \\\n  password \\\n# within\n  secret\n\n# the end\nd-i a/b string two\nd-i a/b seen false\n"
	for _, c := range []struct {
		name string
		do   func(*File)
		want string
	}{
		{"nothing is done", func(*File) {}, text},
		{"the last answer is replaced, the others go", func(f *File) { f.Replace("a/b", Boolean, "true") },
			"# a comment\n\npasswd c/d \\\n  password \\\n# within\n  secret\n\n# the end\nd-i a/b boolean true\nd-i a/b seen false\n"},
		{"joined lines become one, with their owner and comment", func(f *File) { f.Replace("c/d", Password, "new") },
			"# a comment\n\nd-i a/b string one\npasswd c/d password new\n# within\n\n# the end\nd-i a/b string two\nd-i a/b seen false\n"},
		{"a new answer comes last", func(f *File) { f.Replace("e/f", String, "x") }, text + "d-i e/f string x\n"},
		{"an answer and its flag are removed", func(f *File) {
			if n := f.Remove("a/b"); n != 3 {
				t.Errorf("%d were removed", n)
			}
		}, "# a comment\n\npasswd c/d \\\n  password \\\n# within\n  secret\n\n# the end\n"},
		{"a line is put right", func(f *File) { f.EditLine(1, "# one", "# two") }, strings.Replace(text, "# a comment", "# one\n# two", 1)},
		{"a line is deleted", func(f *File) { f.EditLine(3) }, strings.Replace(text, "d-i a/b string one\n", "", 1)},
		{"a line that is not there is left alone", func(f *File) { f.EditLine(99, "x"); f.EditLine(0) }, text},
	} {
		f := Read(text)
		c.do(f)
		if got := f.String(); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	f := Read(text)
	f.Replace("a/b", String, "bad\nvalue")
	if _, err := f.Bytes(); err == nil || f.String() != text {
		t.Errorf("a value that cannot be written: %v, and the file is\n%s", err, f)
	}
}

func TestFaultsAreFoundWhereTheyStand(t *testing.T) {
	for _, c := range []struct {
		text         string
		installer    Cause // "" for none
		debconf      Cause
		line, column int
		fatal        bool
	}{
		{"d-i a/b string c\n", "", "", 0, 0, false},
		{"d-i a/b string c\n  # two\n", IndentedComment, "", 2, 3, true},
		{"d-i a/b string c\n # a comment of some words\n", IndentedComment, "", 2, 2, false},
		{"d-i a/b string c\nword\n", OneWord, OneWord, 2, 1, true},
		{"d-i a/b\n", NoType, NoType, 1, 1, true},
		{"passwd/username string u\n", UnknownType, UnknownType, 1, 24, false},
		{"d-i é/b bolean true\n", UnknownType, UnknownType, 1, 9, false},
		{"d-i a/b string c  \n", TrailingBlanks, "", 1, 17, false},
		{"d-i a/b string   c\n", "", LeadingBlanks, 1, 16, false},
		{"d-i a/b string c\rd\n", CarriageReturn, "", 1, 17, false},
		{"d-i a/b string c \\\n", OpenEnd, "", 1, 1, false},
		{"d-i a/b string c \\ \nd-i e/f string g\n", BlankAfterBackslash, "", 1, 18, false},
		{"# comment \\\nd-i a/b string c\n", "", CommentContinued, 1, 11, false},
		{"d-i a/b string c\\\nd\n", "", GluedLines, 2, 1, false},
	} {
		f := Read(c.text)
		_, installer := f.AsInstaller()
		_, debconf := f.AsDebconf()
		for _, p := range []struct {
			name   string
			faults []Fault
			want   Cause
		}{{"the installer", installer, c.installer}, {"debconf", debconf, c.debconf}} {
			if p.want == "" {
				if len(p.faults) > 0 {
					t.Errorf("%q: %s: %+v", c.text, p.name, p.faults)
				}
				continue
			}
			if len(p.faults) == 0 || p.faults[0].Cause != p.want || p.faults[0].Pos != (Pos{c.line, c.column}) {
				t.Errorf("%q: %s: got %+v, want %s at %d:%d", c.text, p.name, p.faults, p.want, c.line, c.column)
			} else if p.name == "the installer" && p.faults[0].Fatal != c.fatal {
				t.Errorf("%q: fatal is %v", c.text, p.faults[0].Fatal)
			}
		}
	}
}

func TestPlacesAreWhereTheWordsStand(t *testing.T) {
	f := Read("\n  passwd \\\n\té/b \\\n  string  x y\n")
	for name, read := range map[string]func() ([]Entry, []Fault){"installer": f.AsInstaller, "debconf": f.AsDebconf} {
		entries, _ := read()
		if len(entries) != 1 {
			t.Fatalf("%s: %+v", name, entries)
		}
		e := entries[0]
		if e.Pos != (Pos{2, 3}) || e.KeyPos != (Pos{3, 2}) || e.TypePos != (Pos{4, 3}) || e.Last != 4 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range hard {
		f.Add(text, "a/b")
	}
	f.Fuzz(func(t *testing.T, text, key string) {
		file := Read(text)
		if file.String() != text {
			t.Fatalf("%q is printed as %q", text, file.String())
		}
		file.AsDebconf()
		entries, faults := file.AsInstaller()
		for _, e := range entries {
			if e.Line < 1 || e.Last > file.Lines() || e.Line > e.Last || e.Column < 1 || e.ValuePos.Line > e.Last {
				t.Fatalf("%q: %+v", text, e)
			}
		}
		for _, x := range faults {
			if x.Line < 1 || x.Line > file.Lines() || x.Column < 1 {
				t.Fatalf("%q: %+v", text, x)
			}
		}
		if n := file.Remove(key); n > 0 {
			for _, e := range must(file.AsInstaller()) {
				if e.Key == key {
					t.Fatalf("%q: %s is still there:\n%s", text, key, file)
				}
			}
		}
	})
}

func must(entries []Entry, _ []Fault) []Entry { return entries }

func BenchmarkAsInstaller(b *testing.B) {
	text := strings.Repeat("# comment\nd-i netcfg/get_hostname string web\nd-i partman-auto/expert_recipe string \\\n  a :: \\\n  1 2 3 ext4 .\n", 25)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read(text).AsInstaller()
	}
}
