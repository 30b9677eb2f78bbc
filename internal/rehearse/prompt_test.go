package rehearse

import (
	"strings"
	"testing"
)

func TestPromptOfTheTextDialogue(t *testing.T) {
	for name, c := range map[string]struct{ screen, want string }{
		"by its words": {`Configure the network
---------------------
The name servers are used to look up host names on the network.
Name server addresses:
Prompt: '?' for help>`, "netcfg/get_nameservers"},
		"words and choices": {`Partition disks
---------------
If you continue, the changes listed below will be written to the disks.
Write the changes to disks?
  1: Yes      2: No [*]
Prompt: '?' for help, default=2>`, "partman/confirm"},
		"unknown words": {`A package's own
---------------
Which colour?
Prompt: '?' for help>`, `"A package's own"`},
		"an error":      {"!! ERROR: Out of paper\n\nPut some in\nPrompt: '?' for help>", `"ERROR: Out of paper"`},
		"no dialogue":   {"Setting up base-files\nPrompt: is not the end\nmore", ""},
		"nothing":       {"", ""},
		"only a prompt": {"Prompt: ", `"Prompt: "`},
	} {
		var lines []string
		for l := range strings.SplitSeq(c.screen, "\n") {
			if l != "" {
				lines = append(lines, l)
			}
		}
		if got := prompt(lines); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
