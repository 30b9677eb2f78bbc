package shell

import (
	"os/exec"
	"strings"
	"testing"
)

func TestShellReadsAQuotedWordBackUnchanged(t *testing.T) {
	for _, s := range []string{"", "plain", "it's", "''", "$HOME `id` $(id) \\ \" \n\t*?[a]", "-n", "ü"} {
		out, err := exec.Command("sh", "-c", "printf '%s|' "+QuoteAll([]string{s, "end"})).Output()
		if err != nil || string(out) != s+"|end|" {
			t.Errorf("%q came back as %q, %v", s, strings.TrimSuffix(string(out), "|"), err)
		}
	}
}
