package kickseed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/golden"
)

// outline is all that Translate says, as text.
func outline(text string, v Variant) string {
	r := Translate(Parse(text), v)
	var b strings.Builder
	fmt.Fprintf(&b, "== %s\n%s", v.Name, r.Preseed())
	if r.Stopped {
		b.WriteString("-- none of this reaches the installer\n")
	}
	if r.NIS != (NIS{}) {
		fmt.Fprintf(&b, "-- NIS %+v\n", r.NIS)
	}
	script := func(kind string, s Script) {
		fmt.Fprintf(&b, "-- %s, line %d, chroot %v, %q\n", kind, s.Line, s.Chroot, s.Interpreter)
		for line := range strings.Lines(s.Text) {
			b.WriteString("| " + line)
		}
	}
	if r.Pre != nil {
		script("%pre", *r.Pre)
	}
	for _, s := range r.Post {
		script("%post", s)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%d:%d: %s: %s %q: %s\n", f.Line, f.Column, f.Effect, f.Cause, f.Word, f.Msg)
	}
	return b.String()
}

func TestFilesBecomeTheirAnswers(t *testing.T) {
	names, err := filepath.Glob("testdata/*.ks")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files in testdata: %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := outline(string(text), Debian12) + outline(string(text), Ubuntu1204)
		golden.Check(t, strings.TrimSuffix(filepath.Base(name), ".ks")+".golden", got)
	}
}
