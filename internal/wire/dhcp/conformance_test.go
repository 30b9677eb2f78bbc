package dhcp

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestConformanceListIsWhole reads docs/reference/dhcp-conformance.md: every
// rule stands there once, and every test that it names is in the tree.
func TestConformanceListIsWhole(t *testing.T) {
	root := os.DirFS("../../..")
	page, err := fs.ReadFile(root, "docs/reference/dhcp-conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for letter, last := range map[string]int{"D": 50, "P": 40} {
		for i := 1; i <= last; i++ {
			if n := strings.Count(text, fmt.Sprintf("\n| %s%d |", letter, i)); n != 1 {
				t.Errorf("%s%d stands there %d times", letter, i, n)
			}
		}
	}
	var code strings.Builder
	for _, room := range []string{"internal", "e2e"} {
		err := fs.WalkDir(root, room, func(p string, e fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(p, "_test.go") {
				b, _ := fs.ReadFile(root, p) // one that is gone again defines nothing
				code.Write(b)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(text, -1)
	if len(names) < 80 {
		t.Errorf("only %d tests are named", len(names))
	}
	for _, n := range names {
		if !strings.Contains(code.String(), "func "+n[1]+"(") {
			t.Errorf("no test is called %s", n[1])
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if regexp.MustCompile(`^\| [DP]\d+ \|`).MatchString(line) && !regexp.MustCompile(`\| (done|part|no) \|`).MatchString(line) {
			t.Errorf("no state: %s", line)
		}
	}
}
