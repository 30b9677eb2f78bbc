package network

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer/intent"
)

// NetplanFile is shell text that writes the network as a file of netplan's, and
// removes those that an installer wrote.
func NetplanFile(interfaces []intent.Interface) string {
	text, err := yaml.Marshal(map[string]any{"network": Netplan(interfaces)})
	if err != nil { // the tree holds maps, lists, texts and numbers only
		return "echo the network cannot be written >&2; exit 1\n"
	}
	return "rm -f /etc/netplan/*.yaml\nmkdir -p /etc/netplan\ncat >/etc/netplan/90-seedbed.yaml <<'SEEDBED-END'\n" +
		strings.TrimRight(string(text), "\n") + "\nSEEDBED-END\nchmod 600 /etc/netplan/90-seedbed.yaml\n"
}
