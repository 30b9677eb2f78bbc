package cli

import (
	"bytes"
	"strings"
	"testing"

	"seedbed/internal/core/install"
	"seedbed/internal/disk/store"
)

func TestADiffShowsWhatChanged(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"equal", "x\ny\n", "x\ny\n", "…\n"},
		{"one line", "1\n2\n3\nold\n4\n5\n6\n", "1\n2\n3\nnew\n4\n5\n6\n", "…\n 2\n 3\n-old\n+new\n 4\n 5\n…\n"},
		{"added at the end", "a\n", "a\nb\n", " a\n+b\n"},
		{"nothing before", "", "a\n", "+a\n"},
		{"all gone", "a\nb\n", "", "-a\n-b\n"},
	} {
		if got := lineDiff(c.a, c.b); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	big := strings.Repeat("x\n", 3000)
	if got := lineDiff(big, strings.Repeat("y\n", 3000)); strings.Count(got, "\n") != 6000 {
		t.Errorf("%d lines of two texts that are too long to be aligned", strings.Count(got, "\n"))
	}
}

func TestWhatAnAttemptWasServedIsShownExactly(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var l = install.NewLedger(nil, st)
	var tokens [3]string
	for i, pkg := range []string{"rsync", "rsync vim"} {
		a, err := l.Arm("node1", "debian", "debian-13", noon)
		if err != nil {
			t.Fatal(err)
		}
		tokens[a.ID] = a.Token
		for name, text := range map[string]string{"preseed.cfg": "d-i url string http://x/" + a.Token + "\nd-i pkgsel/include string " + pkg + "\n", "01-00-0c-29-83-d1-d1": "DEFAULT linux\n"} {
			if err := st.SaveDocument(a.ID, name, []byte(text)); err != nil {
				t.Fatal(i, err)
			}
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	run := func(code int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := Main(append([]string{"--state", dir}, args...), nil, &out, &errs); got != code {
			t.Fatalf("%q: exit code %d, want %d: %s", args, got, code, errs.String())
		}
		return out.String() + errs.String()
	}
	if got := run(0, "installs", "--attempt", "1", "--show", "answer"); got != "d-i url string http://x/"+tokens[1]+"\nd-i pkgsel/include string rsync\n" {
		t.Errorf("answer: %q", got)
	}
	if got := run(0, "installs", "--attempt", "2", "--show", "script"); got != "DEFAULT linux\n" {
		t.Errorf("script: %q", got)
	}
	if got := run(0, "installs", "--diff", "1,2"); !strings.HasSuffix(got, " d-i url string http://x/TOKEN\n-d-i pkgsel/include string rsync\n+d-i pkgsel/include string rsync vim\n") || strings.Contains(got, "01-") {
		t.Errorf("diff: %q", got)
	}
	if got := run(0, "installs", "--attempt", "2"); !strings.Contains(got, "served: preseed.cfg") || !strings.Contains(got, "waiting") {
		t.Errorf("attempt: %q", got)
	}
	if got := run(1, "installs", "--attempt", "1", "--show", "log"); !strings.Contains(got, "no log of attempt 1 was kept") {
		t.Errorf("log: %q", got)
	}
	run(1, "installs", "--attempt", "9")
	run(2, "installs", "--show", "log")
	run(2, "installs", "--diff", "1")
}
