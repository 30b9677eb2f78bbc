package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/logbook"
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
	var tokens [4]string
	for i, pkg := range []string{"rsync", "rsync vim", ""} {
		a, err := l.Arm("node1", "debian", "debian-13", noon)
		if err != nil {
			t.Fatal(err)
		}
		tokens[a.ID] = a.Token
		for name, text := range map[string]string{"preseed.cfg": "d-i url string http://x/" + a.Token + "\nd-i pkgsel/include string " + pkg + "\n", "01-00-0c-29-83-d1-d1": fmt.Sprintf("# Seedbed: attempt %d is booting\nDEFAULT linux\n", a.ID)} {
			if pkg == "" && name == "preseed.cfg" {
				continue // it did not come so far
			}
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
	if got := run(0, "installs", "--attempt", "2", "--show", "script"); got != "# Seedbed: attempt 2 is booting\nDEFAULT linux\n" {
		t.Errorf("script: %q", got)
	}
	if got := run(0, "installs", "--diff", "1,2"); !strings.HasSuffix(got, " d-i url string http://x/TOKEN\n-d-i pkgsel/include string rsync\n+d-i pkgsel/include string rsync vim\n") || strings.Contains(got, "01-") {
		t.Errorf("diff: %q", got)
	}
	if got := run(0, "installs", "--attempt", "2"); !strings.Contains(got, "served: preseed.cfg") || !strings.Contains(got, "failed\na new attempt was armed\n") {
		t.Errorf("attempt: %q", got)
	}
	if got := run(1, "installs", "--attempt", "1", "--show", "log"); !strings.Contains(got, "no log of attempt 1 was kept") {
		t.Errorf("log: %q", got)
	}
	if got := run(0, "installs", "--diff", "1,3"); got != "only attempt 1 was served preseed.cfg\n" {
		t.Errorf("diff with one that was served less: %q", got)
	}
	if got := run(0, "installs", "--diff", "2,2"); got != "both were served the same\n" {
		t.Errorf("diff of one with itself: %q", got)
	}
	run(1, "installs", "--attempt", "9")
	run(1, "installs", "--attempt", "0")
	for _, wrong := range []string{"--show log", "--diff 1", "--diff=", "--attempt 1 --diff 1,2", "--diff 1,2 --show log", "--attempt x"} {
		run(2, append([]string{"installs"}, strings.Fields(wrong)...)...)
	}
}

func TestEachViewOfAnAttemptIsOneJSONDocument(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := install.NewLedger(nil, st)
	for _, text := range []string{"one\n", "two\n"} {
		a, err := l.Arm("node1", "debian", "debian-13", noon)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.SaveDocument(a.ID, "preseed.cfg", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := l.Observe(install.Event{At: noon, Machine: "node1", Attempt: 2, Step: install.Reported, Question: "netcfg/get_nameservers"}); err != nil {
		t.Fatal(err)
	}
	if err := st.SaveMachine(machine.Machine{Name: "node1", MACs: []machine.MAC{{2, 0, 0, 0, 0, 1}}}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	logs := logbook.New(filepath.Join(dir, logbook.Dir))
	if err := logs.Append(2, noon, "anna: hello"); err != nil {
		t.Fatal(err)
	}
	logs.Close()
	for args, want := range map[string]string{
		"--attempt 2":               `"sha256":"27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"`,
		"--attempt 1":               `"log":[]`,
		"--attempt 2 --show answer": `"content":"dHdvCg=="`,
		"--attempt 2 --show log":    `anna: hello"]`,
		"--diff 1,2":                `{"name":"preseed.cfg","diff":"-one\n+two\n"}`,
		"--diff 1,1":                `"documents":[]`,
	} {
		var out, errs, flat bytes.Buffer
		if code := Main(append([]string{"--state", dir, "installs", "--json"}, strings.Fields(args)...), nil, &out, &errs); code != 0 || errs.Len() > 0 {
			t.Fatalf("%s: exit code %d: %s", args, code, errs.String())
		}
		if err := json.Compact(&flat, out.Bytes()); err != nil || !strings.Contains(flat.String(), want) {
			t.Errorf("%s: %v, want %s in\n%s", args, err, want, out.String())
		}
	}
	const asks = `asks netcfg/get_nameservers ("Name server addresses:") since `
	for _, args := range []string{"machines", "installs", "installs --attempt 2"} {
		var out, errs bytes.Buffer
		if code := Main(append([]string{"--state", dir}, strings.Fields(args)...), nil, &out, &errs); code != 0 || !strings.Contains(out.String(), asks) {
			t.Errorf("%s: exit code %d, without the question: %s%s", args, code, out.String(), errs.String())
		}
	}
}
