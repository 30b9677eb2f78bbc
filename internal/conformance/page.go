package conformance

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var named = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")

// Check reads a page of docs/reference; root is the tree's, as the test sees
// it. Rules holds the letters of its rules, each with its last number: every
// rule stands there once with its state. At least that many tests are named,
// and all of them are in the tree.
func Check(t testing.TB, root, page string, rules map[string]int, least int) {
	t.Helper()
	tree := os.DirFS(root)
	b, err := fs.ReadFile(tree, "docs/reference/"+page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for letter, last := range rules {
		for i := 1; i <= last; i++ {
			row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %s%d \|.*\| (done|part|no) \| .+ \|$`, letter, i))
			if all, good := strings.Count(text, fmt.Sprintf("\n| %s%d |", letter, i)), len(row.FindAllString(text, -1)); all != 1 || good != 1 {
				t.Errorf("%s%d stands there %d times, %d times with a state", letter, i, all, good)
			}
		}
	}
	code := tests(t, tree)
	names := named.FindAllStringSubmatch(text, -1)
	if len(names) < least {
		t.Errorf("only %d tests are named", len(names))
	}
	for _, n := range names {
		if !strings.Contains(code, "func "+n[1]+"(") {
			t.Errorf("no test is called %s", n[1])
		}
	}
}

// tests is the text of all tests.
func tests(t testing.TB, tree fs.FS) string {
	var code strings.Builder
	for _, room := range []string{"internal", "e2e"} {
		err := fs.WalkDir(tree, room, func(p string, e fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(p, "_test.go") {
				b, _ := fs.ReadFile(tree, p) // one that is gone again defines nothing
				code.Write(b)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return code.String()
}
