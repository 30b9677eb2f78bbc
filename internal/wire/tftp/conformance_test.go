package tftp

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestConformanceListIsWhole reads docs/reference/tftp-conformance.md: every
// rule stands there once with its state, and every test that it names is in
// the tree.
func TestConformanceListIsWhole(t *testing.T) {
	root := os.DirFS("../../..")
	page, err := fs.ReadFile(root, "docs/reference/tftp-conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for letter, last := range map[string]int{"T": 25, "H": 12} {
		for i := 1; i <= last; i++ {
			row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %s%d \|[^|]*\| (done|part|no) \| .+ \|$`, letter, i))
			if n := len(row.FindAllString(text, -1)); n != 1 {
				t.Errorf("%s%d stands there %d times with a state", letter, i, n)
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
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(text, -1)
	if len(names) < 40 {
		t.Errorf("only %d tests are named", len(names))
	}
	for _, n := range names {
		if !strings.Contains(code.String(), "func "+n[1]+"(") {
			t.Errorf("no test is called %s", n[1])
		}
	}
}
